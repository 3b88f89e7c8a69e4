"""What do the rules look at, and what do they answer? The order as values, the policy, and the verdict.

No patient in it: a receiver that is a patient has no code here. Next: known.py.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from workflows.master_data import Person, PrescribingRight
from workflows.order_types import OrderType, ReceiverKind
from workflows.violations import Violation


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One article and how many; serial numbers (individnummer) only for an individually marked article."""

    line_no: int
    article: str
    quantity: int
    serial_numbers: tuple[str, ...]
    ordered_article: str | None = None
    """What was ordered, where `article` is an equivalent that is to be sent in its place."""
    accessory_to: str | None = None
    """The serial number of the main device that an accessory belongs to."""


@dataclass(frozen=True, slots=True)
class Order:
    """An order of the right shape, by codes. `ordered_on` is the day its rights and licences are judged on.

    `receiver_code` is None for a patient. `medical_decision` says that one is given, with date and reference.
    `with_receiver` are those of the lines' main devices that the register knows to be with the order's receiver.
    """

    order_type: OrderType
    customer_order_type: str | None
    ordered_on: date
    sender: str
    receiver_kind: ReceiverKind
    receiver_code: str | None
    orderer_person: str
    orderer_unit: str
    prescriber: str | None
    medical_decision: bool
    instruction_reference: str | None
    instruction_approved_by: str | None
    lines: tuple[OrderLine, ...]
    accept_equivalent: bool = False
    with_receiver: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RulePolicy:
    """What the region has configured: the customer order types it uses for a lagerflyttsorder (S14)."""

    lagerflytt_types: frozenset[str]


class Evidence(NamedTuple):
    """Somebody as they were found, with one right that covers an article of the order that day."""

    person: Person
    right: PrescribingRight


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every violation at once, none if the order obeys; and the rights found, kept on a förskrivning.

    `replaced` are lines whose article is withdrawn, by line_no, with the successor that is sent."""

    violations: tuple[Violation, ...]
    evidence: tuple[Evidence, ...]
    replaced: dict[int, str] = field(default_factory=dict)
