"""What may happen to a stock count? It is closed or cancelled, once."""

import pytest

from workflows.counts.machine import CountEnded, CountMachine, ended, swedish_name


def test_an_open_count_is_closed_or_cancelled() -> None:
    assert (ended(7, "open", "close"), ended(7, "open", "cancel")) == ("closed", "cancelled")


@pytest.mark.parametrize("state", ["closed", "cancelled"])
@pytest.mark.parametrize("event", ["close", "cancel"])
def test_what_has_ended_stands(state: str, event: str) -> None:
    with pytest.raises(CountEnded, match=f"I-7 är redan {swedish_name(state)}"):
        ended(7, state, event)


def test_there_is_no_other_way() -> None:
    ways = {
        (t.event, str(state.value), str(t.target.value)) for state in CountMachine.states for t in state.transitions
    }
    assert ways == {("close", "open", "closed"), ("cancel", "open", "cancelled")}
