"""Does each fault of the drill do what it says, and does everything end nevertheless? Each strikes once, under orders.

One small world for all of them, as in the drill: what a fault does not heal, the next one's test finds broken.
"""

import random
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from drill_load import all_at_rest, orders_coming
from waiting import wait_for

from drill.faults import FAULTS, LEFT_OUT
from drill.region import load_region
from drill.world import World, opened_world, start_processes
from workflows.heartbeats import CANARY, seconds_since
from workflows.verify.checking import verify

QUICK = {"kill-worker", "commit-answer-lost", "redis-flush", "hints-doubled", "crash-point-worker", "two-imports"}
"""The classes that strike in every run of the tests; the others in the long one."""
AT_REST_SECONDS = 60.0


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with (
        tempfile.TemporaryDirectory(prefix="drill-", ignore_cleanup_errors=True) as home,
        opened_world(Path(home)) as world,
    ):
        with closing(world.database()) as database:
            load_region(database)
        start_processes(world)
        wait_for(lambda: _canary_flew(world), 120, "the first canary")
        yield world


def _canary_flew(world: World) -> bool:
    with closing(world.session()) as session:
        return seconds_since(session, CANARY) is not None


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.long) for name in FAULTS]
)
def test_a_strike_is_seen_and_every_order_in_flight_ends(world: World, name: str) -> None:
    with orders_coming(world, name):
        evidence = FAULTS[name].strike(world, random.Random(name))

    assert evidence.observed, evidence.what
    wait_for(lambda: all_at_rest(world), AT_REST_SECONDS, "rest after the strike")
    with closing(world.database()) as database:
        assert verify(database).broken == ()
    with closing(world.session()) as session:
        assert session.execute("SELECT count(*) FROM orders WHERE held_since IS NOT NULL").fetchone() == (0,)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_class_that_cannot_strike_here_says_why(name: str) -> None:
    pytest.skip(f"{name}: {LEFT_OUT[name]}")


def test_there_are_classes_enough_and_each_says_what_must_hold() -> None:
    assert len(FAULTS) + len(LEFT_OUT) >= 24
    assert len({fault.tells for fault in FAULTS.values()}) == len(FAULTS)
    assert all(name == fault.name for name, fault in FAULTS.items())
