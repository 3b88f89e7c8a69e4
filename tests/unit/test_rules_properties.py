"""What holds for every order, however wrong: known codes, and no field refused twice for the same reason."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_rules_valid_orders import BETWEEN_KOMMUNER, MASTER, ORDERED_ON, USUAL, VALID_ORDERS

from workflows.order_types import OrderType, ReceiverKind
from workflows.rules import Order, OrderLine, RulePolicy, check
from workflows.violations import SENTENCES

PEOPLE = st.sampled_from([*MASTER.people, "okänd person"])
STORES = st.sampled_from([*MASTER.stores, "okänt lager"])
UNITS = st.sampled_from([*MASTER.units, "okänd enhet"])
ARTICLES = st.sampled_from([*MASTER.articles, "okänd artikel"])
POLICIES = st.sampled_from([USUAL, BETWEEN_KOMMUNER, RulePolicy(frozenset())])
KUNDORDERTYPER = st.sampled_from(
    [None, "lagerflytt", "lagerflytt_mellan_kommuner", "direktforskrivning", "forskrivning", "hyra"]
)
LINES = st.lists(
    st.builds(OrderLine, st.just(1), ARTICLES, st.integers(1, 9999), st.sampled_from([(), ("SN-1",)])),
    min_size=1,
    max_size=6,
).map(lambda lines: tuple(replace(line, line_no=number) for number, line in enumerate(lines, start=1)))
ORDERS = st.builds(
    Order,
    order_type=st.sampled_from(OrderType),
    customer_order_type=KUNDORDERTYPER,
    ordered_on=st.just(ORDERED_ON),
    sender=STORES,
    receiver_kind=st.sampled_from(ReceiverKind),
    receiver_code=st.none() | STORES | UNITS,
    orderer_person=PEOPLE,
    orderer_unit=UNITS,
    prescriber=st.none() | PEOPLE,
    medical_decision=st.booleans(),
    instruction_reference=st.none() | st.just("INSTR-7"),
    instruction_approved_by=st.none() | PEOPLE,
    lines=LINES,
)

BREAKS: dict[str, tuple[dict[str, object], str]] = {
    "unknown sender": ({"sender": "okänt lager"}, "store-unknown"),
    "unknown orderer": ({"orderer_person": "okänd person"}, "person-unknown"),
    "unknown unit": ({"orderer_unit": "okänd enhet"}, "unit-unknown"),
    "orderer of another unit": ({"orderer_person": "från annan enhet"}, "orderer-unit"),
    "unknown article": ({"lines": (OrderLine(1, "okänd artikel", 1, ()),)}, "article-unknown"),
    "withdrawn article": ({"lines": (OrderLine(1, "utgangen", 1, ()),)}, "article-withdrawn"),
    "serial number too much": ({"lines": (OrderLine(1, "rollator", 1, ("SN-1",)),)}, "serial-numbers"),
}


@given(order=ORDERS, policy=POLICIES)
@settings(max_examples=400)
def test_every_verdict_uses_known_codes_and_says_nothing_twice(order: Order, policy: RulePolicy) -> None:
    violations = check(order, MASTER, policy).violations
    places = [(found.code, found.field) for found in violations]
    assert {found.code for found in violations} <= set(SENTENCES)
    assert len(places) == len(set(places))
    assert all(found.sv and found.en and "{" not in found.sv + found.en for found in violations)


def told(order: Order, policy: RulePolicy) -> list[tuple[str, str]]:
    """(code, what it is about): for a line its article and not its place, sorted."""
    about = []
    for found in check(order, MASTER, policy).violations:
        line = re.match(r"lines\[(\d+)\]", found.field)
        about.append((found.code, order.lines[int(line[1])].article if line else found.field))
    return sorted(about)


@given(order=ORDERS, policy=POLICIES, data=st.data())
def test_the_verdict_does_not_depend_on_the_order_of_the_lines(
    order: Order, policy: RulePolicy, data: st.DataObject
) -> None:
    shuffled = replace(order, lines=tuple(data.draw(st.permutations(order.lines))))
    assert told(shuffled, policy) == told(order, policy)
    assert check(shuffled, MASTER, policy).evidence == check(order, MASTER, policy).evidence


@pytest.mark.parametrize("rule", VALID_ORDERS)
@pytest.mark.parametrize("broken", BREAKS)
def test_breaking_one_thing_of_a_valid_order_yields_its_code(rule: str, broken: str) -> None:
    changes, code = BREAKS[broken]
    found = check(VALID_ORDERS[rule](**changes), MASTER, BETWEEN_KOMMUNER).violations
    assert code in {violation.code for violation in found}


@given(order=ORDERS, policy=POLICIES)
def test_a_forskrivning_that_obeys_has_evidence_for_everybody_concerned(order: Order, policy: RulePolicy) -> None:
    verdict = check(order, MASTER, policy)
    if not verdict.violations and order.order_type == OrderType.FORSKRIVNING:
        assert {found.person.id for found in verdict.evidence} == {order.orderer_person, order.prescriber}


@given(order=ORDERS, policy=POLICIES, data=st.data())
def test_a_second_line_never_changes_what_is_said_of_the_first(
    order: Order, policy: RulePolicy, data: st.DataObject
) -> None:
    longer = replace(order, lines=(*order.lines, *data.draw(LINES)))
    assert set(check(order, MASTER, policy).violations) <= set(check(longer, MASTER, policy).violations)
