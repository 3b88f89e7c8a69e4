"""Can an order be delivered without its utleverans, or a number be lost? The utleveransers' door refuses it (P4, P8).

Next: test_two_workers.py (numbers taken by many at once), test_order_constraints.py.
"""

from contextlib import suppress

import psycopg
import pytest
from builders import CONFIRMED, a_world, everything, in_state, order_row, run_all, states

from config.database import Connection, Database
from workflows.cohort import Work
from workflows.steps import create_utleverans

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def issue_in(tx: Connection, ids: list[int]) -> None:
    """Knock at the door of the utleveranser."""
    tx.execute("SELECT number_utleveranser(%s::bigint[])", (ids,))


def issue(database: Database, ids: list[int]) -> None:
    """The same, in a transaction of its own."""
    with database.transaction() as tx:
        issue_in(tx, ids)


def test_no_order_gets_to_utleverans_or_delivered_without_its_utleverans(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = in_state(database, "picked")

    with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
        tx.execute(
            "SELECT move_orders(%s::bigint[], 'bestallning', 'create_utleverans', 'picked', 'utleverans', 'x', NULL)",
            ([order_id],),
        )
    with database.session() as owner:
        for state in ("utleverans", "delivered"):
            with pytest.raises(psycopg.errors.CheckViolation):
                owner.execute("UPDATE orders SET state = %s, ended_at = now() WHERE id = %s", (state, order_id))

    assert states(database, [order_id]) == ["picked"]


def test_an_order_takes_no_other_orders_utleverans(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    first, second = in_state(database, "utleverans"), in_state(database, "picked")
    taken = order_row(database, first)["utleverans"]

    with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
        tx.execute(
            "SELECT move_orders(%s::bigint[], 'bestallning', 'create_utleverans', 'picked', 'utleverans', 'x', NULL, "
            "NULL, %s::bigint[])",
            ([second], [taken]),
        )

    assert states(database, [second]) == ["picked"]


def test_an_order_never_has_two_utleveranser(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = in_state(database, "picked")

    def issue_twice() -> None:
        with database.transaction() as tx:
            issue_in(tx, [order_id])
            issue_in(tx, [order_id])

    with pytest.raises(psycopg.errors.UniqueViolation):
        issue_twice()
    with pytest.raises(psycopg.errors.UniqueViolation):
        issue(database, [order_id, order_id])

    assert states(database, [order_id]) == ["picked"]


def test_a_number_that_was_rolled_back_is_the_next_ones(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    first, second = in_state(database, "picked"), in_state(database, "picked")

    def issue_and_fail() -> None:
        with database.transaction() as tx:
            create_utleverans.create_utleverans(Work(tx, "bestallning", [first]))
            raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            issue_and_fail()

    run_all(database)

    with database.transaction() as tx:
        assert tx.execute("SELECT order_id, sequence FROM utleverans ORDER BY sequence").fetchall() == [
            (first, 1), (second, 2),
        ]  # fmt: skip
        assert tx.execute("SELECT last FROM number_counter").fetchall() == [(2,)]


@pytest.mark.parametrize("state", ["draft", "validated", "backordered", "rejected"])
def test_what_has_not_been_picked_gets_no_number(database: Database, state: str) -> None:
    a_world(database, stock={} if state == "backordered" else {("10", "A1"): 5}, **CONFIRMED)
    order_id = in_state(database, state)
    before = everything(database)

    with suppress(psycopg.errors.CheckViolation):
        issue(database, [order_id])

    after = everything(database)
    assert (after["utleverans"], after["utleverans_line"]) == ([], [])
    with database.transaction() as tx:
        assert tx.execute("SELECT coalesce(sum(last), 0) FROM number_counter").fetchone() == (0,)
    assert after | {"number_counter": []} == before
