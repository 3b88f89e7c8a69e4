"""How does a backup become an installation again? Database, documents and keys, all of it or nothing.

The database's transaction is committed last: what stops the work before that leaves it empty, and the files that were
put beside it are taken away again. Next: checking.py, which looks at the result.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from config.database import Connection
from exchange.backup.keys import KeysAtHand
from exchange.backup.manifest import Manifest
from exchange.backup.reading import Backup, UnusableBackup
from exchange.backup.writing import Progress
from exchange.outgoing.document_store import sealed_file, write_sealed
from workflows.migrations.upgrading import upgrading
from workflows.restoring import begin_restoring, continue_sequences, copy_in, forget_keys, gather_statistics, taken_in


class OtherDocuments(Exception):
    """The folder of documents holds what must not be written over; the message is one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is restored to: the owner's connection, the key file, the folder of documents."""

    owner_url: str
    key_file: Path
    document_folder: Path


@dataclass(slots=True)
class _Put:
    """What this restore puts beside the database: files, and the folders they were the first in."""

    made: list[Path] = field(default_factory=list)

    def begin(self, file: Path) -> Path:
        """Note what is about to be made."""
        self.made += [file, *takewhile(lambda folder: not folder.exists(), file.parents)]
        return file

    def take_away(self) -> None:
        for path in sorted(self.made, key=lambda path: len(path.parts), reverse=True):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()


def restore(backup: Backup, place: Place, at_hand: KeysAtHand, *, keys_lost: bool, progress: Progress) -> None:
    """Fill the empty database at `place` from a backup that has been checked, and bring it to the newest schema.

    With `keys_lost` the database takes on new keys, and the documents, which nobody can read, stay behind.
    Raises NotEmpty, NotTheSchema, OtherDocuments, SchemaError, UnusableBackup, OSError and psycopg.Error; then
    everything is as before.
    """
    manifest = backup.manifest
    tables = [each.table for each in manifest.tables]
    with _taken_away_on_failure() as put, upgrading(place.owner_url) as schema:
        begin_restoring(schema.connection)
        _refuse_other_documents(backup, place.document_folder, keys_lost=keys_lost)
        schema.to(manifest.schema_revision)
        with taken_in(schema.connection, tables):
            _copy_rows(schema.connection, backup, progress)
        continue_sequences(schema.connection, manifest.sequences)
        if keys_lost:
            forget_keys(schema.connection)
        progress("för schemat till det senaste (bringing the schema up to date)", 0, None)
        schema.to()
        gather_statistics(schema.connection, tables)
        if not keys_lost:
            _put_documents(backup, place.document_folder, put, progress)
        at_hand.place(put.begin(place.key_file) if at_hand.source else place.key_file)


@contextmanager
def _taken_away_on_failure() -> Iterator[_Put]:
    put = _Put()
    try:
        yield put
    except BaseException:
        put.take_away()
        raise


def _copy_rows(tx: Connection, backup: Backup, progress: Progress) -> None:
    manifest: Manifest = backup.manifest
    done = 0
    for entry in manifest.tables:
        progress("läser in rader (restoring rows)", done, manifest.rows)
        rows = copy_in(tx, entry.table, backup.rows_of(entry))
        if rows != entry.rows:
            raise UnusableBackup(
                f"{entry.name} fick {rows} rader av {entry.rows} (the table got fewer rows than it had)."
            )
        done += rows


def _refuse_other_documents(backup: Backup, folder: Path, *, keys_lost: bool) -> None:
    """A document that is there already is left if it is the same, byte for byte; nothing is written over."""
    for sha256 in backup.documents():
        file = sealed_file(folder, sha256)
        if not file.exists():
            continue
        if keys_lost:
            raise OtherDocuments(f"{folder} håller följesedlar som ingen kan läsa: flytta undan den (move it aside).")
        if file.read_bytes() != backup.document(sha256):
            raise OtherDocuments(f"{folder} håller andra följesedlar än kopian (it holds other documents).")


def _put_documents(backup: Backup, folder: Path, put: _Put, progress: Progress) -> None:
    wanted = backup.documents()
    for done, sha256 in enumerate(wanted):
        progress("läser in följesedlar (restoring documents)", done, len(wanted))
        file = sealed_file(folder, sha256)
        if not file.exists():
            put.begin(file)
            write_sealed(folder, sha256, backup.document(sha256))
