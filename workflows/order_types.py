"""Which orders are there, and what holds for each? The rule table R1-R7 as data, one row a rule.

S with a number is a line of the source (the manual page of ordertyper in Sesam 2). R7, "anything else", is
the absence of a row: nobody may create it (S55). Next: rules/, which judge an order by these rows.
"""

from dataclasses import dataclass
from enum import StrEnum

from workflows.master_data import Role

LAGER_10 = "10"
"""HMS's central store. An opaque code, like every code: never parsed, never a number."""


class OrderType(StrEnum):
    """The three order types of Sesam (S7)."""

    LAGERFLYTTSORDER = "lagerflyttsorder"
    BESTALLNING = "bestallning"
    FORSKRIVNING = "forskrivning"


class CustomerOrderType(StrEnum):
    """The kundordertyper that have a rule; more may be configured for a lagerflyttsorder (S14)."""

    LAGERFLYTT = "lagerflytt"
    LAGERFLYTT_MELLAN_KOMMUNER = "lagerflytt_mellan_kommuner"
    DIREKTFORSKRIVNING = "direktforskrivning"
    FORSKRIVNING = "forskrivning"


class ReceiverKind(StrEnum):
    """To whom the goods go; a vårdenhet and a patient are not stores."""

    KOMMUNLAGER = "kommunlager"
    VARDENHET = "vardenhet"
    PATIENT = "patient"


class Priority(StrEnum):
    """How urgent an order is: an `akut` one goes before every normal one."""

    NORMAL = "normal"
    AKUT = "akut"


class SenderKind(StrEnum):
    """Which store may deliver (avsändare / levererande lager)."""

    LAGER_10 = "lager 10"
    OWN_STORE = "own store"
    OTHER_KOMMUN = "another kommun's kommunlager"


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One row; `creators` is empty where no role decides: by instruction (R2), by licence (R5, R6)."""

    number: str
    order_type: OrderType
    customer_order_type: CustomerOrderType | None
    creators: frozenset[Role]
    sender: SenderKind
    receiver: ReceiverKind
    medical_decision: bool
    source: str


STORE_STAFF = frozenset({Role.LAGERPERSONAL, Role.TEKNIKER})
ORDERERS = frozenset({Role.ORDERER, Role.PRESCRIBER})
NO_ROLE = frozenset[Role]()

R1 = RuleRow(
    "R1",
    OrderType.LAGERFLYTTSORDER,
    CustomerOrderType.LAGERFLYTT,
    creators=STORE_STAFF,
    sender=SenderKind.LAGER_10,
    receiver=ReceiverKind.KOMMUNLAGER,
    medical_decision=False,
    source="S14-22",
)
"""Lagerflytt: store staff or technicians refill a kommunlager, always from lager 10."""

R2 = RuleRow(
    "R2",
    OrderType.LAGERFLYTTSORDER,
    CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER,
    creators=NO_ROLE,
    sender=SenderKind.OTHER_KOMMUN,
    receiver=ReceiverKind.KOMMUNLAGER,
    medical_decision=False,
    source="S22-23",
)
"""The one exception: a move between kommuner, off unless configured, by an instruction of its own."""

R3 = RuleRow(
    "R3",
    OrderType.BESTALLNING,
    None,
    creators=ORDERERS,
    sender=SenderKind.OWN_STORE,
    receiver=ReceiverKind.VARDENHET,
    medical_decision=False,
    source="S29-37",
)
"""Beställning from the own store; the system makes the utleverans that must never be forgotten."""

R4 = RuleRow(
    "R4",
    OrderType.BESTALLNING,
    None,
    creators=ORDERERS,
    sender=SenderKind.LAGER_10,
    receiver=ReceiverKind.VARDENHET,
    medical_decision=False,
    source="S33-35",
)
"""Beställning from HMS."""

R5 = RuleRow(
    "R5",
    OrderType.FORSKRIVNING,
    CustomerOrderType.DIREKTFORSKRIVNING,
    creators=NO_ROLE,
    sender=SenderKind.OWN_STORE,
    receiver=ReceiverKind.PATIENT,
    medical_decision=True,
    source="S41-50",
)
"""Direktförskrivning: from the own store to a patient; the system makes the utleverans."""

R6 = RuleRow(
    "R6",
    OrderType.FORSKRIVNING,
    CustomerOrderType.FORSKRIVNING,
    creators=NO_ROLE,
    sender=SenderKind.LAGER_10,
    receiver=ReceiverKind.PATIENT,
    medical_decision=True,
    source="S41-53",
)
"""Förskrivning from HMS to a patient."""

RULE_TABLE: tuple[RuleRow, ...] = (R1, R2, R3, R4, R5, R6)

FORSKRIVNING_SENDERS: dict[str, SenderKind] = {
    row.customer_order_type: row.sender
    for row in RULE_TABLE
    if row.order_type == OrderType.FORSKRIVNING and row.customer_order_type is not None
}
"""Customer order type → who delivers; those not here "används ej" (R7, S55)."""

_OWN_STORE_TYPES = frozenset(row.order_type for row in RULE_TABLE if row.sender is SenderKind.OWN_STORE)


def own_store_order(order_type: str, sender: str, own_store: str | None) -> bool:
    """Whether the orderer's unit's own kommunlager delivers the order (R3, R5); lager 10 never is own."""
    return sender == own_store and sender != LAGER_10 and order_type in _OWN_STORE_TYPES
