"""Does all go on where the owner is no superuser, for whom row security holds as for anybody?

Next: ../ordinary_owner.py, test_row_security.py.
"""

from contextlib import closing
from pathlib import Path

import psycopg
from backup_world import an_installation, brought_back, kept
from builders import a_lagerflytt, a_world, an_order, own_store_order, receive, run_all, states, store
from old_orders import orders_in_flight
from order_files import a_body, a_file, everything, taken_in
from ordinary_owner import a_database_of

from config.database import Database
from config.server_urls import ServerUrls
from workflows.contents import OF_PROCESSES
from workflows.due import what_is_due
from workflows.migrations import migrate
from workflows.migrations.upgrading import upgrade
from workflows.patients import Keys
from workflows.undoing import undo_import
from workflows.verify.checking import verify

OLD_ORDERS = Path(__file__).parent / "orders_of_0001.sql"


def test_the_owner_who_has_named_nobody_sees_no_order(owned: Database) -> None:
    a_world(owned, stock={("10", "A1"): 5})
    store(owned, an_order())
    with psycopg.connect(owned.url) as owner:
        assert owner.execute(
            "SELECT rolname = current_user, rolsuper FROM pg_roles "
            "WHERE oid = (SELECT relowner FROM pg_class WHERE relname = 'orders')"
        ).fetchone() == (True, False)
        assert owner.execute("SELECT count(*) FROM orders").fetchone() == (0,)
        assert owner.execute("SELECT count(*) FROM stock_balance").fetchone() == (0,)
        owner.execute("SET LOCAL app.kommun = '*'")
        assert owner.execute("SELECT count(*) FROM orders").fetchone() == (1,)
        owner.commit()
        assert owner.execute("SELECT count(*) FROM orders").fetchone() == (0,)


def test_orders_come_in_and_are_worked_to_their_ends(owned: Database, keys: Keys, tmp_path: Path) -> None:
    a_world(owned, stock={("10", "A1"): 50, ("50301", "A1"): 5})
    taken = taken_in(owned, keys, a_file(tmp_path, a_body("U-1", lines=[{"article": "A3", "quantity": 1}])))
    ids = store(owned, an_order(), a_lagerflytt(("A1", 3)), own_store_order(), an_order(("A2", 1)))
    with owned.session() as session:
        assert what_is_due(session)
    run_all(owned)
    assert states(owned, ids) == ["delivered", "delivered", "delivered", "backordered"]
    receive(owned, {("10", "A2"): 1})
    run_all(owned)
    assert states(owned, ids) == ["delivered"] * 4
    assert undo_import(owned, taken.batch, actor="test", reason="fel fil").cancelled == 1
    assert verify(owned).broken == ()


def test_verify_is_red_where_it_may_read_nothing(owned: Database) -> None:
    a_world(owned, stock={("10", "A1"): 5})
    store(owned, an_order())
    with owned.session() as owner:
        owner.execute("DROP POLICY processes_see_all ON orders")
    assert "counts-are-right" in {each.invariant.name for each in verify(owned).broken}


def test_a_backup_holds_every_row_and_comes_back_kept_apart(
    owned: Database, servers: ServerUrls, ordinary_owner: tuple[str, str], tmp_path: Path
) -> None:
    here = an_installation(owned, tmp_path / "here")
    file = kept(here, tmp_path / "b.zip")
    with a_database_of(servers, ordinary_owner[0]) as (_, url):
        there = brought_back(file, url, tmp_path / "there", keys=here.key_file)
        with closing(there.database) as database:
            assert _rows_of(database) == _rows_of(owned)
            assert verify(database).broken == ()
            assert _kept_apart(database) == _kept_apart(owned) != []


def _rows_of(database: Database) -> dict[str, int]:
    """How many rows each table has, less those in which processes tell of themselves."""
    return {table: len(rows) for table, rows in everything(database).items() if table not in OF_PROCESSES}


def _kept_apart(database: Database) -> list[str]:
    with database.session() as session:
        return [
            name for (name,) in session.execute("SELECT relname FROM pg_class WHERE relforcerowsecurity ORDER BY 1")
        ]


def test_a_full_database_of_the_first_revision_is_upgraded(
    servers: ServerUrls, ordinary_owner: tuple[str, str]
) -> None:
    with a_database_of(servers, ordinary_owner[0]) as (_, url):
        upgrade(url, "0001")
        with psycopg.connect(url) as owner:
            owner.execute("SET ROLE NONE")  # The rows are written past the triggers, as a superuser may.
            owner.execute(OLD_ORDERS.read_bytes())
            owner.execute("RESET ROLE")
            ids = orders_in_flight(owner)
        migrate(url)
        with closing(Database(url)) as database:
            assert verify(database).broken == ()
            run_all(database)
            assert states(database, [ids["bestallning", "draft"]]) == ["validated"]
            assert verify(database).broken == ()
