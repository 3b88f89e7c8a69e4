"""What does a job queue in PostgreSQL itself reach? Four procrastinate jobs per order, and no broker.

jobs.py is what runs; contender.py measures it. The SQL of an order is in ../one_order.py.
"""
