"""What does the first design that comes to mind reach? A Celery task, an ORM session and a machine per order and step.

tasks.py is what runs; models.py and machine.py are what it works with; contender.py measures it.
"""
