"""What happens to an order, and when? One task per event, in life order: the index of the journey.

A message says "somebody should look": it carries the name of an order type and nothing else, and a task that finds
nothing due does nothing. How a step works: workflows/steps/. What is allowed: workflows/machines.py.
"""

from tasks.app import celery_app
from tasks.working import process, work_while_due
from workflows.heartbeats import canary_came_through


@celery_app.task(name="orders.validate")
def validate(order_type: str) -> None:
    """draft → validated, backordered or rejected."""
    work_while_due("validate", order_type)


@celery_app.task(name="orders.pick")
def pick(order_type: str) -> None:
    """validated → picked."""
    work_while_due("pick", order_type)


@celery_app.task(name="orders.create_utleverans")
def create_utleverans(order_type: str) -> None:
    """picked → utleverans."""
    work_while_due("create_utleverans", order_type)


@celery_app.task(name="orders.deliver")
def deliver(order_type: str) -> None:
    """utleverans → delivered."""
    work_while_due("deliver", order_type)


@celery_app.task(name="orders.resume")
def resume() -> None:
    """backordered → validated, when goods have arrived."""
    work_while_due("resume", None)


@celery_app.task(name="dispatcher.canary")
def canary() -> None:
    """Show the dispatcher that messages come through and that a worker answers them."""
    canary_came_through(process().database)
