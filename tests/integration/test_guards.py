"""Can a table of the session's own, or a row that is born ended, deceive the guards? The database refuses it.

Next: test_doors.py, migrations/sql/0002_guards.sql.
"""

import psycopg
import pytest
from builders import CONFIRMED, a_world, everything, in_state

from config.database import Database
from workflows.article_stops import stop_article

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def test_every_function_says_where_it_looks(database: Database) -> None:
    with database.session() as owner:
        rows = owner.execute(
            "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace "
            "AND NOT coalesce('search_path=pg_catalog, public, pg_temp' = ANY (proconfig), false) ORDER BY 1"
        ).fetchall()
    assert rows == []


DECEPTIONS = [
    ("orders", "SELECT id, 'backordered'", "UPDATE public.order_line SET cancelled = 1 WHERE order_id = {}"),
    ("orders", "SELECT id, 'draft'", "UPDATE public.order_line SET article = 'A2' WHERE order_id = {}"),
    ("orders", "SELECT id, 'draft'", "INSERT INTO public.order_line (order_id, line_no, article, quantity) "
     "VALUES ({}, 2, 'A2', 1)"),
    ("orders", "SELECT id, 'rejected'", "DELETE FROM public.order_line WHERE order_id = {}"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "forged", "statement"), DECEPTIONS)
def test_a_table_of_the_sessions_own_deceives_no_guard(
    database: Database, table: str, forged: str, statement: str
) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    order_id = in_state(database, "utleverans")
    before = everything(database)

    def deceive() -> None:
        with database.transaction() as tx:
            tx.execute(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {forged} AS state FROM {table}".encode())
            tx.execute(statement.format(order_id).encode())

    with pytest.raises(psycopg.errors.RestrictViolation):
        deceive()
    assert everything(database) == before


def test_nor_does_one_lift_a_kopstopp(database: Database) -> None:
    a_world(database)
    with database.transaction() as tx:
        stop_article(tx, "A1", by="test", why="prov")
        tx.execute("CREATE TEMPORARY TABLE article_stop (LIKE public.article_stop) ON COMMIT DROP")
        tx.execute("UPDATE article SET withdrawn = false WHERE number = 'A1'")
        assert tx.execute("SELECT withdrawn FROM article WHERE number = 'A1'").fetchone() == (True,)


@pytest.mark.parametrize(
    "statement",
    [
        f"INSERT INTO order_line (order_id, line_no, article, quantity, {column}) VALUES ({{}}, 2, 'A1', 9, 1)"
        for column in ("returned", "cancelled", "on_rest", "short_delivered")
    ]
    + [
        "INSERT INTO intake_batch (source, content_hash, undone_at, undone_by, undone_reason) "
        "VALUES ('test', 'x', now(), 'x', '{}')",
        "INSERT INTO intake_batch (source, content_hash, finished_at) VALUES ('test', 'x', now())",
    ],
)
def test_nothing_is_born_ended(database: Database, statement: str) -> None:
    a_world(database)
    order_id = in_state(database, "draft")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute(statement.format(order_id).encode())
