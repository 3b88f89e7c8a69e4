"""What does an order's page show? The order as it is now and what its visitor may do, also after a refusal.

Next: order_actions.py, what may be done; templates/order.html, how it looks.
"""

from dataclasses import dataclass, field
from typing import Any

from fastapi import Response

from backoffice.api.one_order import Asked
from backoffice.pages.delivering import address_of as utleverans_address
from backoffice.pages.device_address import device_address
from backoffice.pages.forms import Fields
from backoffice.pages.order_actions import actions_for
from backoffice.pages.visit import Visit
from workflows.order_progress import progress
from workflows.order_timeline import timeline
from workflows.patient_sight import PatientSeen
from workflows.permissions import Permission
from workflows.queries import read_orders
from workflows.returns.reading import read_returns, returns_of_order

LINES = 100
"""Lines of an order on a page: one may have ten times as many."""

MOST_ASKED = 50
"""Articles that have a field each, where somebody counts; of more, those are written that are not as ordered."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What was tried and did not go: the action, why, and what was typed."""

    action: str
    sentence: str
    status: int
    typed: Fields = field(default_factory=Fields)


def found(visit: Visit, reference: str) -> int:
    """The order's id, found among what the visitor sees. Raises OrderNotFound; who asked for another kommun's order is
    logged."""
    return Asked(visit.actor, visit.desk, visit.request).order(reference)


def show_order(
    visit: Visit,
    order_id: int,
    *,
    refused: Refused | None = None,
    patient: PatientSeen | None = None,
    template: str = "order.html",
    acting_on: int | None = None,
    first_line: int = 1,
) -> Response:
    """The page of an order that was found, with LINES of its lines from the first one on. `acting_on` is the version
    that open forms of the visitor's are about."""
    with visit.desk.database.transaction(snapshot=True) as tx:
        (order,) = read_orders(tx, [order_id])
        now = progress(tx, order_id)
        stream = timeline(tx, order_id, with_looks=visit.may(Permission.REVIEW_LOOKS))
        returned = returns_of_order(tx, order_id)
    returns = _returns(visit, returned)
    articles = {line.article for line in now.lines if line.left}
    context: dict[str, Any] = {
        "first_line": first_line, "lines": now.lines[first_line - 1 : first_line - 1 + LINES], "LINES": LINES,
        "asks_by_article": len(articles) <= MOST_ASKED,
        "order": order, "now": now, "stream": stream, "returns": returns, "patient": patient, "refused": refused,
        "actions": actions_for(visit, order, now), "acting_on": acting_on or order["version"],
        "utleverans_address": utleverans_address, "device_address": device_address,
        "passed": {each["to"] for each in stream if each["what"] == "step"},
    }  # fmt: skip
    return visit.show(template, refused.status if refused else 200, **context)


def _returns(visit: Visit, returns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The returns, each with whether its own page is the visitor's to see: it came to a store of theirs."""
    if not returns:
        return returns
    with visit.seeing() as tx:
        seen = {each["id"] for each in read_returns(tx, [each["id"] for each in returns])}
    return [each | {"is_seen": each["id"] in seen} for each in returns]
