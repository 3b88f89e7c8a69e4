"""What do durable workflows in PostgreSQL reach? DBOS, with a workflow an order and with one a hundred orders.

worker.py is what runs; contender.py measures it. The SQL is in ../one_order.py, and for a hundred in many_orders.py.
"""
