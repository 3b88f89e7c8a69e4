"""What may happen to an order? Every state and event of each order type, against a table written out here.

The table is the interface's ("States and events") and the architecture's §5, not the code's: an event that is not
in it is refused. Next: test_lifecycle_page.py (the same machines drawn), workflows/machines.py.
"""

from itertools import product
from typing import Any, cast

import pytest

from workflows.machines import (
    MACHINES,
    BestallningMachine,
    Group,
    StepNotAllowed,
    advance,
    all_transitions,
    allowed_events,
    swedish_name,
    transitions,
)
from workflows.order_types import OrderType

STATES = ("draft", "validated", "picked", "utleverans", "delivered", "rejected", "backordered", "cancelled")
EVENTS = (
    "validate", "pick", "create_utleverans", "deliver", "cancel", "amend", "resume", "unreserve", "reduce",
    "fail_delivery",
)  # fmt: skip
FACTS = ("rules_broken", "goods_missing", "has_utleverans")

LEADS = (
    ("draft", "validate", "rules_broken", "rejected"),
    ("draft", "validate", "goods_missing not rules_broken", "backordered"),
    ("draft", "validate", "not rules_broken not goods_missing", "validated"),
    ("draft", "cancel", "", "cancelled"),
    ("rejected", "amend", "", "draft"),
    ("rejected", "cancel", "", "cancelled"),
    ("backordered", "resume", "not goods_missing", "validated"),
    ("backordered", "reduce", "", "backordered"),
    ("backordered", "cancel", "", "cancelled"),
    ("validated", "pick", "", "picked"),
    ("validated", "unreserve", "", "backordered"),
    ("validated", "reduce", "", "validated"),
    ("validated", "cancel", "", "cancelled"),
    ("picked", "create_utleverans", "", "utleverans"),
    ("picked", "reduce", "", "picked"),
    ("picked", "cancel", "", "cancelled"),
    ("utleverans", "deliver", "has_utleverans", "delivered"),
    ("utleverans", "fail_delivery", "", "cancelled"),
)
"""In which state, on which event, under which facts of the group, to which state. Whatever is not here is refused."""

ALLOWED = {
    "draft": {"validate", "cancel"},
    "validated": {"pick", "unreserve", "reduce", "cancel"},
    "picked": {"create_utleverans", "reduce", "cancel"},
    "utleverans": {"deliver", "fail_delivery"},
    "delivered": set(),
    "rejected": {"amend", "cancel"},
    "backordered": {"resume", "reduce", "cancel"},
    "cancelled": set(),
}
EVERY_GROUP = tuple(dict(zip(FACTS, told, strict=True)) for told in product((False, True), repeat=len(FACTS)))


def leads_to(state: str, event: str, facts: dict[str, bool]) -> str | None:
    """The state the table leads to; None where it refuses."""
    found = [
        target
        for from_state, name, condition, target in LEADS
        if (from_state, name) == (state, event) and holds(condition, facts)
    ]
    assert len(found) <= 1, "the table contradicts itself"
    return found[0] if found else None


def holds(condition: str, facts: dict[str, bool]) -> bool:
    words = condition.replace("not ", "not:").split()
    return all(facts[word.removeprefix("not:")] != word.startswith("not:") for word in words)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("order_type", OrderType)
def test_every_event_in_every_state_leads_where_the_table_says(order_type: str, state: str) -> None:
    for event, facts in product(EVENTS, EVERY_GROUP):
        group = Group(state, **facts)
        target = leads_to(state, event, facts)
        if target is None:
            with pytest.raises(StepNotAllowed):
                advance(order_type, event, group)
            assert group == Group(state, **facts), f"{event} {facts}"
        else:
            assert advance(order_type, event, group) == target, f"{event} {facts}"
            assert group == Group(target, **facts), f"{event} {facts}"


@pytest.mark.parametrize("order_type", OrderType)
def test_there_are_no_other_transitions_than_the_tables(order_type: str) -> None:
    expected = {(order_type, event, state, target) for state, event, _, target in LEADS}
    assert set(transitions(order_type)) == expected
    assert expected <= set(all_transitions())


def test_the_transitions_of_all_types_are_each_listed_once() -> None:
    assert len(all_transitions()) == len(set(all_transitions())) == len(OrderType) * len(LEADS)


def test_each_order_type_has_a_machine_of_its_own() -> None:
    assert set(MACHINES) == set(OrderType)
    assert len(set(MACHINES.values())) == len(OrderType)


@pytest.mark.parametrize("order_type", OrderType)
def test_the_allowed_events_of_a_state_are_the_tables(order_type: str) -> None:
    assert {state: set(allowed_events(order_type, state)) for state in STATES} == ALLOWED


def test_a_refusal_names_the_event_the_state_and_what_is_allowed_instead() -> None:
    with pytest.raises(StepNotAllowed) as refused:
        advance("bestallning", "deliver", Group("picked", has_utleverans=True))
    assert (refused.value.event, refused.value.state) == ("deliver", "picked")
    assert set(refused.value.allowed) == {"create_utleverans", "reduce", "cancel"}
    assert "create_utleverans" in str(refused.value)


@pytest.mark.parametrize("order_type", OrderType)
def test_nothing_is_delivered_without_its_utleverans(order_type: str) -> None:
    group = Group("utleverans", has_utleverans=False)
    with pytest.raises(StepNotAllowed):
        advance(order_type, "deliver", group)
    assert group.state == "utleverans"


MISSPELT = ("valdate", "Validate", "validate ", " validate", "validate pick", "", "validera", "to_validated", "*")
NAMES_OF_SOMETHING_ELSE = ("draft", "validated", "send", "model", "__init__", "__initial__", "allowed_events")


@pytest.mark.parametrize("event", MISSPELT + NAMES_OF_SOMETHING_ELSE)
@pytest.mark.parametrize("order_type", OrderType)
def test_an_unknown_event_is_refused_and_changes_nothing(order_type: str, event: str) -> None:
    for state in STATES:
        group = Group(state)
        with pytest.raises(StepNotAllowed):
            advance(order_type, event, group)
        assert group == Group(state)


@pytest.mark.parametrize("state", [None, "", "Draft", "draft ", "levererad", 0])
@pytest.mark.parametrize("order_type", OrderType)
def test_a_group_in_no_known_state_fails_and_never_becomes_a_draft(order_type: str, state: object) -> None:
    for event in EVENTS:
        group = Group(cast("str", state), has_utleverans=True)
        with pytest.raises((StepNotAllowed, LookupError, ValueError)):
            advance(order_type, event, group)
        assert group.state == state, event


def test_an_unknown_order_type_has_no_machine() -> None:
    with pytest.raises(KeyError):
        advance("hyra", "validate", Group("draft"))


class CallbackFailed(Exception):
    """What the callbacks below raise."""


@pytest.mark.parametrize(
    "callback",
    [
        "before_pick", "on_pick", "after_pick", "before_transition", "on_transition", "after_transition",
        "on_exit_validated", "on_enter_picked", "on_exit_state", "on_enter_state",
    ],
)  # fmt: skip
def test_an_exception_in_a_callback_reaches_the_caller_and_leaves_the_state(
    callback: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_machine: object) -> None:
        raise CallbackFailed

    failing = type("FailingMachine", (BestallningMachine,), {callback: fail})
    monkeypatch.setitem(MACHINES, OrderType.BESTALLNING, failing)
    group = Group("validated")
    with pytest.raises(CallbackFailed):
        advance("bestallning", "pick", group)
    assert group.state == "validated"


class UnreadableGroup:
    """A group whose facts cannot be read."""

    goods_missing = has_utleverans = False

    def __init__(self) -> None:
        self.state = "draft"

    @property
    def rules_broken(self) -> bool:
        """Never told."""
        raise CallbackFailed


def test_an_exception_in_a_guard_reaches_the_caller_and_leaves_the_state() -> None:
    group = UnreadableGroup()
    with pytest.raises(CallbackFailed):
        advance("bestallning", "validate", cast("Group", group))
    assert group.state == "draft"


class WatchedGroup(Group):
    """Remembers every state it was ever given."""

    seen: list[object]

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "state":
            self.__dict__.setdefault("seen", []).append(value)
        super().__setattr__(name, value)


@pytest.mark.parametrize("order_type", OrderType)
def test_a_group_is_at_no_time_in_no_state(order_type: str) -> None:
    for state, event, condition, target in LEADS:
        facts = next(facts for facts in EVERY_GROUP if holds(condition, facts))
        group = WatchedGroup(state, **facts)
        advance(order_type, event, group)
        assert set(group.seen) == {state, target}, event


def test_every_state_has_a_swedish_name_of_its_own() -> None:
    names = {
        "draft": "Utkast", "validated": "Validerad", "picked": "Plockad", "utleverans": "Utleverans",
        "delivered": "Levererad", "rejected": "Avvisad", "backordered": "Restnoterad", "cancelled": "Makulerad",
    }  # fmt: skip
    assert {state: swedish_name(state) for state in STATES} == names
