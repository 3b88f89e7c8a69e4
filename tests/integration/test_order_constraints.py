"""Can an order contradict itself, or its past be rewritten? The tables refuse it, whoever asks (P4).

Next: test_doors.py (what the role of the running processes may do), migrations/sql/0001_orders.sql.
"""

import psycopg
import pytest
from builders import a_world, an_order, everything, in_state, order_row, run_all, store

from config.database import Database

pytestmark = pytest.mark.usefixtures("sound_afterwards")


CONTRADICTIONS = [
    ("validated", "state = 'plockad'"),
    ("rejected", "state = 'plockad', violations = NULL"),
    ("validated", "state = NULL"),
    ("validated", "state = 'rejected'"),
    ("validated", "state = 'cancelled', due_at = NULL"),
    ("picked", "state = 'cancelled', ended_at = now()"),
    ("validated", "ended_at = now()"),
    ("delivered", "ended_at = NULL"),
    ("validated", "version = 0"),
    ("validated", "held_since = now()"),
    ("validated", "held_reason = 'because'"),
    ("rejected", "violations = NULL"),
    ("rejected", "due_at = now()"),
    ("rejected", "priority = 2"),
    ("rejected", "receiver_code = NULL"),
    ("rejected", "receiver_kind = 'patient'"),
    ("rejected", "receiver_kind = 'somebody'"),
    ("rejected", "order_type = 'retur'"),
]
"""A state and what an order in it cannot be beside."""


def test_an_order_that_contradicts_itself_cannot_be_written_even_by_the_owner(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    ids = {state: in_state(database, state) for state in dict(CONTRADICTIONS)}
    refused = (psycopg.errors.CheckViolation, psycopg.errors.NotNullViolation)

    with database.session() as owner:
        for state, change in CONTRADICTIONS:
            with pytest.raises(refused):
                owner.execute(f"UPDATE orders SET {change} WHERE id = %s".encode(), (ids[state],))


@pytest.mark.parametrize(("state", "version"), [("validated", 1), ("backordered", 1), ("draft", 2)])
def test_an_order_begins_as_a_draft_of_version_one(database: Database, state: str, version: int) -> None:
    a_world(database)
    with database.session() as owner, pytest.raises(psycopg.errors.CheckViolation):
        owner.execute(
            "INSERT INTO orders (source, external_id, body_hash, order_type, state, version, priority, received_at, "
            "sender, receiver_kind, receiver_code, orderer_person, orderer_unit, partial, ordered_on, created_by) "
            "VALUES ('x', 'x', 'x', 'bestallning', %s, %s, 1, now(), '10', 'vardenhet', '03-05', 'best', '03-05', "
            "false, current_date, 'x')",
            (state, version),
        )


def test_an_order_ends_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = in_state(database, "delivered")
    version = order_row(database, order_id)["version"]

    with database.session() as owner, pytest.raises(psycopg.errors.UniqueViolation) as refusal:
        owner.execute(
            "INSERT INTO history (order_id, version, event, from_state, to_state, actor) "
            "VALUES (%s, %s, 'cancel', 'delivered', 'cancelled', 'somebody')",
            (order_id, version + 1),
        )
    assert refusal.value.diag.constraint_name == "history_one_end"


@pytest.mark.parametrize("table", ["history", "movement"])
@pytest.mark.parametrize("change", ["UPDATE {} SET actor = 'somebody else'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_past_is_written_once_even_for_the_owner(database: Database, table: str, change: str) -> None:
    a_world(database, stock={("10", "A1"): 5})
    store(database, an_order())
    run_all(database)
    before = everything(database)

    with database.session() as owner, pytest.raises(psycopg.errors.RestrictViolation):
        owner.execute(change.format(table).encode())

    assert everything(database) == before
