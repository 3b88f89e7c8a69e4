"""What order does a request bring, and may the one who asks send it? Shape, type, person; the rules come after.

A new order and an amended one are asked for by the same permissions. Next: workflows/receiving.py, which judges and
stores it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from backoffice.api.bodies import the_object
from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from backoffice.json_text import STOCKHOLM
from exchange.admission import admission_of
from exchange.order_rows import as_ruled, new_order
from exchange.order_shape import ILLEGIBLE, read_legible_order
from workflows.intake import NewOrder
from workflows.master_data import Role
from workflows.permissions import CREATE, Actor, NotPermitted, demand
from workflows.receiving import also_broken
from workflows.violations import Violation


def order_of(desk: Desk, actor: Actor, raw: bytes, *, judged: bool) -> NewOrder:
    """The well-formed order in `raw`, as the actor may send it; its source is the actor's.

    `judged`: what is not well formed, or not the actor's to send, is told together with the rules that it breaks
    besides. Raises Problem 400 (no JSON), 403 (may not create that type, or orders as somebody else), 422.
    """
    if not any(actor.may(permission) for permission in CREATE.values()):
        raise NotPermitted(CREATE["bestallning"])
    now = datetime.now(STOCKHOLM)
    patterns = desk.settings.reservnummer_patterns
    request, found = read_legible_order(the_object(raw), today=now.date(), reservnummer_patterns=patterns)
    well_formed = not found
    if request is None:
        raise refused(found, well_formed=False)
    demand(actor, CREATE[request.order_type])
    _as_oneself(actor, request.orderer_person)
    with desk.database.transaction() as tx:
        admission = admission_of(tx, actor)
        found += [each for each in admission.violations(request) if each.field not in {one.field for one in found}]
        if found and judged:
            found += also_broken(tx, as_ruled(request, now.date()), found)
    if found:
        raise refused(found, well_formed=well_formed)
    order = new_order(request, desk.keys, source=admission.source, received_at=now, today=now.date())
    return replace(order, source=admission.source)


def refused(violations: Iterable[Violation], *, well_formed: bool = True) -> Problem:
    """422: the order is not accepted, with every reason; the type says whether its form is among them."""
    return Problem(
        422, "order-refused" if well_formed else "malformed-order",
        "Ordern kan inte tas emot (the order cannot be accepted)",
        violations=[each.as_json() for each in violations],
    )  # fmt: skip


def _as_oneself(actor: Actor, orderer: str) -> None:
    """Who is a person of master data orders in their own name; HMS orders on behalf of others."""
    if actor.person not in (None, orderer) and orderer != ILLEGIBLE and Role.HMS not in actor.roles:
        raise Problem(403, "not-yourself", "Du kan bara beställa i eget namn (you may order only in your own name)")
