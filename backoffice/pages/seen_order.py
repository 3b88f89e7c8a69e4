"""Which order does somebody mean, and where does it stand? Found among what they see; another's is logged."""

from backoffice.api.one_order import Asked
from backoffice.pages.visit import Visit
from workflows.cohort import OrderNotFound
from workflows.order_standing import Standing, standing_of


def seen(visit: Visit, order_id: int, event: str | None = None) -> Standing | None:
    """Where the order stands, by its `event` where it has had one; None where there is none, also for another
    kommun's."""
    try:
        Asked(visit.actor, visit.desk, visit.request).order(str(order_id))
    except OrderNotFound:
        return None
    with visit.seeing() as tx:
        return standing_of(tx, order_id, event)


def seen_or_missing(visit: Visit, order_id: int, event: str | None = None) -> Standing:
    """The same; raises OrderNotFound."""
    order = seen(visit, order_id, event)
    if order is None:
        raise OrderNotFound(OrderNotFound.__doc__)
    return order
