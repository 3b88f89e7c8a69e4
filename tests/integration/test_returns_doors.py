"""What does the database itself refuse of returns? Whatever our code does, as the role of the processes.

Next: test_doors.py (orders and goods), migrations/sql/0002_returns.sql.
"""

import psycopg
import pytest
from builders import CONFIRMED, a_lagerflytt, a_world, in_state, run_all, store
from devices_world import a_marked_world, naming
from order_files import everything
from return_world import asked, rows_of

from config.database import Connection, Database
from workflows.returns.choosing import Pick
from workflows.returns.machine import ReturnTransition, all_return_transitions
from workflows.returns.receiving import receive_returns

pytestmark = pytest.mark.usefixtures("sound_afterwards")

ROUND_THE_DOORS = [
    "UPDATE return_order SET state = 'closed'",
    "UPDATE return_order SET store = '50301'",
    "DELETE FROM return_order",
    "INSERT INTO return_order (state, store, reason, asked, requested_by) VALUES ('closed', '10', 'x', '{}', 'x')",
    "UPDATE return_line SET requested = 9",
    "UPDATE return_line SET order_line = 2",
    "DELETE FROM return_line",
    "UPDATE return_device SET serial_number = 'x'",
    "INSERT INTO return_device VALUES (1, 1, 'S1', 'store')",
    "INSERT INTO return_history (return_id, version, event, from_state, to_state, actor) "
    "VALUES (1, 9, 'judge', 'received', 'closed', 'x')",
    "UPDATE return_history SET actor = 'somebody else'",
    "DELETE FROM return_history",
    "INSERT INTO return_transition VALUES ('judge', 'requested', 'closed')",
    "UPDATE order_line SET returned = 1",
    "UPDATE holding SET returned = 0",
    "UPDATE holding SET quantity = 9",
    "DELETE FROM holding",
]


@pytest.fixture
def requested(database: Database) -> int:
    """A return of two of three A1."""
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 1}, **CONFIRMED)
    return asked(database, in_state(database, "delivered", ("A1", 3), ("A2", 1)), Pick("A1", units=2))


def refused(database: Database, statement: str, error: type[psycopg.Error]) -> None:
    with pytest.raises(error), database.transaction() as tx:
        tx.execute(statement.encode())


def test_the_role_of_the_processes_may_not_go_round_the_doors(database: Database, requested: int) -> None:
    before = everything(database)
    for statement in ROUND_THE_DOORS:
        refused(database, statement, psycopg.errors.InsufficientPrivilege)
    assert everything(database) == before


def test_the_database_allows_exactly_the_transitions_of_the_machine(database: Database) -> None:
    found = rows_of(database, "SELECT event, from_state, to_state FROM return_transition")
    assert sorted(ReturnTransition(*row) for row in found) == all_return_transitions()


def knock(tx: Connection, return_id: int, event: str, before: str, after: str, why: str | None = None) -> None:
    tx.execute("SELECT move_returns(%s::bigint[], %s, %s, %s, 'x', %s)", ([return_id], event, before, after, why))


@pytest.mark.parametrize(
    ("event", "before", "after"),
    [
        ("judge", "requested", "received"),
        ("receive", "requested", "closed"),
        ("cancel", "received", "cancelled"),
        # Allowed, but the return stands elsewhere, nothing came, or no reason is given.
        ("judge", "received", "received"),
        ("receive", "requested", "received"),
        ("cancel", "requested", "cancelled"),
    ],
)
def test_a_return_takes_no_step_that_is_not_allowed(
    database: Database, requested: int, event: str, before: str, after: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
        knock(tx, requested, event, before, after)


def test_a_return_with_goods_left_is_not_closed(database: Database, requested: int) -> None:
    with database.transaction() as tx:
        receive_returns(tx, [requested], actor="lars")
    for left in ("restocked = 1", "restocked = 1, repaired = 1"):
        refused(
            database,
            f"UPDATE return_line SET {left}; "
            f"SELECT move_returns(ARRAY[{requested}]::bigint[], 'judge', 'received', 'closed', 'x')",
            psycopg.errors.CheckViolation,
        )


def test_units_of_a_return_never_exceed_those_before_them(database: Database, requested: int) -> None:
    refused(database, "UPDATE return_line SET received = 3", psycopg.errors.CheckViolation)
    with database.transaction() as tx:
        receive_returns(tx, [requested], actor="lars")
    for units in (
        "restocked = 3",
        "restocked = 1, repaired = 2",
        "repaired = 1, mended = 2",
        "written_off = 1",
        "repaired = 1, scrapped = 1",
        "written_off = 1, cause = ' '",
    ):
        refused(database, f"UPDATE return_line SET {units}", psycopg.errors.CheckViolation)


def test_units_are_counted_only_while_that_can_happen_and_never_back(database: Database, requested: int) -> None:
    refused(database, "UPDATE return_line SET received = 1, restocked = 1", psycopg.errors.RestrictViolation)
    with database.transaction() as tx:
        receive_returns(tx, [requested], actor="lars", came=[Pick("A1", units=1)])
    refused(database, "UPDATE return_line SET received = 2", psycopg.errors.RestrictViolation)
    refused(database, "UPDATE return_line SET received = 0", psycopg.errors.RestrictViolation)


def ask(tx: Connection, order_id: int, line_no: int, article: str, units: int) -> int:
    row = tx.execute(
        "INSERT INTO return_order (store, reason, asked, requested_by) VALUES ('10', 'x', '{}', 'x') RETURNING id"
    ).fetchone()
    assert row is not None
    tx.execute(
        "INSERT INTO return_line (return_id, line_no, article, order_id, order_line, requested) "
        "VALUES (%s, 1, %s, %s, %s, %s)",
        (row[0], article, order_id, line_no, units),
    )
    return int(row[0])


def test_nobody_asks_for_what_is_not_out(database: Database, requested: int) -> None:
    ((order,),) = rows_of(database, "SELECT DISTINCT order_id FROM return_line")
    (flytt,) = store(database, a_lagerflytt(("A1", 1)))
    run_all(database)
    picked = in_state(database, "picked")
    for wrong in ((order, 1, "A1", 2), (order, 1, "A2", 1), (flytt, 1, "A1", 1), (picked, 1, "A1", 1)):
        with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
            ask(tx, *wrong)
    with pytest.raises(psycopg.errors.ForeignKeyViolation), database.transaction() as tx:
        ask(tx, order, 7, "A1", 1)
    with database.transaction() as tx:
        ask(tx, order, 1, "A1", 1)


def test_only_a_device_with_the_receiver_is_named_and_in_one_return_only(database: Database) -> None:
    a_marked_world(database, {"10": "S0 S1 S2 S3"})
    order = in_state(database, "delivered", lines=naming("S1 S2 S3", 3).lines)
    with database.transaction() as tx:
        requested = ask(tx, order, 1, "A9", 2)
        tx.execute("INSERT INTO return_device (return_id, line_no, serial_number) VALUES (%s, 1, 'S1')", (requested,))
    name = "INSERT INTO return_device (return_id, line_no, serial_number) VALUES (%s, 1, %s)"
    for number in ("unknown", "S0", "S1"):
        with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
            tx.execute(name, (ask(tx, order, 1, "A9", 1), number))
    # Three devices are more than the two units that are asked for.
    several = f"INSERT INTO return_device (return_id, line_no, serial_number) SELECT {requested}, 1, n FROM unnest"
    refused(database, f"{several}(ARRAY['S2', 'S3']) n", psycopg.errors.RestrictViolation)


def test_a_return_is_of_an_order_line_or_of_a_holding(database: Database, requested: int) -> None:
    for columns, values in (("holding", "NULL"), ("order_id", "1"), ("order_line", "1")):
        with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
            tx.execute(
                f"INSERT INTO return_line (return_id, line_no, article, {columns}, requested) "
                f"VALUES ({requested}, 2, 'A1', {values}, 1)".encode()
            )
