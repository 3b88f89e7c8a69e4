"""Do today's machines still go every way that orders have gone, in this release and in those before?

Next: golden_histories.py (what is kept), golden_recording.py (how it is recorded).
"""

from importlib.metadata import version

import pytest
from golden_histories import FOLDER, History, file_of, read, replay

from workflows.machines import StepNotAllowed, all_transitions
from workflows.order_types import OrderType

STATES = {"draft", "validated", "picked", "utleverans", "delivered", "rejected", "backordered", "cancelled"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ndjson")), ids=lambda path: path.stem)
def test_every_recorded_history_replays(path: str) -> None:
    for history in read(path):
        assert replay(history) == [after for _, _, after in history.went], history


def test_the_present_release_is_recorded_with_every_transition() -> None:
    recorded = read(file_of(version("orderflode")))

    assert set().union(*(history.transitions() for history in recorded)) == set(all_transitions())


@pytest.mark.parametrize("order_type", OrderType)
def test_orders_of_every_type_have_ended_and_stood_everywhere(order_type: str) -> None:
    recorded = read(file_of(version("orderflode")))

    passed = {after for history in recorded if history.order_type == order_type for _, _, after in history.went}
    ended = {history.went[-1][2] for history in recorded if history.order_type == order_type}
    assert passed == STATES
    assert {"delivered", "cancelled"} < ended


CREATED = ("create", None, "draft")
VALIDATED, PICKED = ("validate", "draft", "validated"), ("pick", "validated", "picked")


@pytest.mark.parametrize(
    "went",
    [
        (CREATED, ("pick", "draft", "picked")),
        (CREATED, VALIDATED, PICKED, ("deliver", "picked", "delivered")),
        (CREATED, ("approve", "draft", "validated")),
    ],
)
def test_a_way_that_the_machines_do_not_go_is_seen(went: tuple[tuple[str, str | None, str], ...]) -> None:
    with pytest.raises(StepNotAllowed):
        replay(History("bestallning", went))


def test_so_is_one_that_leads_elsewhere() -> None:
    went = (CREATED, ("validate", "draft", "picked"))

    assert replay(History("bestallning", went)) != [after for _, _, after in went]
