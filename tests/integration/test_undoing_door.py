"""What does the database refuse beside the undoing of an import? Next: test_undoing.py."""

from pathlib import Path

import psycopg
import pytest
from order_files import a_body, a_file, rows, taken_in

from config.database import Database
from workflows.cohort import run_named
from workflows.patients import Keys
from workflows.steps.cancel import CANCEL

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def ids(database: Database) -> dict[str, int]:
    return dict(rows(database, "SELECT external_id, id FROM orders ORDER BY id"))


DOORS = [
    "UPDATE orders SET external_id = external_id || '~undone-' || batch_id",
    "UPDATE intake_batch SET undone_at = now(), undone_by = 'x', undone_reason = 'x'",
]


def test_an_order_keeps_its_name_but_for_the_door(database: Database, keys: Keys, tmp_path: Path) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("I-2"))).batch
    first, second = (ids(database)[name] for name in ("I-1", "I-2"))
    for statement in DOORS:
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
            tx.execute(statement.encode())
    run_named(database, CANCEL, first, actor="test", reason="x")
    knock = f"SELECT undo_batch({batch}, %s::bigint[], 'x', 'x')"
    for named in ([first], [first, second], []):
        with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
            tx.execute(knock.encode(), (named,))
    for statement in (DOORS[0], "UPDATE orders SET external_id = 'other'", "UPDATE orders SET source = 'other'"):
        with pytest.raises(psycopg.errors.RestrictViolation), database.session() as owner:
            owner.execute(statement.encode())
    run_named(database, CANCEL, second, actor="test", reason="x")
    with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
        tx.execute(knock.encode(), ([first, second, 4711],))
    with database.transaction() as tx:
        tx.execute(knock.encode(), ([first],))
    assert set(ids(database)) == {f"I-1~undone-{batch}", "I-2"}
    with pytest.raises(psycopg.errors.RestrictViolation), database.session() as owner:
        owner.execute("UPDATE intake_batch SET undone_at = NULL, undone_by = NULL, undone_reason = NULL")
