"""Licence and förskrivningsrätt: both the orderer and the prescriber need both, on the order's own day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from unit.test_rules_valid_orders import LINES, MASTER, ORDERED_ON, at, codes, forskrivning, judged, right

from workflows.master_data import MasterData, PrescribingRight, Role
from workflows.rules import OrderLine

DAY = timedelta(days=1)
ROLLATOR = (OrderLine(1, "rollator", 1, ()),)


def with_rights(**rights: PrescribingRight) -> MasterData:
    return replace(MASTER, rights={who: (held,) for who, held in rights.items()})


@pytest.mark.parametrize(
    ("valid_from", "valid_to", "holds"),
    [
        (ORDERED_ON, ORDERED_ON, True),
        (ORDERED_ON - DAY, None, True),
        (None, ORDERED_ON + DAY, True),
        (None, None, True),
        (ORDERED_ON + DAY, None, False),
        (None, ORDERED_ON - DAY, False),
    ],
)
def test_both_days_of_a_right_are_inclusive(valid_from: date | None, valid_to: date | None, holds: bool) -> None:
    master = with_rights(forskrivare=right("forskrivare", "12", valid_from=valid_from, valid_to=valid_to))
    order = forskrivning(lines=ROLLATOR)
    assert codes(order, master=master) == ([] if holds else ["forskrivning-creator", "forskrivning-right"])


def test_a_right_is_judged_on_the_day_the_order_was_written() -> None:
    master = with_rights(forskrivare=right("forskrivare", "12", valid_to=date(2025, 12, 31)))
    assert codes(forskrivning(ordered_on=date(2025, 12, 31)), master=master) == []
    assert "forskrivning-right" in codes(forskrivning(ordered_on=date(2026, 1, 1)), master=master)


@pytest.mark.parametrize(
    ("prefix", "covered"),
    [("", True), ("12", True), ("1206", True), ("120606", True), ("1222", False), ("0", False)],
)
def test_a_right_covers_the_iso_classes_that_begin_with_its_prefix(prefix: str, covered: bool) -> None:
    master = with_rights(forskrivare=right("forskrivare", prefix))
    assert codes(forskrivning(lines=ROLLATOR), master=master) == ([] if covered else ["forskrivning-right"])


def test_an_article_without_iso_class_is_covered_by_no_right() -> None:
    master = with_rights(forskrivare=right("forskrivare", ""))
    order = forskrivning(lines=(OrderLine(1, "oklassad", 1, ()),))
    assert at(order, master=master) == [("forskrivning-right", "lines[0].article")]


def test_every_line_without_a_right_is_named() -> None:
    lines = (OrderLine(1, "duschpall", 1, ()), *LINES, OrderLine(4, "duschpall", 2, ()))
    assert at(forskrivning(lines=lines)) == [
        ("forskrivning-right", "lines[0].article"),
        ("forskrivning-right", "lines[3].article"),
    ]


def test_the_right_is_for_the_orderers_unit() -> None:
    assert codes(forskrivning(orderer_unit="09-09")) == []
    assert codes(forskrivning(orderer_unit="09-09", prescriber="kollega", lines=ROLLATOR)) == ["forskrivning-right"]


def test_the_prescriber_may_be_a_colleague() -> None:
    assert codes(forskrivning(orderer_person="kollega", prescriber="forskrivare")) == []


@pytest.mark.parametrize(
    ("orderer", "prescriber", "refused"),
    [
        ("tekniker", "forskrivare", ["forskrivning-creator"]),
        ("lagerpersonal", "forskrivare", ["forskrivning-creator"]),
        ("beställare", "forskrivare", ["forskrivning-creator"]),
        ("olegitimerad", "forskrivare", ["forskrivning-creator"]),
        ("legitimerad utan rätt", "forskrivare", ["forskrivning-creator"]),
        ("hygienforskrivare", "forskrivare", ["forskrivning-right"]),
        ("forskrivare", None, ["forskrivning-prescriber"]),
        ("forskrivare", "olegitimerad", ["forskrivning-licence"]),
        ("forskrivare", "legitimerad utan rätt", ["forskrivning-right"]),
        ("forskrivare", "hygienforskrivare", ["forskrivning-right"]),
        ("hygienforskrivare", "hygienforskrivare", ["forskrivning-right"]),
        ("hygienforskrivare", "legitimerad utan rätt", ["forskrivning-right"]),
        ("tekniker", "olegitimerad", ["forskrivning-creator", "forskrivning-licence"]),
        ("tekniker", None, ["forskrivning-creator", "forskrivning-prescriber"]),
        ("olegitimerad", "olegitimerad", ["forskrivning-creator", "forskrivning-licence"]),
        ("legitimerad utan rätt", "legitimerad utan rätt", ["forskrivning-creator", "forskrivning-right"]),
    ],
)
def test_who_is_refused_for_what(orderer: str, prescriber: str | None, refused: list[str]) -> None:
    order = forskrivning(orderer_person=orderer, prescriber=prescriber, lines=ROLLATOR)
    assert codes(order) == refused


def test_a_line_names_everybody_who_lacks_the_right_once() -> None:
    apart = forskrivning(orderer_person="hygienforskrivare", prescriber="legitimerad utan rätt", lines=ROLLATOR)
    [found] = judged(apart).violations
    assert found.sv.startswith("hygienforskrivare och legitimerad utan rätt saknar förskrivningsrätt")
    same = forskrivning(orderer_person="hygienforskrivare", prescriber="hygienforskrivare", lines=ROLLATOR)
    [found] = judged(same).violations
    assert found.sv.count("hygienforskrivare") == 1


@pytest.mark.parametrize("role", [Role.TEKNIKER, Role.LAGERPERSONAL])
def test_a_licence_and_a_right_count_whatever_the_role(role: Role) -> None:
    people = MASTER.people | {"forskrivare": replace(MASTER.people["forskrivare"], roles=frozenset({role}))}
    assert codes(forskrivning(), master=replace(MASTER, people=people)) == []


def test_evidence_is_only_what_covers_an_article_of_the_order() -> None:
    evidence = judged(forskrivning(prescriber="kollega", lines=ROLLATOR)).evidence
    assert [found.right for found in evidence] == [
        MASTER.rights["forskrivare"][0],
        MASTER.rights["kollega"][1],
    ]


def test_evidence_of_one_and_the_same_person_is_kept_once() -> None:
    [found] = judged(forskrivning()).evidence
    assert (found.person, found.right) == (MASTER.people["forskrivare"], MASTER.rights["forskrivare"][0])
