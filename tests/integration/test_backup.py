"""Is everything in a backup, as it was at one moment, while orders move? Next: test_restore.py, the way back."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from backup_world import (
    an_empty_database,
    an_installation,
    brought_back,
    documents_of,
    kept,
    manifest_of,
    numbers_to,
    quietly,
)
from builders import an_order, receive, run_all, store
from order_files import NUMBER, everything
from people import LOOK

from config.database import Database
from config.server_urls import ServerUrls
from exchange.backup.writing import Installation, NothingToKeep, write_backup
from workflows.contents import OF_PROCESSES, OwnerNeeded
from workflows.verify.checking import verify


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Installation:
    return an_installation(database, tmp_path)


def once(act: Callable[[], object]) -> Callable[[str, int, int | None], None]:
    """Progress that acts the first time it is told, which is while the first rows are copied."""
    waiting = [act]

    def told(_doing: str, _done: int, _total: int | None) -> None:
        if waiting:
            waiting.pop()()

    return told


def test_every_table_is_in_it_but_those_in_which_processes_tell_of_themselves(
    here: Installation, tmp_path: Path
) -> None:
    tables = manifest_of(kept(here, tmp_path / "b.zip")).tables
    rows = {name: len(found) for name, found in everything(here.database).items()}
    for name in ("alembic_version", *OF_PROCESSES):
        del rows[name]
    assert {table.name: table.rows for table in tables} == rows
    assert rows["orders"] == 8


def test_orders_that_move_meanwhile_are_in_it_as_they_were_at_one_moment(
    here: Installation, servers: ServerUrls, tmp_path: Path
) -> None:
    before = everything(here.database)

    def work_meanwhile() -> None:
        receive(here.database, {("10", "A2"): 5})
        store(here.database, an_order(("A1", 2)))
        # Each step gives up after 3 s behind a lock: that it is done shows that nobody waited for the backup.
        run_all(here.database)

    file = kept(here, tmp_path / "b.zip", progress=once(work_meanwhile))
    assert len(everything(here.database)["movement"]) > len(before["movement"])
    with an_empty_database(servers) as url:
        there = brought_back(file, url, tmp_path / "there", keys=here.key_file)
        assert verify(there.database).broken == ()
        assert everything(there.database) == before
        there.database.close()


def test_a_note_that_is_stored_meanwhile_is_not_registered_in_it(here: Installation, tmp_path: Path) -> None:
    (*_, unasked) = numbers_to(here, "vardenhet")
    file = kept(here, tmp_path / "b.zip", progress=once(lambda: documents_of(here).delivery_note(unasked, LOOK)))
    manifest = manifest_of(file)
    assert (manifest.documents.registered, manifest.documents.held, manifest.documents.missing) == (2, 2, 0)


def test_a_registered_note_without_its_file_is_told(here: Installation, tmp_path: Path) -> None:
    next(here.document_folder.rglob("*.sealed")).unlink()
    manifest = manifest_of(kept(here, tmp_path / "b.zip"))
    assert (manifest.documents.registered, manifest.documents.held, manifest.documents.missing) == (2, 1, 1)


def test_documents_that_are_kept_elsewhere_are_named(here: Installation, tmp_path: Path) -> None:
    told = manifest_of(kept(here, tmp_path / "b.zip", documents=False)).documents
    assert (told.included, told.held, told.registered, told.folder) == (False, 0, 2, str(here.document_folder))


def test_a_backup_is_its_owners_alone_whatever_the_umask(here: Installation, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = kept(here, tmp_path / "b.zip")
    finally:
        os.umask(before)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nobody_who_finds_it_reads_a_patients_number_or_a_key(here: Installation, tmp_path: Path) -> None:
    with ZipFile(kept(here, tmp_path / "b.zip")) as backup:
        contents = b"".join(backup.read(name) for name in backup.namelist())
    assert b"U-1" in contents
    keys = json.loads(here.key_file.read_text())
    hidden = [NUMBER, NUMBER[2:], "08-465 004 01", keys["index"], keys["seal"]["k1"]]
    assert [word for word in hidden if word.encode() in contents] == []


def test_a_backup_that_fails_leaves_no_file(here: Installation, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    def lose_the_connection() -> None:
        with here.database.session() as session:
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    with pytest.raises(psycopg.Error):
        kept(here, folder / "b.zip", progress=once(lose_the_connection))
    assert list(folder.iterdir()) == []


def test_a_database_without_schema_has_nothing_to_keep(servers: ServerUrls, tmp_path: Path) -> None:
    with an_empty_database(servers) as url:
        empty = Installation(Database(url), tmp_path / "keys.json", tmp_path / "documents")
        with pytest.raises(NothingToKeep):
            write_backup(empty, tmp_path / "b.zip", documents=True, progress=quietly)
        empty.database.close()
    assert list(tmp_path.iterdir()) == []


def test_a_login_that_may_not_see_how_far_the_numbers_have_come_is_refused(
    here: Installation, database_url: str, tmp_path: Path
) -> None:
    role = ("&" if "?" in database_url else "?") + "options=-c%20role%3Dorderflode_worker"
    process = Installation(Database(database_url + role), here.key_file, here.document_folder)
    with pytest.raises(OwnerNeeded):
        kept(process, tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()
