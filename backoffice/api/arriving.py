"""What order does a request bring, and may the one who asks send it? Shape, type, person; the rules come after.

A new order and an amended one are asked for by the same permissions, by the API and by a form. Next:
workflows/receiving.py, which judges and stores it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from backoffice.api.bodies import the_object
from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from backoffice.json_text import STOCKHOLM
from exchange.admission import ACCOUNTS_SOURCE, admission_of
from exchange.order_rows import as_ruled, new_order
from exchange.order_shape import ILLEGIBLE, read_legible_order
from workflows.intake import NewOrder, Stored
from workflows.permissions import CREATE, Actor, NotPermitted, demand, may_order_as
from workflows.receiving import also_broken, receive
from workflows.violations import Violation


class OrderRefused(Problem):
    """422: the order is not accepted, with every reason; the type says whether its form is among them."""

    def __init__(self, violations: Sequence[Violation], *, well_formed: bool = True) -> None:
        super().__init__(
            422, "order-refused" if well_formed else "malformed-order",
            "Ordern kan inte tas emot (the order cannot be accepted)",
            violations=[each.as_json() for each in violations],
        )  # fmt: skip
        self.violations = violations


def order_of(desk: Desk, actor: Actor, raw: bytes, *, judged: bool) -> NewOrder:
    """The well-formed order in the JSON `raw`: as order_in. Raises Problem 400 where it is none."""
    _may_create_any(actor)
    return order_in(desk, actor, the_object(raw), judged=judged)


def order_in(
    desk: Desk, actor: Actor, body: Mapping[str, object], *, judged: bool, accounts_source: str = ACCOUNTS_SOURCE
) -> NewOrder:
    """The well-formed order in `body`, as the actor may send it; its source is the actor's, or `accounts_source`.

    `judged`: what is not well formed, or not the actor's to send, is told together with the rules that it breaks
    besides. Raises OrderRefused, Problem 403 (orders as somebody else), NotPermitted (may not create that type).
    """
    _may_create_any(actor)
    now = datetime.now(STOCKHOLM)
    patterns = desk.settings.reservnummer_patterns
    request, found = read_legible_order(body, today=now.date(), reservnummer_patterns=patterns)
    well_formed = not found
    if request is None:
        raise OrderRefused(found, well_formed=False)
    demand(actor, CREATE[request.order_type])
    _as_oneself(actor, request.orderer_person)
    with desk.database.transaction() as tx:
        admission = admission_of(tx, actor, accounts_source)
        found += [each for each in admission.violations(request) if each.field not in {one.field for one in found}]
        if found and judged:
            found += also_broken(tx, as_ruled(request, now.date()), found)
    if found:
        raise OrderRefused(found, well_formed=well_formed)
    order = new_order(request, desk.keys, source=admission.source, received_at=now, today=now.date())
    return replace(order, source=admission.source)


def taken(desk: Desk, actor: Actor, order: NewOrder, *, judged: bool = True, kept: bool = True) -> Stored:
    """What became of the order: stored for the actor, or known already; as receive() has it. Raises OrderRefused."""
    with desk.storing_for(actor) as tx:
        stored = receive(tx, order, actor=actor.name, judged=judged, kept=kept)
    if stored.order_id is None:
        raise OrderRefused(stored.violations)
    return stored


def _may_create_any(actor: Actor) -> None:
    if not any(actor.may(permission) for permission in CREATE.values()):
        raise NotPermitted(CREATE["bestallning"])


def _as_oneself(actor: Actor, orderer: str) -> None:
    if orderer != ILLEGIBLE and not may_order_as(actor, orderer):
        raise Problem(403, "not-yourself", "Du kan bara beställa i eget namn (you may order only in your own name)")
