"""What is allowed with a return? Its states and events, from the request to the last unit on a shelf or written off.

The database's table return_transition holds the same transitions, and a test compares the two. One machine instance
is bound to a group of returns with one outcome, as in workflows/machines.py. Next: moving.py.
"""

from dataclasses import dataclass
from typing import NamedTuple

from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from workflows.machines import StepNotAllowed


@dataclass(slots=True)
class ReturnGroup:
    """Returns in one state that share an outcome: the model a machine is bound to."""

    state: str
    settled: bool = False
    """Whether every received unit is on a shelf or written off."""


class ReturnMachine(StateMachine):
    """A return of delivered goods to a store."""

    requested = State("Begärd", initial=True, value="requested")
    """Asked for; its units cannot be asked for twice. A person receives it or cancels it; if nobody does, it stays
    in the list of returns."""
    received = State("Mottagen", value="received")
    """The goods are in the store, to be judged or mended. A person says what becomes of each unit; if nobody does,
    they stay in inspection or repair, and are counted there."""
    closed = State("Avslutad", value="closed", final=True)
    """The end: every unit that came is on the shelf or written off."""
    cancelled = State("Makulerad", value="cancelled", final=True)
    """The other end: nothing came back, with a reason; the units may be asked for again."""

    receive = requested.to(received)
    judge = received.to(closed, cond="settled") | received.to(received, unless="settled")
    mend = received.to(closed, cond="settled") | received.to(received, unless="settled")
    cancel = requested.to(cancelled)


class ReturnTransition(NamedTuple):
    """One allowed transition of a return."""

    event: str
    from_state: str
    to_state: str


def all_return_transitions() -> list[ReturnTransition]:
    """Every transition, sorted: what the table return_transition must hold."""
    return sorted(
        ReturnTransition(str(event), str(state.value), str(transition.target.value))
        for state in ReturnMachine.states
        for transition in state.transitions
        for event in transition.events
    )


def allowed_return_events(state: str) -> tuple[str, ...]:
    """The events that may be sent in `state`; guards are not asked."""
    found = {each.event for each in all_return_transitions() if each.from_state == state}
    return tuple(event for event in ("receive", "judge", "mend", "cancel") if event in found)


def advance_return(event: str, group: ReturnGroup) -> str:
    """Send `event` to the group's machine and return the state it is in afterwards. Raises StepNotAllowed, for an
    unknown event too; the group then stands where it stood."""
    before = group.state
    allowed = allowed_return_events(before)
    if event not in allowed:
        # Asked before the library is: it takes None for the initial state, and any method's name for an event.
        raise StepNotAllowed(event, str(before), allowed)
    try:
        ReturnMachine(group).send(event)
    except TransitionNotAllowed as refusal:
        raise StepNotAllowed(event, before, allowed) from refusal
    return group.state


RETURN_STATES: dict[str, str] = {str(each.value): str(each.name) for each in ReturnMachine.states}
"""Every state of a return, with its name as users read it, e.g. `Mottagen`."""


def swedish_return_state(state: str) -> str:
    """The state's name as users read it, e.g. `Mottagen`."""
    return RETURN_STATES[state]
