"""Does what was kept come back? Rows, rules, numbers, documents; and the orders go on. Next: test_restore_keys.py."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from backup_world import (
    an_empty_database,
    an_installation,
    brought_back,
    documents_of,
    files_in,
    kept,
    manifest_of,
    numbers_to,
    quietly,
    things_in,
)
from builders import an_order, receive, run_all, states, store
from order_files import everything, rows
from people import LOOK

from config.database import Database
from config.server_urls import ServerUrls
from exchange.backup.checking import DocumentsFound, check_documents, check_restored
from exchange.backup.restoring import OtherDocuments
from exchange.backup.writing import Installation
from workflows.contents import OF_PROCESSES
from workflows.migrations import is_current
from workflows.migrations.upgrading import upgrade
from workflows.restoring import NotEmpty
from workflows.verify.checking import verify

RULES = {
    "columns": "SELECT attrelid::regclass::text, attnum, attname, format_type(atttypid, atttypmod), attnotnull, "
    "attidentity, attacl FROM pg_attribute JOIN pg_class c ON c.oid = attrelid WHERE attnum > 0 "
    "AND c.relnamespace = 'public'::regnamespace",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated "
    "FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "triggers": "SELECT pg_get_triggerdef(oid), tgenabled FROM pg_trigger WHERE NOT tgisinternal",
    "indexes": "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "functions": "SELECT proname, prosecdef, proacl, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "rights": "SELECT relname, relacl FROM pg_class WHERE relnamespace = 'public'::regnamespace",
}


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Installation:
    return an_installation(database, tmp_path)


@pytest.fixture
def there(here: Installation, servers: ServerUrls, tmp_path: Path) -> Iterator[Installation]:
    """The installation from its backup, sound before the test and after it."""
    file = kept(here, tmp_path / "b.zip")
    with an_empty_database(servers) as url:
        there = brought_back(file, url, tmp_path / "there", keys=here.key_file)
        assert verify(there.database).broken == ()
        yield there
        assert verify(there.database).broken == ()
        there.database.close()


def test_every_row_comes_back(here: Installation, there: Installation) -> None:
    before, after = everything(here.database), everything(there.database)
    assert {name: after[name] for name in after if name not in OF_PROCESSES} == {
        name: before[name] for name in before if name not in OF_PROCESSES
    }


def test_the_database_refuses_what_it_refused(here: Installation, there: Installation) -> None:
    for query in RULES.values():
        before, after = (sorted(map(str, rows(each.database, query))) for each in (here, there))
        assert after == before != []


def test_orders_on_their_way_go_on_and_end(there: Installation) -> None:
    ids = [order_id for (order_id,) in rows(there.database, "SELECT id FROM orders ORDER BY id DESC LIMIT 2")]
    assert states(there.database, ids) == ["draft", "backordered"]
    receive(there.database, {("10", "A2"): 1})
    run_all(there.database)
    assert states(there.database, ids) == ["delivered", "delivered"]


def test_utleverans_numbers_go_on_without_a_gap(here: Installation, there: Installation) -> None:
    last = int(rows(here.database, "SELECT max(number) FROM utleverans")[0][0][-6:])
    store(there.database, an_order(("A1", 1)), an_order(("A1", 1)))
    run_all(there.database)
    numbers = [int(number[-6:]) for (number,) in rows(there.database, "SELECT number FROM utleverans ORDER BY number")]
    assert numbers == list(range(1, last + 4))


def test_an_id_that_was_given_is_never_given_again(here: Installation, servers: ServerUrls, tmp_path: Path) -> None:
    with here.database.session() as rolled_back:
        (lost,) = rolled_back.execute("SELECT nextval('orders_id_seq')").fetchone() or ()
    file = kept(here, tmp_path / "b.zip")
    with an_empty_database(servers) as url:
        there = brought_back(file, url, tmp_path / "there", keys=here.key_file)
        assert store(there.database, an_order(("A1", 1))) == [lost + 1]
        there.database.close()


def test_every_sequence_stands_where_it_stood(here: Installation, there: Installation) -> None:
    query = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
    with here.database.session() as before, there.database.session() as after:
        stood = dict(before.execute(query).fetchall())
        assert dict(after.execute(query).fetchall()) == stood
    assert stood["orders_id_seq"] == 8


def test_documents_are_there_and_open(here: Installation, there: Installation) -> None:
    found = check_documents(there.database, there.key_file, there.document_folder, quietly)
    assert found == DocumentsFound(readable=2)
    assert files_in(there.document_folder) == files_in(here.document_folder)
    (number, *_) = numbers_to(there, "patient")
    assert documents_of(there).delivery_note(number, LOOK) == documents_of(here).delivery_note(number, LOOK)


def test_a_document_that_was_changed_afterwards_or_is_gone_is_told(there: Installation) -> None:
    one, other = sorted(there.document_folder.rglob("*.sealed"))
    one.write_bytes(one.read_bytes()[:-1] + bytes([one.read_bytes()[-1] ^ 1]))
    other.unlink()
    found = check_documents(there.database, there.key_file, there.document_folder, quietly)
    assert found == DocumentsFound(missing=1, unreadable=1)


def test_what_was_broken_when_it_was_kept_comes_back_and_is_told(
    here: Installation, servers: ServerUrls, tmp_path: Path
) -> None:
    with here.database.session() as owner:
        owner.execute("UPDATE stock_balance SET on_hand = on_hand + 1 WHERE article = 'A1'")
    file = kept(here, tmp_path / "b.zip")
    with an_empty_database(servers) as url:
        there = brought_back(file, url, tmp_path / "there", keys=here.key_file)
        (broken,) = check_restored(there.database, quietly).broken
        assert broken.invariant.name == "balance-is-sum-of-movements"
        there.database.close()


@pytest.mark.parametrize(
    "holds",
    ["CREATE TABLE other (n integer)", "CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1'",
     "CREATE TYPE other AS ENUM ('a')", "CREATE SCHEMA elsewhere; CREATE VIEW elsewhere.other AS SELECT 1 AS n"],
)  # fmt: skip
def test_a_database_that_holds_anything_is_refused_and_left_as_it_is(
    holds: str, here: Installation, servers: ServerUrls, tmp_path: Path
) -> None:
    file = kept(here, tmp_path / "b.zip")
    with an_empty_database(servers) as url:
        with psycopg.connect(url) as owner:
            owner.execute(holds.encode())
        before = things_in(url)
        with pytest.raises(NotEmpty):
            brought_back(file, url, tmp_path / "there", keys=here.key_file)
        assert things_in(url) == before
    assert not (tmp_path / "there").exists()


def test_the_database_it_came_from_is_refused(here: Installation, database_url: str, tmp_path: Path) -> None:
    file, before = kept(here, tmp_path / "b.zip"), everything(here.database)
    with pytest.raises(NotEmpty):
        brought_back(file, database_url, tmp_path)
    assert everything(here.database) == before


def test_beside_the_documents_it_came_from_nothing_is_written(
    here: Installation, servers: ServerUrls, tmp_path: Path
) -> None:
    file = kept(here, tmp_path / "b.zip")
    before = {path: path.stat().st_mtime_ns for path in here.document_folder.rglob("*")}
    with an_empty_database(servers) as url:
        there = brought_back(file, url, tmp_path)
        assert check_documents(there.database, there.key_file, there.document_folder, quietly).readable == 2
        there.database.close()
    assert {path: path.stat().st_mtime_ns for path in here.document_folder.rglob("*")} == before


def test_another_document_in_the_place_of_one_is_never_written_over(
    here: Installation, servers: ServerUrls, tmp_path: Path
) -> None:
    file = kept(here, tmp_path / "b.zip")
    next(here.document_folder.rglob("*.sealed")).write_bytes(b"other")
    before = files_in(tmp_path)
    with an_empty_database(servers) as url:
        with pytest.raises(OtherDocuments):
            brought_back(file, url, tmp_path)
        assert things_in(url) == []
    assert files_in(tmp_path) == before


def test_a_backup_of_an_older_schema_comes_back_in_the_newest(servers: ServerUrls, tmp_path: Path) -> None:
    with an_empty_database(servers) as old, an_empty_database(servers) as new:
        upgrade(old, "0001")
        with psycopg.connect(old) as owner:
            owner.execute((Path(__file__).parent / "orders_of_0001.sql").read_bytes())
        before = Installation(Database(old), tmp_path / "keys.json", tmp_path / "documents")
        file = kept(before, tmp_path / "b.zip")
        assert manifest_of(file).schema_revision == "0001"
        there = brought_back(file, new, tmp_path / "there")
        assert is_current(new)
        assert verify(there.database).broken == ()
        # What the newest migration makes of the old rows, it makes of them here.
        upgrade(old)
        made = "SELECT article, serial_number, place, store, order_id FROM device ORDER BY 1, 2"
        assert rows(there.database, made) == rows(before.database, made) != []
        stand = "SELECT id, external_id, state, version, due_at FROM orders ORDER BY id"
        assert rows(there.database, stand) == rows(before.database, stand) != []
        there.database.close()
        before.database.close()
