"""How is a backup made? The database in one snapshot, table by table, then the documents it names; whole or not at all.

Nobody waits for it: it takes no lock that a step could meet, and a document that is stored never changes. Next:
reading.py.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from config.database import Connection, Database
from exchange.backup.manifest import MANIFEST, DocumentsEntry, KeysEntry, Manifest, TableEntry, document_file
from exchange.outgoing.document_store import sealed_file
from exchange.outgoing.whole_file import OWNER_ONLY, whole_binary_file
from workflows.contents import Table, copy_out, one_moment, revision_of, sequences_of, tables_of
from workflows.keyring import fingerprint_of
from workflows.utleveranser import stored_documents

FAST = 3
"""Rows of hexadecimal shrink to a half at any level; a higher one costs processor time for a few per cent."""

Progress = Callable[[str, int, int | None], object]
"""What is being done, and how much of it."""


class NothingToKeep(Exception):
    """Databasen har inget schema: det finns inget att säkerhetskopiera (there is nothing to back up)."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is backed up: the database as its owner reaches it, and where keys and documents are."""

    database: Database
    key_file: Path
    document_folder: Path


def write_backup(what: Installation, target: Path, *, documents: bool, progress: Progress) -> Manifest:
    """Write the backup to `target` (mode 0600), with the documents unless told otherwise; what it holds.

    Raises NothingToKeep, OwnerNeeded, OSError; `target` is then what it was.
    """
    with whole_binary_file(target, mode=OWNER_ONLY) as file, ZipFile(file, "w", allowZip64=True) as backup:
        with one_moment(what.database) as tx:
            revision = revision_of(tx)
            if revision is None:
                raise NothingToKeep(NothingToKeep.__doc__)
            fingerprint, registered = fingerprint_of(tx), stored_documents(tx)
            told = partial(_tell_size, progress, file)
            tables = [_write_table(tx, each, backup, told) for each in tables_of(tx)]
            sequences = sequences_of(tx)
            server = str(tx.info.parameter_status("server_version"))
        held = _write_documents(what.document_folder, registered if documents else [], backup, progress)
        manifest = Manifest(
            made_at=datetime.now(UTC),
            server=server,
            schema_revision=revision,
            tables=tuple(tables),
            sequences=sequences,
            documents=DocumentsEntry(
                folder=str(what.document_folder), registered=len(registered), included=documents, held=held,
                missing=len(registered) - held if documents else 0,
            ),
            keys=KeysEntry(file=str(what.key_file), fingerprint=fingerprint.hex() if fingerprint else None),
        )  # fmt: skip
        backup.writestr(MANIFEST, manifest.model_dump_json(indent=1), ZIP_DEFLATED)
    return manifest


def _tell_size(progress: Progress, file: BinaryIO) -> None:
    progress("kopierar databasen, MiB (copying the database)", file.tell() >> 20, None)


def _write_table(tx: Connection, table: Table, backup: ZipFile, told: Callable[[], None]) -> TableEntry:
    digest = hashlib.sha256()
    entry = TableEntry(name=table.name, columns=table.columns, rows=0, sha256=digest.hexdigest())
    backup.compression, backup.compresslevel = ZIP_DEFLATED, FAST
    with backup.open(entry.file, "w", force_zip64=True) as file:

        def take(piece: bytes) -> None:
            digest.update(piece)
            file.write(piece)
            told()

        rows = copy_out(tx, table, take)
    return entry.model_copy(update={"rows": rows, "sha256": digest.hexdigest()})


def _write_documents(folder: Path, registered: Iterable[bytes], backup: ZipFile, progress: Progress) -> int:
    """How many of them have a file; one without is rendered anew, with the same bytes, when somebody asks for it."""
    wanted, held = sorted(set(registered)), 0
    for done, sha256 in enumerate(wanted):
        progress("kopierar följesedlar (copying documents)", done, len(wanted))
        try:
            sealed = sealed_file(folder, sha256).read_bytes()
        except FileNotFoundError:
            continue
        # Sealed bytes do not shrink.
        backup.writestr(document_file(sha256), sealed, ZIP_STORED)
        held += 1
    return held
