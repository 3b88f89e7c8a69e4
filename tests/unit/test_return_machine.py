"""What may happen to a return? Every state and event against a table written out here.

Next: integration/test_returns_doors.py, where the database's table is compared with the machine.
"""

from itertools import product

import pytest

from workflows.machines import StepNotAllowed
from workflows.returns.machine import (
    ReturnGroup,
    ReturnMachine,
    advance_return,
    all_return_transitions,
    allowed_return_events,
    swedish_return_state,
)

STATES = ("requested", "received", "closed", "cancelled")
EVENTS = ("receive", "judge", "mend", "cancel")
LEADS = {
    ("requested", "receive", False): "received",
    ("requested", "receive", True): "received",
    ("requested", "cancel", False): "cancelled",
    ("requested", "cancel", True): "cancelled",
    ("received", "judge", False): "received",
    ("received", "judge", True): "closed",
    ("received", "mend", False): "received",
    ("received", "mend", True): "closed",
}
"""(state, event, settled) → state. Whatever is not here is refused."""


@pytest.mark.parametrize(("state", "event", "settled"), [*product(STATES, EVENTS, (False, True))])
def test_every_event_in_every_state_leads_where_the_table_says(state: str, event: str, settled: bool) -> None:
    group = ReturnGroup(state, settled)
    wanted = LEADS.get((state, event, settled))
    if wanted is None:
        with pytest.raises(StepNotAllowed) as refusal:
            advance_return(event, group)
        assert (refusal.value.state, group.state) == (state, state)
    else:
        assert advance_return(event, group) == group.state == wanted


@pytest.mark.parametrize("event", ["misspelt", "send", "__init__", ""])
def test_an_unknown_event_is_refused(event: str) -> None:
    with pytest.raises(StepNotAllowed):
        advance_return(event, ReturnGroup("requested"))


def test_the_machine_tells_its_transitions_and_events() -> None:
    assert {(each.from_state, each.event, each.to_state) for each in all_return_transitions()} == {
        (state, event, target) for (state, event, _), target in LEADS.items()
    }
    assert [allowed_return_events(state) for state in STATES] == [("receive", "cancel"), ("judge", "mend"), (), ()]
    assert {str(state.value) for state in ReturnMachine.states} == set(STATES)
    assert [swedish_return_state(state) for state in STATES] == ["Begärd", "Mottagen", "Avslutad", "Makulerad"]
