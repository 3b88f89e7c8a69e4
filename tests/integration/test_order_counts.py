"""Are the counts right, whatever happens to orders, and does nobody wait for them? Next: workflows/order_counts.py."""

from broken_invariants import a_busy_world
from builders import a_lagerflytt, a_world, an_order, in_state, own_store_order, run_all, store

from config.database import Connection, Database
from workflows.cohort import run_named
from workflows.order_counts import count_orders, roll_up
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL

CANCELLED = "SELECT move_orders(%s::bigint[], 'bestallning', 'cancel', 'draft', 'cancelled', 'x', NULL, 'x')"


def kept(database: Database) -> dict[tuple[str, str], int]:
    with database.transaction() as tx:
        return {(each.order_type, each.state): each.orders for each in count_orders(tx)}


def there(database: Database) -> dict[tuple[str, str], int]:
    with database.transaction() as tx:
        rows = tx.execute("SELECT order_type, state, count(*) FROM orders GROUP BY 1, 2").fetchall()
    return {(order_type, state): orders for order_type, state, orders in rows}


def changes(connection: Connection) -> int:
    row = connection.execute("SELECT count(*) FROM order_count_change").fetchone()
    assert row is not None
    return int(row[0])


def test_the_counts_are_what_counting_finds(database: Database) -> None:
    a_busy_world(database)

    assert kept(database) == there(database)
    assert len(kept(database)) > 8


def test_rolling_up_changes_no_count_and_leaves_no_change(database: Database) -> None:
    a_busy_world(database)
    before = kept(database)
    with database.session() as session:
        for _ in range(2):
            roll_up(session)
            assert changes(session) == 0

            assert kept(database) == before
    run_all(database)
    assert kept(database) == there(database) != before


def test_an_order_amended_to_another_type_is_counted_there(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = in_state(database, "rejected", external_id="B-1")
    assert kept(database) == {("bestallning", "rejected"): 1}

    run_named(database, amend_with(a_lagerflytt(("A1", 1), external_id="B-1")), order_id, actor="anna")

    assert kept(database) == {("lagerflyttsorder", "draft"): 1}


def test_what_is_rolled_back_counts_nothing(database: Database) -> None:
    a_world(database)
    (order_id,) = store(database, an_order(("A1", 1)))
    with database.session() as session, session.transaction(force_rollback=True):
        session.execute(CANCELLED, ([order_id],))
        assert changes(session) == 3

    assert kept(database) == {("bestallning", "draft"): 1}


def test_a_step_waits_for_no_roll_up_and_a_roll_up_for_no_step(database: Database) -> None:
    a_world(database)
    first, second = store(database, own_store_order(("A1", 1)), own_store_order(("A1", 1)))
    with database.session() as rolling, database.session() as stepping, database.session() as another:
        for session in (rolling, stepping, another):
            session.execute("SET lock_timeout = '2s'")
        with rolling.transaction():
            roll_up(rolling)
            run_named(database, CANCEL, first, actor="anna", reason="prov")
            # Another round finds one under way, and leaves it the changes.
            roll_up(another)
            assert changes(another) > 0
        with stepping.transaction():
            stepping.execute(CANCELLED, ([second],))
            roll_up(another)

    assert kept(database) == there(database) == {("bestallning", "cancelled"): 2}
