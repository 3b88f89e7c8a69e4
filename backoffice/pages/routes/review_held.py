"""Hållna ordrar: what does no step touch until a person releases it, why, and what happens then?

Beside them the orders that failed and are tried again alone. Next: review_running.py; workflows/releasing.py.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import REVIEW, parts_for
from backoffice.pages.visit import Visit, Visiting
from backoffice.words import word
from workflows.attempts import MOST_ATTEMPTS
from workflows.cohort import OrderNotFound
from workflows.held_orders import held_orders, retrying_orders
from workflows.permissions import Permission
from workflows.queries import find_order
from workflows.releasing import Outcome, release_order

router = APIRouter(prefix="/granskning/hallna", route_class=PageRoute, include_in_schema=False)

HELD = "/granskning/hallna"
ON_A_PAGE = 100

Number = Annotated[int | None, Query(ge=1, le=2**63 - 1)]


@router.get("")
def held(visit: Visiting, fore: Number = None) -> Response:
    """The held orders, a page at a time, and the first that are tried again."""
    visit.demand(Permission.RELEASE)
    with visit.seeing() as tx:
        rows = held_orders(tx, visit.actor.kommun, fore, ON_A_PAGE)
        again = retrying_orders(tx, visit.actor.kommun, None, ON_A_PAGE) if fore is None else []
    return visit.show(
        "review_held.html", parts_of=parts_for(visit, REVIEW), rows=rows, again=again, attempts=MOST_ATTEMPTS,
        first=fore is None, more=f"{HELD}?fore={rows[-1]['id']}" if len(rows) == ON_A_PAGE else "", most=ON_A_PAGE,
    )  # fmt: skip


@router.post("/{order_id}/slapp")
def release(visit: Visiting, order_id: Annotated[int, Path(ge=1, le=2**63 - 1)], form: Form) -> Response:
    """Release it, and tell what then happened."""
    visit.demand(Permission.RELEASE)
    with visit.seeing() as tx:
        if find_order(tx, str(order_id), visit.actor.kommun) is None:
            raise OrderNotFound(OrderNotFound.__doc__)
    outcome = release_order(visit.desk.database, order_id, version=form.number("version", 0, 2**31 - 1))
    if outcome is None:
        raise Problem(409, "not-held", "Ordern är inte hållen (the order is not held)")
    return visit.go(HELD, told(visit, order_id, outcome))


def told(visit: Visit, order_id: int, outcome: Outcome) -> str:
    """What a release came to, as a sentence."""
    before, after = word("state", outcome.before, visit.language), word("state", outcome.after, visit.language)
    if outcome.failure is not None:
        return visit.t(
            f"Order {order_id} är släppt, men steget misslyckades igen; det försöks på nytt.",
            f"Order {order_id} is released, but the step failed again; it is tried anew.",
        )
    if outcome.before != outcome.after:
        return visit.t(
            f"Order {order_id} är släppt och gick från {before} till {after}.",
            f"Order {order_id} is released and went from {before} to {after}.",
        )
    return visit.t(f"Order {order_id} är släppt och är {after}.", f"Order {order_id} is released, and {after}.")
