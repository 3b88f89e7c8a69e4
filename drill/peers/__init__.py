"""Do other engines hold under the same drill? Naive Celery and DBOS: the same load, nemesis and judge.

What runs is benchmarks/peers: this package is for a checkout with the environment .venv-bench. Read in this order:
engines, prepared, celery_app, executor, clients, faults, end_state, campaign, report, table.
"""
