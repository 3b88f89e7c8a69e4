"""What may happen to a stock count? It is open until it is closed, which books what was found, or cancelled.

The database holds the same (0002_counts.sql): an ended count and its lines never change. Next: opening.py, entering.py,
closing.py.
"""

from dataclasses import dataclass

from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed


class CountEnded(Exception):
    """The count is closed or cancelled already: nothing more is entered or booked."""

    def __init__(self, count_id: int, state: str) -> None:
        super().__init__(f"Inventering I-{count_id} är redan {COUNT_STATES[state]} (the count is {state} already)")


COUNT_STATES = {"open": "öppen", "closed": "stängd", "cancelled": "avbruten"}
"""Every state of a count, with its name as users read it."""


def swedish_name(state: str) -> str:
    """The count's state as users read it."""
    return COUNT_STATES[state]


@dataclass(slots=True)
class CountState:
    """The model the machine is bound to."""

    state: str


class CountMachine(StateMachine):
    """The life of a stock count."""

    counting = State("Öppen", initial=True, value="open")
    """Quantities are entered, as often as needed; the goods go on moving."""
    closed = State("Stängd", value="closed", final=True)
    """What differed is booked, once."""
    cancelled = State("Avbruten", value="cancelled", final=True)
    """Nothing was booked, with a reason."""

    close = counting.to(closed)
    cancel = counting.to(cancelled)


def ended(count_id: int, state: str, event: str) -> str:
    """The state after `event` (close, cancel). Raises CountEnded."""
    count = CountState(state)
    try:
        CountMachine(count).send(event)
    except TransitionNotAllowed:
        raise CountEnded(count_id, state) from None
    return count.state
