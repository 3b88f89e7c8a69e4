"""Does everything the order names exist? Looks each code up once, and reports the unknown ones.

An unknown value is reported once, at the first field that names it; a rule that needs it finds None in
`Known` and stays silent. Next: every_order.py.
"""

from collections.abc import Iterator
from typing import NamedTuple

from workflows.identity import is_personal_number
from workflows.master_data import Article, CareUnit, MasterData, Person, Store
from workflows.order_types import ReceiverKind
from workflows.rules.order import Order
from workflows.violations import Violation, violation


class Known(NamedTuple):
    """What the order's codes stand for; None for an unknown one, or where the order names none.

    `articles` are those of the lines, in their order.
    """

    sender: Store | None
    receiver: Store | CareUnit | None
    orderer: Person | None
    unit: CareUnit | None
    prescriber: Person | None
    approver: Person | None
    articles: list[Article | None]


def look_up(order: Order, master: MasterData) -> Known:
    """Find everything the order names."""
    people, articles = master.people, master.articles
    return Known(
        master.stores.get(order.sender),
        _receiver(order, master),
        people.get(order.orderer_person),
        master.units.get(order.orderer_unit),
        people.get(order.prescriber) if order.prescriber is not None else None,
        people.get(order.instruction_approved_by) if order.instruction_approved_by is not None else None,
        [articles.get(line.article) for line in order.lines],
    )


def unknown_values(order: Order, known: Known) -> list[Violation]:
    """One violation for each value that no master data knows."""
    first: dict[tuple[str, str], str] = {}
    for code, field, value in _not_found(order, known):
        first.setdefault((code, value), field)
    return [violation(code, field, value=_shown(value)) for (code, value), field in first.items()]


def _receiver(order: Order, master: MasterData) -> Store | CareUnit | None:
    """The store or vårdenhet that receives; a patient is nobody here."""
    if order.receiver_kind == ReceiverKind.VARDENHET:
        return master.units.get(order.receiver_code or "")
    if order.receiver_kind == ReceiverKind.KOMMUNLAGER:
        return master.stores.get(order.receiver_code or "")
    return None


def _not_found(order: Order, known: Known) -> Iterator[tuple[str, str, str]]:
    """(code, field, value) of every unknown value, in the order of the interface's fields."""
    if known.sender is None:
        yield "store-unknown", "sender", order.sender
    if known.receiver is None and order.receiver_kind != ReceiverKind.PATIENT:
        code = "vardenhet-unknown" if order.receiver_kind == ReceiverKind.VARDENHET else "store-unknown"
        yield code, "receiver.id", order.receiver_code or ""
    if known.orderer is None:
        yield "person-unknown", "orderer.person", order.orderer_person
    if known.unit is None:
        yield "unit-unknown", "orderer.unit", order.orderer_unit
    if known.prescriber is None and order.prescriber is not None:
        yield "person-unknown", "prescriber", order.prescriber
    if known.approver is None and order.instruction_approved_by is not None:
        yield "person-unknown", "instruction.approved_by", order.instruction_approved_by
    for index, article in enumerate(known.articles):
        if article is None:
            yield "article-unknown", f"lines[{index}].article", order.lines[index].article


def _shown(value: str) -> str:
    """The value for a sentence: a code that is really somebody's number is never echoed."""
    return "…" if is_personal_number(value) else value
