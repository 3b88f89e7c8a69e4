"""Do two steps that meet end as if one had come after the other, in whatever order their statements are sent?

Next: interleaving.py (how they are run), interleaving_pairs.py and interleaving_beside.py (which, and what must hold).
"""

import pytest
from interleaving_beside import (
    count_and_pick,
    count_and_pick_of_what_is_missing,
    count_and_validate,
    refill_and_refill,
    resume_and_validate,
    waiting_and_validate,
)
from interleaving_pairs import (
    deliver_and_deliver,
    number_and_number,
    pick_and_cancel,
    pick_and_late_cancel,
    pick_and_pick,
    pick_and_receive,
    picks_of_the_same_goods,
    validate_and_validate,
    validates_of_enough,
)
from interleaving_schedules import Pair, every, explore, few
from interleaving_world import a_confirming_world

from config.database import Database

BY_CHANCE = 10
"""Schedules by chance of each pair, beside those with one switch."""

MOST = 1_000
"""Schedules of each pair when all are wanted; of a pair that has more, so many by chance."""

PAIRS: list[Pair] = [
    pick_and_pick, picks_of_the_same_goods, pick_and_cancel, pick_and_late_cancel, pick_and_receive,
    deliver_and_deliver, number_and_number, validate_and_validate, validates_of_enough,
    count_and_pick, count_and_pick_of_what_is_missing, count_and_validate, refill_and_refill, resume_and_validate,
    waiting_and_validate,
]  # fmt: skip

by_name = pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.__name__)


@pytest.fixture
def world(database: Database) -> Database:
    """Nothing is due in it but what a case makes due."""
    a_confirming_world(database)
    return database


@by_name
def test_two_that_meet_leave_everything_sound(world: Database, pair: Pair) -> None:
    assert explore(world, pair, few(BY_CHANCE)) > BY_CHANCE


@pytest.mark.long
@by_name
def test_two_that_meet_in_every_order_leave_everything_sound(world: Database, pair: Pair) -> None:
    assert explore(world, pair, every(MOST)) > BY_CHANCE


def without(database: Database, function: str, words: str) -> None:
    """Take words out of a function of the database."""
    with database.session() as owner:
        row = owner.execute("SELECT pg_get_functiondef(%s::regproc)", (function,)).fetchone()
        assert row is not None and words in row[0]
        owner.execute(row[0].replace(words, "").encode())


def test_balances_that_are_read_without_a_lock_are_found_out(world: Database) -> None:
    without(world, "lock_stock", "FOR NO KEY UPDATE")

    with pytest.raises(AssertionError, match="failed=1") as found:
        explore(world, validate_and_validate, few(0))

    assert "lock_stock" in "".join(found.value.__notes__)
