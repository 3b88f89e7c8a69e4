"""A small region, and one valid order of each rule R1-R6.

The other tests of the rules break these, one thing at a time. People are named by what they are.
Next: test_rules_table.py.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from workflows.master_data import (
    Article,
    CareUnit,
    Confirmation,
    MasterData,
    Person,
    PrescribingRight,
    Role,
    ShortagePolicy,
    Store,
    StoreKind,
)
from workflows.order_types import OrderType, ReceiverKind, own_store_order
from workflows.rules import Order, OrderLine, RulePolicy, Verdict, check

ORDERED_ON = date(2026, 3, 16)
USUAL = RulePolicy(frozenset({"lagerflytt"}))
BETWEEN_KOMMUNER = RulePolicy(frozenset({"lagerflytt", "lagerflytt_mellan_kommuner"}))


def store(code: str, kind: StoreKind, kommun: str) -> Store:
    return Store(
        code,
        f"Lager {code}",
        kind,
        kommun,
        Confirmation.AUTOMATIC,
        Confirmation.AUTOMATIC,
        ShortagePolicy.BACKORDER,
    )


def unit(code: str, own_store: str | None) -> CareUnit:
    return CareUnit(code, f"Enhet {code}", "Alby", own_store, "Vårdvägen 1", "11418", "Alby")


def article(number: str, iso_class: str | None, **marks: Any) -> Article:
    return replace(Article(number, f"Artikel {number}", iso_class, None, False, False, None), **marks)


def person(name: str, *roles: Role, licensed: bool = False, units: tuple[str, ...] = ("03-05", "09-09")) -> Person:
    return Person(name, name, "arbetsterapeut", licensed, frozenset(roles), frozenset(units))


def right(
    who: str,
    iso_prefix: str,
    unit: str = "03-05",
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> PrescribingRight:
    return PrescribingRight(who, unit, iso_prefix, valid_from, valid_to)


MASTER = MasterData(
    stores={
        "10": store("10", StoreKind.HMS, "Regionen"),
        "50301": store("50301", StoreKind.KOMMUN, "Alby"),
        "50302": store("50302", StoreKind.KOMMUN, "Alby"),
        "60401": store("60401", StoreKind.KOMMUN, "Berga"),
    },
    units={"03-05": unit("03-05", "50301"), "04-01": unit("04-01", "60401"), "09-09": unit("09-09", None)},
    articles={
        "rullstol": article("rullstol", "122203", individual=True),
        "rollator": article("rollator", "120606"),
        "duschpall": article("duschpall", "093307"),
        "oklassad": article("oklassad", None),
        "utgangen": article("utgangen", "122203", withdrawn=True, successor="rullstol"),
        "indragen": article("indragen", "122203", withdrawn=True),
    },
    people={
        one.id: one
        for one in (
            person("forskrivare", Role.PRESCRIBER, licensed=True),
            person("kollega", Role.PRESCRIBER, licensed=True),
            person("hygienforskrivare", Role.PRESCRIBER, licensed=True),
            person("legitimerad utan rätt", Role.PRESCRIBER, licensed=True),
            person("olegitimerad", Role.PRESCRIBER),
            person("beställare", Role.ORDERER),
            person("lagerpersonal", Role.LAGERPERSONAL),
            person("tekniker", Role.TEKNIKER),
            person("administratör", Role.ADMIN, Role.HMS),
            person("från annan enhet", Role.ORDERER, Role.TEKNIKER, units=("04-01",)),
        )
    },
    rights={
        "forskrivare": (right("forskrivare", "12"), right("forskrivare", "12", "09-09")),
        "kollega": (right("kollega", "04"), right("kollega", "12")),
        "hygienforskrivare": (right("hygienforskrivare", "09"),),
        "olegitimerad": (right("olegitimerad", "12"),),
    },
)

LINES = (OrderLine(1, "rullstol", 1, ("SN-1",)), OrderLine(2, "rollator", 2, ()))


def lagerflytt(**changes: Any) -> Order:
    """R1: the technician refills the kommunlager from lager 10."""
    order = Order(
        order_type=OrderType.LAGERFLYTTSORDER,
        customer_order_type="lagerflytt",
        ordered_on=ORDERED_ON,
        sender="10",
        receiver_kind=ReceiverKind.KOMMUNLAGER,
        receiver_code="50301",
        orderer_person="tekniker",
        orderer_unit="03-05",
        prescriber=None,
        medical_decision=False,
        instruction_reference=None,
        instruction_approved_by=None,
        lines=LINES,
    )
    return replace(order, **changes)


def mellan_kommuner(**changes: Any) -> Order:
    """R2: devices move from one kommun's store to another's, by instruction, approved by a colleague."""
    moved = lagerflytt(
        customer_order_type="lagerflytt_mellan_kommuner",
        sender="50301",
        receiver_code="60401",
        instruction_reference="INSTR-7",
        instruction_approved_by="lagerpersonal",
    )
    return replace(moved, **changes)


def bestallning(**changes: Any) -> Order:
    """R3: a care unit is equipped from its own store."""
    order = lagerflytt(
        order_type=OrderType.BESTALLNING,
        customer_order_type=None,
        sender="50301",
        receiver_kind=ReceiverKind.VARDENHET,
        receiver_code="03-05",
        orderer_person="beställare",
    )
    return replace(order, **changes)


def bestallning_from_hms(**changes: Any) -> Order:
    """R4: the same from lager 10."""
    return bestallning(**{"sender": "10"} | changes)


def direktforskrivning(**changes: Any) -> Order:
    """R5: the prescriber takes a device from the own store to a patient."""
    order = lagerflytt(
        order_type=OrderType.FORSKRIVNING,
        customer_order_type="direktforskrivning",
        sender="50301",
        receiver_kind=ReceiverKind.PATIENT,
        receiver_code=None,
        orderer_person="forskrivare",
        prescriber="forskrivare",
        medical_decision=True,
    )
    return replace(order, **changes)


def forskrivning(**changes: Any) -> Order:
    """R6: the same ordered from HMS."""
    return direktforskrivning(**{"customer_order_type": "forskrivning", "sender": "10"} | changes)


VALID_ORDERS: dict[str, Callable[..., Order]] = {
    "R1": lagerflytt,
    "R2": mellan_kommuner,
    "R3": bestallning,
    "R4": bestallning_from_hms,
    "R5": direktforskrivning,
    "R6": forskrivning,
}


def judged(order: Order, policy: RulePolicy = USUAL, master: MasterData = MASTER) -> Verdict:
    return check(order, master, policy)


def codes(order: Order, policy: RulePolicy = USUAL, master: MasterData = MASTER) -> list[str]:
    """The codes of the verdict, sorted: a code given twice is seen twice."""
    return sorted(found.code for found in judged(order, policy, master).violations)


def at(order: Order, policy: RulePolicy = USUAL, master: MasterData = MASTER) -> list[tuple[str, str]]:
    """(code, field) of every violation, in the verdict's order."""
    return [(found.code, found.field) for found in judged(order, policy, master).violations]


@pytest.mark.parametrize("rule", VALID_ORDERS)
def test_an_order_that_obeys_its_rule_has_no_violation(rule: str) -> None:
    assert judged(VALID_ORDERS[rule](), BETWEEN_KOMMUNER).violations == ()


@pytest.mark.parametrize(("rule", "own"), [("R1", 0), ("R2", 0), ("R3", 1), ("R4", 0), ("R5", 1), ("R6", 0)])
def test_only_r3_and_r5_are_delivered_from_the_own_store(rule: str, own: int) -> None:
    order = VALID_ORDERS[rule]()
    assert own_store_order(order.order_type, order.sender, "50301") is bool(own)


def test_lager_10_is_nobodys_own_store() -> None:
    assert not own_store_order("forskrivning", "10", "10")


def test_a_forskrivning_keeps_the_rights_that_were_found() -> None:
    evidence = judged(forskrivning(orderer_person="forskrivare", prescriber="kollega")).evidence
    assert [(found.person.id, found.right.iso_prefix) for found in evidence] == [
        ("forskrivare", "12"),
        ("kollega", "12"),
    ]


def test_orders_without_a_prescriber_have_no_evidence() -> None:
    assert judged(bestallning()).evidence == judged(lagerflytt()).evidence == ()
