"""What if a restore cannot be done, or is stopped half-way? Then nothing of it is left: no table, no document, no key.

A damaged file is refused before anything is touched. Next: test_restore_keys.py.
"""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from backup_world import (
    an_empty_database,
    an_installation,
    brought_back,
    files_in,
    forged,
    kept,
    manifest_of,
    quietly,
    things_in,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.database import Database
from config.server_urls import ServerUrls
from exchange.backup.manifest import MANIFEST
from exchange.backup.reading import UnusableBackup, opened_backup
from exchange.backup.writing import Installation
from workflows.migrations import SchemaError
from workflows.restoring import NotTheSchema


class Stopped(BaseException):
    """As from a signal."""


@pytest.fixture
def here(database: Database, tmp_path: Path) -> Installation:
    return an_installation(database, tmp_path)


@pytest.fixture
def file(here: Installation, tmp_path: Path) -> Path:
    return kept(here, tmp_path / "b.zip")


@pytest.fixture
def empty_url(servers: ServerUrls, tmp_path: Path) -> Iterator[str]:
    """An empty database that is as empty after the test, and so is the folder beside it."""
    with an_empty_database(servers) as url:
        yield url
        assert things_in(url) == []
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("stage", ["läser in rader", "för schemat", "läser in följesedlar"])
def test_what_is_stopped_half_way_leaves_nothing(
    stage: str, here: Installation, file: Path, empty_url: str, tmp_path: Path
) -> None:
    seen = []

    def stop(doing: str, done: int, total: int | None) -> None:
        if doing.startswith(stage) and (done > 0 or total is None):
            seen.append((files_in(tmp_path / "there") != {}, doing))
            raise Stopped

    with pytest.raises(Stopped):
        brought_back(file, empty_url, tmp_path / "there", keys=here.key_file, progress=stop)
    assert len(seen) == 1
    assert seen[0][0] == (stage == "läser in följesedlar")


def test_a_connection_that_is_lost_before_the_commit_leaves_nothing(
    here: Installation, file: Path, empty_url: str, tmp_path: Path
) -> None:
    def lose_it(doing: str, done: int, _total: int | None) -> None:
        if doing.startswith("läser in följesedlar") and done == 1:
            with psycopg.connect(empty_url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

    with pytest.raises((SchemaError, psycopg.Error)):
        brought_back(file, empty_url, tmp_path / "there", keys=here.key_file, progress=lose_it)


def test_documents_that_cannot_be_written_leave_nothing(here: Installation, file: Path, empty_url: str) -> None:
    blocked = here.key_file.parent / "blocked"
    blocked.write_text("a file where the folder would be")
    with pytest.raises(OSError, match="blocked"):
        brought_back(file, empty_url, blocked / "there", keys=here.key_file)


def test_rows_that_name_what_is_not_there_are_refused(
    here: Installation, file: Path, empty_url: str, tmp_path: Path
) -> None:
    told = manifest_of(file).model_dump(mode="json")
    for table in told["tables"]:
        if table["name"] == "article":
            table |= {"rows": 0, "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
    forged(file, {"tables": told["tables"]}, article=b"")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        brought_back(file, empty_url, tmp_path / "there", keys=here.key_file)


def test_tables_that_are_not_the_schemas_are_refused(
    here: Installation, file: Path, empty_url: str, tmp_path: Path
) -> None:
    tables = manifest_of(file).model_dump(mode="json")["tables"]
    forged(file, {"tables": [table for table in tables if table["name"] != "history"]})
    with pytest.raises(NotTheSchema):
        brought_back(file, empty_url, tmp_path / "there", keys=here.key_file)


def test_a_backup_of_a_newer_program_is_refused(here: Installation, file: Path, empty_url: str, tmp_path: Path) -> None:
    forged(file, {"schema_revision": "9999"})
    with pytest.raises(UnusableBackup, match="9999"):
        brought_back(file, empty_url, tmp_path / "there", keys=here.key_file)


def test_rows_without_their_sum_and_documents_that_were_taken_out_are_refused(file: Path) -> None:
    whole = file.read_bytes()
    with pytest.raises(UnusableBackup), opened_backup(forged(file, {}, article=b"")) as backup:
        backup.check(quietly)
    file.write_bytes(whole)
    documents = manifest_of(file).documents.model_dump() | {"held": 3}
    with pytest.raises(UnusableBackup), opened_backup(forged(file, {"documents": documents})):
        pass


def test_a_name_that_would_be_a_statement_is_refused(file: Path, empty_url: str) -> None:
    tables = manifest_of(file).model_dump(mode="json")["tables"]
    tables[0]["name"] = 'orders"; DROP TABLE x; --'
    with pytest.raises(UnusableBackup), opened_backup(forged(file, {"tables": tables})):
        pass


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    for content in (b"", b"PK", b"not a zip file at all" * 100):
        (tmp_path / "b.zip").write_bytes(content)
        with pytest.raises(UnusableBackup), opened_backup(tmp_path / "b.zip"):
            pass
    with ZipFile(tmp_path / "b.zip", "w") as other:
        other.writestr("something", "else")
    for path in (tmp_path / "b.zip", tmp_path / "missing.zip", tmp_path):
        with pytest.raises(UnusableBackup), opened_backup(path):
            pass


def test_a_backup_cut_short_anywhere_is_refused(file: Path) -> None:
    whole = file.read_bytes()
    for end in range(0, len(whole), len(whole) // 40):
        file.write_bytes(whole[:end])
        with pytest.raises(UnusableBackup), opened_backup(file) as backup:
            backup.check(quietly)


def contents_of(file: Path) -> object:
    """Everything a restore would take from the file."""
    with opened_backup(file) as backup:
        backup.check(quietly)
        rows = {table.name: b"".join(backup.rows_of(table)) for table in backup.manifest.tables}
        return backup.manifest, rows, [(sha256, backup.document(sha256)) for sha256 in backup.documents()]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_refused_or_changes_nothing(data: st.DataObject, file: Path) -> None:
    intact = file.with_name("intact.zip")
    if not intact.exists():
        intact.write_bytes(file.read_bytes())
    content = bytearray(intact.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    file.write_bytes(content)
    try:
        found = contents_of(file)
    except UnusableBackup:
        return
    assert found == contents_of(intact)


def test_most_of_a_backup_is_what_a_changed_byte_ruins(file: Path) -> None:
    content = file.read_bytes()
    with ZipFile(file) as backup:
        starts = [entry.header_offset + 30 + len(entry.filename) for entry in backup.infolist() if entry.compress_size]
        names = [entry.filename for entry in backup.infolist() if entry.compress_size]
    assert MANIFEST in names
    for start, name in zip(starts, names, strict=True):
        changed = bytearray(content)
        changed[start + 25] ^= 0x10
        file.write_bytes(changed)
        with pytest.raises(UnusableBackup), opened_backup(file) as backup:
            backup.check(quietly)
        assert name
