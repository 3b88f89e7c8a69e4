"""Which order does a request mean, and may it be told of? Found among what the actor sees; another kommun's is 404.

Next: workflows/order_reference.py, how an order is named; backoffice/order_shown.py, what is told of it.
"""

import re
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Header, Request

from backoffice.api.desk import Desk, DeskOf
from backoffice.api.texts import TEXT, in_path
from backoffice.api.who import Who
from backoffice.order_shown import shown
from workflows.access_log import log_access
from workflows.cohort import OrderNotFound, StaleVersion
from workflows.order_reference import order_named
from workflows.permissions import Actor, Permission
from workflows.queries import find_order

Reference = Annotated[
    str,
    in_path(
        97,
        alias="id",
        description=f"Vårt nummer, eller källa:nummer (our number, or source:external_id). {TEXT}",
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


class Asked(NamedTuple):
    """Who asks, at which desk, in which request."""

    actor: Actor
    desk: Desk
    request: Request

    def order(self, reference: str) -> int:
        """The id of the order. Raises OrderNotFound, also for another kommun's; who asked for one is logged."""
        try:
            with self.desk.seen_by(self.actor) as tx:
                return order_named(tx, reference, self.actor.kommun)
        except OrderNotFound:
            if self.actor.kommun is not None:
                self._log_denial(reference)
            raise

    def _log_denial(self, reference: str) -> None:
        with self.desk.database.transaction() as tx:
            order_id = find_order(tx, reference)
            if order_id is not None:
                look = self.desk.look(self.actor, "annan kommuns order (another kommun's order)", self.request)
                log_access(tx, "denied", look, [], order_id=order_id, wanted=Permission.READ_ORDERS)


def _asked(actor: Who, desk: DeskOf, request: Request) -> Asked:
    return Asked(actor, desk, request)


Asking = Annotated[Asked, Depends(_asked)]
"""What a route about one order works with."""


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
