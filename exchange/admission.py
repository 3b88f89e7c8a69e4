"""Does this order come from whom it says, and is it theirs to send? Asked of an order that comes over HTTP.

Somebody of a kommun sends that kommun's orders alone: what belongs to another is refused as if it were not there.
Whether the domain allows the order is the rules' question, asked afterwards. Next: import_file.py, which asks.
"""

from dataclasses import dataclass

from config.database import Connection
from exchange.order_request import OrderRequest
from exchange.shape_check import Expected, shown_name
from workflows.kommun_places import Places, places_of
from workflows.order_types import CustomerOrderType
from workflows.permissions import CREATE, Actor
from workflows.violations import Violation, violation

ACCOUNTS_SOURCE = "import"
"""The source of what an account sends, which has none of its own."""

PAGES_SOURCE = "sida"
"""The source of the orders that somebody fills in on a page."""

_OWN = Expected("får inte vara en annan än sändarens egen", "must be no other than the sender's own")


@dataclass(frozen=True, slots=True)
class Admission:
    """What one actor may send; `places` are their kommun's, None the whole region's."""

    actor: Actor
    places: Places | None
    accounts_source: str = ACCOUNTS_SOURCE

    @property
    def source(self) -> str:
        """The source of what the actor sends."""
        return self.actor.source or self.accounts_source

    def violations(self, request: OrderRequest) -> list[Violation]:
        """Why the actor may not send this order; empty where they may."""
        found = []
        if not self.actor.may(CREATE[request.order_type]):
            found.append(violation("not-permitted", "order_type", value=request.order_type))
        if request.source not in (None, self.source):
            found.append(violation("field-format", "source", expected_sv=_OWN.sv, expected_en=_OWN.en))
        if self.places is not None:
            found += _of_another_kommun(request, self.places)
        return found


def admission_of(tx: Connection, actor: Actor, accounts_source: str = ACCOUNTS_SOURCE) -> Admission:
    """What `actor` may send, read once for many orders; an account's have `accounts_source`."""
    places = None if actor.kommun is None else places_of(tx, actor.kommun)
    return Admission(actor, places, accounts_source)


def _of_another_kommun(request: OrderRequest, places: Places) -> list[Violation]:
    """The unit and the receiver are the kommun's own, and the store too, or lager 10's. Of the two stores of a move
    between kommuner one is another's."""
    found = []
    if request.orderer_unit not in places.units:
        found.append(_unknown("unit-unknown", "orderer.unit", request.orderer_unit))
    receiver = request.receiver_id if request.receiver_kind == "kommunlager" else None
    between = request.customer_order_type == CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER
    if between and {request.sender, receiver} & places.own_stores:
        return found
    if request.sender not in places.stores:
        found.append(_unknown("store-unknown", "sender", request.sender))
    if receiver is not None and receiver not in places.stores:
        found.append(_unknown("store-unknown", "receiver.id", receiver))
    if request.receiver_kind == "vardenhet" and request.receiver_id not in places.units:
        found.append(_unknown("vardenhet-unknown", "receiver.id", request.receiver_id))
    return found


def _unknown(code: str, field: str, value: str) -> Violation:
    return violation(code, field, value=shown_name(value))
