"""Is every order that stands too long named once, by its kind, and none that does not?"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from builders import CONFIRMED, a_lagerflytt, a_world, an_order, in_state, order_row, own_store_order, run_all, store

from config.database import Database
from config.settings import STANDING_HOURS
from workflows.attempts import count
from workflows.overview import status
from workflows.watchdog import ADVICE, KINDS, count_standing, standing_orders

pytestmark = pytest.mark.usefixtures("sound_afterwards")


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 50, ("50301", "A1"): 50}, picking_50301="confirmed", **CONFIRMED)
    return database


def standing(database: Database, hours: float, **limits: int) -> list[dict[str, Any]]:
    """What is named so many hours from this moment."""
    now = datetime.now(UTC) + timedelta(hours=hours)
    with database.transaction(snapshot=True) as tx:
        found = standing_orders(tx, STANDING_HOURS | limits, now)
        counted = count_standing(tx, STANDING_HOURS | limits, now, 100)
    assert not counted.more
    assert counted.by_kind == {kind: n for kind in KINDS if (n := [each["kind"] for each in found].count(kind))}
    return found


def named(database: Database, hours: float) -> list[tuple[str, int]]:
    return [(each["kind"], each["id"]) for each in standing(database, hours)]


@pytest.mark.parametrize(
    ("state", "article"),
    [
        ("draft", "A1"), ("validated", "A1"), ("picked", "A1"), ("utleverans", "A1"), ("rejected", "A1"),
        ("backordered", "A9"),
    ],
)  # fmt: skip
def test_an_order_is_named_when_it_has_stood_longer_than_its_states_limit(
    world: Database, state: str, article: str
) -> None:
    order_id = in_state(world, state, (article, 1))
    limit = STANDING_HOURS[state]
    assert named(world, limit - 0.1) == []
    assert named(world, limit + 0.1) == [(state, order_id)]
    (found,) = standing(world, limit + 0.1)
    assert (found["since"], found["hours"]) == (order_row(world, order_id)["state_since"], limit)


def test_an_ended_order_stands_nowhere(world: Database) -> None:
    in_state(world, "delivered", ("A1", 1))
    assert named(world, 10_000) == []


@pytest.mark.parametrize("state", ["validated", "picked"])
def test_an_own_store_order_without_utleverans_is_named_after_a_day_before_all_others(
    world: Database, state: str
) -> None:
    other = in_state(world, "rejected", ("A1", 1))
    own = in_state(world, state, ("A1", 1), sender="50301")
    assert ("own_store", own) not in named(world, 23.9)
    assert named(world, 24.1)[0] == ("own_store", own)
    assert named(world, 100) == [("own_store", own), ("rejected", other)]


def test_an_own_store_order_with_its_utleverans_is_as_any_other(world: Database) -> None:
    own = in_state(world, "utleverans", ("A1", 1), sender="50301")
    assert named(world, 25) == []
    assert named(world, 121) == [("utleverans", own)]


def test_goods_of_a_kommunlager_that_go_to_another_are_no_own_store_order(world: Database) -> None:
    (lagerflytt,) = store(world, a_lagerflytt(("A1", 1)))
    run_all(world)
    assert named(world, 30) == []
    assert named(world, 49) == [("validated", lagerflytt)]


def test_a_held_order_is_named_at_once_and_once(world: Database) -> None:
    held = in_state(world, "picked", ("A1", 1), sender="50301")
    with world.transaction() as tx:
        tx.execute("UPDATE orders SET attempts = 4 WHERE id = %s", (held,))
        assert count(tx, held, "KeyError")
    assert named(world, 0.001) == named(world, 1_000) == [("held", held)]
    assert standing(world, 1)[0]["held_reason"] == "KeyError"


def test_what_changes_without_leaving_its_state_stands_as_long_as_before(world: Database) -> None:
    order_id = in_state(world, "validated", ("A1", 2))
    before = order_row(world, order_id)
    with world.session() as session, session.transaction(force_rollback=True):
        session.execute("INSERT INTO allowed_transition VALUES ('bestallning', 'test', 'validated', 'validated')")
        session.execute(
            "SELECT move_orders(ARRAY[%s]::bigint[], 'bestallning', 'test', 'validated', 'validated', 'test', NULL)",
            (order_id,),
        )
        after = session.execute("SELECT version, state_since FROM orders WHERE id = %s", (order_id,)).fetchone()
    assert after == (before["version"] + 1, before["state_since"])


def test_a_limit_of_the_configuration_counts(world: Database) -> None:
    order_id = in_state(world, "validated", ("A1", 1))
    assert [each["id"] for each in standing(world, 3, validated=2)] == [order_id]


def test_every_kind_has_its_advice() -> None:
    assert set(ADVICE) == set(KINDS)
    assert set(STANDING_HOURS) == set(KINDS) - {"held"}


def test_the_status_counts_what_stands_by_kind(world: Database) -> None:
    ids = store(world, an_order(("A1", 1)), own_store_order(("A1", 1)), an_order(("A1", 1)))
    run_all(world)
    with world.session() as session:
        session.execute(
            "UPDATE orders SET state_since = now() - interval '3 days' WHERE id = ANY(%s::bigint[])", (ids[:2],)
        )
    with world.transaction() as tx:
        found = status(tx)
    assert found["standing"] == {"own_store": 1, "validated": 1}
    assert found["notices"] == {"waiting": 0, "given_up": 0}


def test_what_stands_is_found_without_reading_every_order(world: Database) -> None:
    with world.session() as session:
        session.execute(
            "INSERT INTO orders (source, external_id, body_hash, order_type, priority, received_at, sender, "
            "receiver_kind, receiver_code, orderer_person, orderer_unit, partial, ordered_on, created_by) "
            "SELECT 'many', n::text, '', 'bestallning', 1, now(), '10', 'vardenhet', '03-05', 'best', '03-05', false, "
            "current_date, 'test' FROM generate_series(1, 20000) n"
        )
        session.execute(
            "SELECT move_orders(array_agg(id), 'bestallning', 'cancel', 'draft', 'cancelled', 'test', NULL, 'test') "
            "FROM orders"
        )
        session.execute("ANALYZE orders")
    in_state(world, "validated", ("A1", 1))
    with world.transaction() as tx:
        tx.execute("SET LOCAL enable_seqscan = on")
        before = reads(tx)
        count_standing(tx, STANDING_HOURS, datetime.now(UTC) + timedelta(hours=100), 100)
        assert reads(tx) == before


def reads(tx: Any) -> int:
    """Rows of orders that this transaction has read from end to end."""
    row = tx.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'orders'").fetchone()
    assert row is not None
    return int(row[0])
