"""Can the running processes go round the doors? The database itself refuses it (P2-P4), whatever our code does.

Next: test_stock_door.py (move_goods), test_utleverans_door.py (issue_utleveranser), test_order_constraints.py,
migrations/sql/0001_doors.sql.
"""

import psycopg
import pytest
from builders import CONFIRMED, a_world, everything, in_state, states

from config.database import ROLE, Connection, Database
from workflows.machines import Transition, all_transitions

pytestmark = pytest.mark.usefixtures("sound_afterwards")

REFUSED = psycopg.errors.InsufficientPrivilege
ROUND_THE_DOORS = [
    "UPDATE orders SET state = 'delivered'",
    "UPDATE orders SET version = version + 1",
    "UPDATE orders SET utleverans = 1",
    "UPDATE orders SET ended_at = now()",
    "UPDATE orders SET violations = NULL, evidence = NULL",
    "UPDATE orders SET source = 'other', external_id = 'other'",
    "UPDATE orders SET received_at = now()",
    "UPDATE orders SET rest_of = NULL",
    "DELETE FROM orders",
    "UPDATE order_line SET quantity = 9999",
    "UPDATE order_line SET line_no = 7",
    "INSERT INTO stock_balance (store, article, on_hand) VALUES ('10', 'A9', 5)",
    "UPDATE stock_balance SET on_hand = on_hand + 1",
    "UPDATE stock_balance SET reserved = 0",
    "UPDATE stock_balance SET outbound = 0",
    "DELETE FROM stock_balance",
    "SELECT change_balances(ARRAY[ROW('10', 'A1', 5, 0, 0)::balance_change])",
    "INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, document, actor) "
    "VALUES ('receive', 'A1', 5, 'supplier', '', 'store', '10', 'x', 'x')",
    "UPDATE movement SET quantity = 1",
    "DELETE FROM movement",
    "INSERT INTO history (order_id, version, event, from_state, to_state, actor) VALUES (1, 9, 'x', 'draft', 'x', 'x')",
    "UPDATE history SET actor = 'somebody else'",
    "DELETE FROM history",
    "TRUNCATE history, movement",
    "INSERT INTO utleverans (order_id, store, year, sequence) VALUES (1, '10', 2026, 7)",
    "UPDATE utleverans SET sequence = 7",
    "DELETE FROM utleverans",
    "INSERT INTO utleverans_line VALUES (1, 2, 'A1', 1)",
    "UPDATE utleverans_line SET quantity = 9",
    "UPDATE number_counter SET last = 7",
    "DELETE FROM number_counter",
    "INSERT INTO allowed_transition VALUES ('bestallning', 'deliver', 'draft', 'delivered')",
    "DELETE FROM allowed_transition",
    "ALTER TABLE history DISABLE TRIGGER ALL",
    "ALTER FUNCTION move_orders OWNER TO orderflode_worker",
    "SET session_replication_role = replica",
    "INSERT INTO orders (state) VALUES ('validated')",
    "INSERT INTO orders (version) VALUES (2)",
]
"""Statements that would change a state, a balance, a movement or the past without a step."""


def test_the_role_of_the_processes_may_not_go_round_the_doors(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    in_state(database, "utleverans")
    in_state(database, "validated")
    before = everything(database)

    for statement in ROUND_THE_DOORS:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
            tx.execute(statement.encode())

    assert everything(database) == before


def test_every_transaction_takes_on_that_role(database: Database) -> None:
    with database.transaction() as tx, database.transaction(snapshot=True) as reading:
        assert [each.execute("SELECT current_user").fetchone() for each in (tx, reading)] == [(ROLE,)] * 2


def test_the_doors_are_open_to_that_role_alone(database: Database) -> None:
    with database.session() as owner:
        rows = owner.execute(
            "SELECT proname FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace "
            "AND prorettype <> 'trigger'::regtype AND has_function_privilege('public', oid, 'EXECUTE')"
        ).fetchall()
    assert rows == []


def test_the_database_allows_exactly_the_transitions_of_the_machines(database: Database) -> None:
    with database.transaction() as tx:
        rows = tx.execute("SELECT order_type, event, from_state, to_state FROM allowed_transition").fetchall()
    assert sorted(Transition(*row) for row in rows) == all_transitions()


def move(
    tx: Connection, ids: list[int], event: str, before: str | None, after: str | None, order_type: str = "bestallning"
) -> None:
    """Knock at the door of the orders."""
    tx.execute(
        "SELECT move_orders(%s::bigint[], %s, %s, %s, %s, 'somebody', NULL)", (ids, order_type, event, before, after)
    )


def test_the_door_lets_no_order_through_that_no_machine_would(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    order_id = in_state(database, "validated")
    unchanged = everything(database)

    for order_type, event, before, after in (
        ("bestallning", "deliver", "validated", "delivered"),
        ("bestallning", "pick", "validated", "delivered"),
        ("bestallning", "pick", "validated", "validated"),
        ("bestallning", "plocka", "validated", "picked"),
        ("bestallning", "pick", "validated", None),
        ("bestallning", "pick", None, "picked"),
        ("forskrivning", "pick", "validated", "picked"),
        ("anything", "pick", "validated", "picked"),
        ("bestallning", "validate", "draft", "validated"),
        ("bestallning", "fail_delivery", "utleverans", "cancelled"),
    ):
        with pytest.raises(psycopg.errors.CheckViolation), database.transaction() as tx:
            move(tx, [order_id], event, before, after, order_type)

    assert everything(database) == unchanged


def test_a_cohort_goes_through_the_door_whole_or_not_at_all(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    validated, picked = in_state(database, "validated"), in_state(database, "picked")
    unchanged = everything(database)

    for ids in ([validated, picked], [validated, 4711], [validated, validated]):
        with pytest.raises(psycopg.Error), database.transaction() as tx:
            move(tx, ids, "pick", "validated", "picked")

    assert everything(database) == unchanged


def test_a_table_of_the_same_name_does_not_deceive_the_door(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    order_id = in_state(database, "validated")

    def forge() -> None:
        with database.transaction() as tx:
            tx.execute("CREATE TEMPORARY TABLE allowed_transition (LIKE public.allowed_transition)")
            tx.execute("INSERT INTO pg_temp.allowed_transition VALUES ('bestallning', 'x', 'validated', 'cancelled')")
            move(tx, [order_id], "x", "validated", "cancelled")

    with pytest.raises(psycopg.errors.CheckViolation):
        forge()
    assert states(database, [order_id]) == ["validated"]


REWRITINGS = [
    "UPDATE orders SET sender = '50301' WHERE id = {}",
    "UPDATE orders SET priority = 0 WHERE id = {}",
    "UPDATE orders SET receiver_code = '04-01' WHERE id = {}",
    "UPDATE orders SET orderer_person = 'forsk' WHERE id = {}",
    "UPDATE orders SET order_type = 'lagerflyttsorder' WHERE id = {}",
    "DELETE FROM order_line WHERE order_id = {}",
    "INSERT INTO order_line (order_id, line_no, article, quantity) VALUES ({}, 2, 'A2', 1)",
]


@pytest.mark.parametrize("rewriting", REWRITINGS)
def test_what_was_ordered_stands_once_it_has_been_judged(database: Database, rewriting: str) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    before = [in_state(database, state) for state in ("validated", "picked", "utleverans", "delivered")]
    unchanged = everything(database)

    for order_id in before:
        with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
            tx.execute(rewriting.format(order_id).encode())

    assert everything(database) == unchanged
