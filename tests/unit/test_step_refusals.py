"""Is a person told why a step is not allowed, and what to do instead? Next: workflows/step_refusals.py."""

import re

import pytest

from workflows.machines import MACHINES, OrderMachine, StepNotAllowed, allowed_events, transitions
from workflows.order_types import OrderType
from workflows.permissions import OF_EVENT
from workflows.returns.machine import ReturnMachine, all_return_transitions, allowed_return_events
from workflows.step_refusals import RETURN_STATES, why_not
from workflows.step_refusals_on_page import why_not_here

ORDER_STATES = [str(state.value) for state in OrderMachine.states]
RETURNS_OWN = [str(state.value) for state in ReturnMachine.states if state.value != "cancelled"]
ORDER_EVENTS = sorted({each.event for each in transitions(OrderType.BESTALLNING)})
RETURN_EVENTS = sorted({each.event for each in all_return_transitions()})


def sentence(event: str, state: str) -> str:
    is_return = state in RETURN_STATES
    return why_not(event, state, allowed_return_events(state) if is_return else allowed_events("bestallning", state))


@pytest.mark.parametrize(
    ("event", "state", "told"),
    [
        ("cancel", "delivered", "Ordern är levererad och kan inte makuleras; det som levererats kommer tillbaka"),
        ("cancel", "delivered", "orderflode return request"),
        ("cancel", "utleverans", "orderflode fail-delivery ID"),
        ("reduce", "utleverans", "orderflode confirm deliver ID --short"),
        ("fail_delivery", "validated", "orderflode order cancel ID"),
        ("pick", "draft", "Ordern är ett utkast och kan inte plockas; reglerna prövar den först"),
        ("pick", "rejected", "orderflode order amend ID"),
        ("pick", "backordered", "orderflode stock receive"),
        ("deliver", "validated", "orderflode confirm pick ID"),
        ("amend", "validated", "orderflode order reduce ID"),
        ("cancel", "cancelled", "Redan makulerad"),
        ("receive", "received", "Returen är mottagen och kan inte tas emot; säg vad som blir av godset"),
    ],
)  # fmt: skip
def test_a_person_is_told_the_command_that_does_what_they_want(event: str, state: str, told: str) -> None:
    assert told in sentence(event, state)


def test_no_refusal_of_an_order_or_a_return_shows_a_code_where_swedish_is_spoken() -> None:
    pairs = [(event, state) for event in ORDER_EVENTS for state in ORDER_STATES]
    pairs += [(event, state) for event in RETURN_EVENTS for state in RETURNS_OWN]
    for event, state in pairs:
        swedish = sentence(event, state).partition(" (")[0]
        assert not set(re.findall(r"\w+", swedish.partition(";")[0])) & {
            *ORDER_EVENTS,
            *RETURN_EVENTS,
            "draft",
            "picked",
        }
        assert (event, state) == ("cancel", "cancelled") or ";" in swedish, (event, state)


def test_every_state_of_a_return_is_known_as_one() -> None:
    assert set(RETURNS_OWN) == RETURN_STATES


@pytest.mark.parametrize("order_type", MACHINES)
def test_the_english_names_the_codes_and_what_is_allowed(order_type: str) -> None:
    refusal = StepNotAllowed("pick", "utleverans", allowed_events(order_type, "utleverans"))
    assert str(refusal).endswith("(pick is not allowed in the state utleverans; allowed: deliver, fail_delivery)")
    assert refusal.allowed == ("deliver", "fail_delivery")


def test_a_page_says_of_every_act_and_state_why_not_in_both_languages_without_codes_or_commands() -> None:
    for event in ({*OF_EVENT} - {"release"}) | {"reduce"}:
        for state in ORDER_STATES:
            if event in allowed_events("bestallning", state):
                continue
            swedish, english = why_not_here(event, state)
            assert swedish.startswith("Ordern är ")
            assert english.startswith("The order is ")
            assert "orderflode" not in swedish + english
            assert not set(re.findall(r"\w+", swedish)) & {*ORDER_EVENTS, "draft", "picked", "validated"}
