"""Did it hold? The judge: what the clients were told against what is there, and no excuse for a single order.

`end_state.py` is what it judges, read by product_state.py for this product; another engine needs only such a reader.
Read in this order: finding, end_state, acknowledged, goods, steps, privacy, documents, recovery, verdict.
"""
