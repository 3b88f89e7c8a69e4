"""What does a warehouse system reach? Tryton's stock shipments, one at a time and in batches of a hundred.

An order is a customer shipment, a store a warehouse, in Tryton's own schema. What it finds: prepared.py,
master_data.py, drafts.py; what runs: worker.py; who judges: end_state.py, all by session.py; contender.py measures it.
"""
