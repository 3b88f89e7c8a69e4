"""Which order does a request mean, and may it be told of? Found among what the actor sees; another kommun's is 404.

Next: workflows/order_reference.py, how an order is named; backoffice/order_shown.py, what is told of it.
"""

import re
from typing import Annotated, Any

from fastapi import Header, Path

from backoffice.api.desk import Desk
from backoffice.order_shown import shown
from workflows.access_log import Look, log_access
from workflows.cohort import OrderNotFound, StaleVersion
from workflows.order_reference import order_named
from workflows.permissions import Actor, Permission
from workflows.queries import find_order

Reference = Annotated[
    str,
    Path(
        alias="id",
        min_length=1,
        max_length=97,
        pattern=r"^[^/]+$",
        description="Vårt nummer, eller källa:external_id (our number, or source:external_id)",
        examples=["4711", "journal:A-4"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description='Orderns ETag, t.ex. "3": har ordern ändrats sedan dess blir svaret 412 (412 if it has changed)',
    ),
]


def found(desk: Desk, actor: Actor, reference: str) -> int:
    """The id of the order. Raises OrderNotFound, also for another kommun's; who asked for one is logged."""
    try:
        with desk.seen_by(actor) as tx:
            return order_named(tx, reference, actor.kommun)
    except OrderNotFound:
        if actor.kommun is not None:
            _log_denial(desk, actor, reference)
        raise


def _log_denial(desk: Desk, actor: Actor, reference: str) -> None:
    with desk.database.transaction() as tx:
        order_id = find_order(tx, reference)
        if order_id is not None:
            role = ", ".join(sorted(actor.roles)) or None
            look = Look(actor.name, "annan kommuns order (another kommun's order)", desk.keys, role, None, actor.kommun)
            log_access(tx, "denied", look, [], order_id=order_id, wanted=Permission.READ_ORDERS)


def order_now(desk: Desk, order_id: int) -> dict[str, Any]:
    """The order, which the actor was found to see, as it is now."""
    with desk.database.transaction(snapshot=True) as tx:
        return shown(tx, order_id)


def version_wanted(if_match: str | None) -> int | None:
    """The version that `If-Match` names; None where any will do. Raises StaleVersion for what is no version of ours."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = re.fullmatch(r'\s*"([0-9]{1,9})"\s*', if_match, re.ASCII)
    if tag is None:
        raise StaleVersion(StaleVersion.__doc__)
    return int(tag.group(1))
