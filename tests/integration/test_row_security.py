"""Does the database keep a kommun's rows from the others? Every table, every role, and each policy taken away.

Next: ../rows_world.py (the rows), ../rows_matrix.py (who sees them), test_ordinary_owner.py,
workflows/migrations/sql/0004_row_security.sql.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import psycopg
import pytest
from builders import a_lagerflytt, a_world, an_order, store
from rows_matrix import Seen, holes, open_every_privilege
from rows_world import FOR_NOBODY, KOMMUNER, ROWS, two_kommuner

from config.database import EVERYTHING, ROLE, WEB_ROLE, Connection, Database
from workflows.intake import store_orders
from workflows.queries import OrderFilter, find_order, list_orders, list_stock, read_orders

KARLSTAD, KIL = KOMMUNER
SHARED = frozenset({
    "store", "vardenhet", "article", "person", "person_unit", "prescribing_right", "lead_class", "article_stop",
    "allowed_transition", "return_transition", "order_count", "order_count_change", "heartbeat", "verification",
})  # fmt: skip
"""What is nobody's: master data, the machines, and how many orders of the region stand where."""
OF_PROCESSES = frozenset({
    "alembic_version", "claim", "daily_job", "key_check", "access_log", "access_seal", "access_removal",
    "access_review", "account_event", "session", "one_time_link",
    "known_device", "login_pace", "oidc_login", "saved_view", "webhook_cursor",
})  # fmt: skip
"""What the processes keep for themselves: the web process's role may not read it."""


class World(NamedTuple):
    """A superuser's session in a database of an ordinary owner, and the rows there."""

    session: Connection
    rows: Seen
    owner: str


@pytest.fixture
def world(owned: Database, ordinary_owner: tuple[str, str]) -> Iterator[World]:
    """Two kommuner with a row in every table, and roles with every privilege."""
    rows = two_kommuner(owned)
    with owned.session() as session, session.transaction(force_rollback=True):
        session.execute("SET LOCAL ROLE NONE")
        open_every_privilege(session)
        yield World(session, rows, ordinary_owner[0])


def test_every_table_is_known_to_be_shared_kept_apart_or_for_processes_alone(database: Database) -> None:
    with database.session() as session:
        tables = {
            name: (apart, forced)
            for name, apart, forced in session.execute(
                "SELECT relname::text, relrowsecurity, relforcerowsecurity FROM pg_class "
                "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            )
        }
        readers = {
            (table, role)
            for table, roles in session.execute("SELECT tablename::text, roles::text[] FROM pg_policies")
            for role in roles
        }
    assert set(tables) == set(ROWS) | SHARED | OF_PROCESSES
    assert {name for name, flags in tables.items() if flags == (True, True)} == set(ROWS)
    assert {name for name, flags in tables.items() if flags == (False, False)} == SHARED | OF_PROCESSES
    assert {table for table, role in readers if role == WEB_ROLE} == set(ROWS) - FOR_NOBODY
    assert {table for table, role in readers if role == ROLE} == set(ROWS)


def test_everybody_sees_and_changes_their_own_rows_alone(world: World) -> None:
    assert holes(world.session, world.rows, world.owner) == set()


def test_any_policy_that_is_missing_is_found(world: World) -> None:
    session, unfound = world.session, []
    policies = session.execute("SELECT tablename::text, policyname::text FROM pg_policies ORDER BY 1, 2").fetchall()
    assert len(policies) > 3 * len(ROWS)
    for table, policy in policies:
        with session.transaction(force_rollback=True):
            session.execute(f"DROP POLICY {policy} ON {table}".encode())
            if not holes(session, {table: world.rows[table]}, world.owner):
                unfound.append((table, policy))
    assert unfound == []


@pytest.mark.parametrize("switched_off", ["DISABLE ROW LEVEL SECURITY", "NO FORCE ROW LEVEL SECURITY"])
def test_row_security_that_is_switched_off_is_found(world: World, switched_off: str) -> None:
    for table, both in world.rows.items():
        with world.session.transaction(force_rollback=True):
            world.session.execute(f"ALTER TABLE {table} {switched_off}".encode())
            assert holes(world.session, {table: both}, world.owner), table


LOGGED_DOORS = {"next_looks", "write_looks", "order_is_seen", "numbers_here", "open_patients", "open_recipient"}
"""The way to a patient: what opens it writes the log first."""


def test_who_asks_reads_what_the_routes_need_and_writes_nothing(database: Database) -> None:
    with database.session() as session:
        given = session.execute(
            "SELECT DISTINCT privilege_type, table_name::text FROM information_schema.column_privileges "
            "WHERE grantee = %s", (WEB_ROLE,)
        ).fetchall()  # fmt: skip
        doors = session.execute(
            "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef "
            "AND prorettype <> 'trigger'::regtype AND has_function_privilege(%s, oid, 'EXECUTE')",
            (WEB_ROLE,),
        ).fetchall()
    assert {privilege for privilege, _ in given} == {"SELECT"}
    assert {table for _, table in given} & (FOR_NOBODY | OF_PROCESSES) == set()
    assert {name for (name,) in doors} == LOGGED_DOORS


def test_a_view_shows_what_its_reader_may_see(database: Database) -> None:
    with database.session() as session:
        views = session.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' "
            "AND NOT coalesce(reloptions, '{}') @> '{security_invoker=true}'"
        ).fetchall()
    assert views == []


def test_an_order_of_another_kommun_is_not_stored_for_who_acts_for_one(database: Database) -> None:
    a_world(database)
    with database.transaction(kommun=KARLSTAD, writes=True) as tx:
        (stored,) = store_orders(tx, [an_order()], actor="anna")
    at_home = an_order(orderer_unit="04-01", receiver_code="04-01")
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        database.transaction(kommun=KARLSTAD, writes=True) as tx,
    ):
        store_orders(tx, [at_home], actor="anna")
    with database.transaction(kommun=EVERYTHING, writes=True) as tx:
        (another,) = store_orders(tx, [at_home], actor="hms")
    with database.transaction() as tx:
        assert tx.execute("SELECT array_agg(id ORDER BY id) FROM orders").fetchone() == (
            [stored.order_id, another.order_id],
        )


def test_pooled_transactions_leave_nothing_of_whom_they_were_for(database: Database) -> None:
    a_world(database)
    ours, theirs = store(database, an_order(), an_order(orderer_unit="04-01", receiver_code="04-01"))

    def seen(kommun: str | None) -> tuple[int, list[int]]:
        with database.transaction(kommun=kommun) as tx:
            row = tx.execute("SELECT pg_backend_pid(), array_agg(id ORDER BY id) FROM orders").fetchone()
        assert row is not None
        return row[0], row[1]

    backend, both = seen(None)
    assert both == [ours, theirs]
    for _ in range(2):
        assert seen(KARLSTAD) == (backend, [ours])
        with pytest.raises(psycopg.errors.DivisionByZero), database.transaction(kommun=KARLSTAD) as tx:
            tx.execute("SELECT 1 / 0")
        assert seen(KIL) == (backend, [theirs])
        assert seen(EVERYTHING) == (backend, [ours, theirs])
        assert seen("") == (backend, None)
    assert seen(None) == (backend, [ours, theirs])


def test_a_name_is_whatever_it_says_and_never_sql(database: Database) -> None:
    a_world(database)
    store(database, an_order())
    for name in ("'; RESET ROLE; --", "\\'", "Karl\nstad", "*'"):
        with database.transaction(kommun=name) as tx:
            assert tx.execute("SELECT current_user, current_setting('app.kommun')").fetchone() == (WEB_ROLE, name)
            assert tx.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_both_kommuner_of_a_move_between_them_see_it_and_no_third(database: Database) -> None:
    a_world(database)
    (moved,) = store(
        database,
        a_lagerflytt(
            sender="50301", receiver_code="50401", customer_order_type="lagerflytt_mellan_kommuner",
            orderer_unit="03-05", instruction_reference="I-1", instruction_approved_by="best",
        ),
    )  # fmt: skip
    for kommun, there in ((KARLSTAD, moved), (KIL, moved), ("Hagfors", None)):
        with database.transaction(kommun=kommun) as tx:
            assert find_order(tx, str(moved)) == there


def test_the_queries_keep_rows_apart_by_themselves_too(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("50301", "A1"): 5, ("50401", "A1"): 5})
    ours, theirs = store(database, an_order(), an_order(orderer_unit="04-01", receiver_code="04-01"))
    # As a process of ours, for whom the database hides nothing.
    with database.transaction() as tx:
        external_id = read_orders(tx, [theirs])[0]["external_id"]
        for reference in (str(theirs), f"test:{external_id}"):
            assert (find_order(tx, reference, KIL), find_order(tx, reference, KARLSTAD)) == (theirs, None)
        filters: tuple[dict[str, Any], ...] = ({}, {"state": "draft"}, {"store": "10"})
        for wanted in filters:
            assert [each["id"] for each in list_orders(tx, OrderFilter(**wanted, kommun=KARLSTAD), 9)] == [ours]
        assert [each["store"] for each in list_stock(tx, None, "A1", KARLSTAD)] == ["50301"]
        assert list_stock(tx, "10", "A1", KARLSTAD) == list_stock(tx, "50401", "A1", KARLSTAD) == []
