"""Is this file a backup, and whole? All of it is read and compared with its sums before anything is done with it.

Next: restoring.py.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from exchange.backup.manifest import MANIFEST, Manifest, TableEntry, document_file
from exchange.backup.writing import Progress
from workflows.contents import PIECE
from workflows.migrations.upgrading import is_known

_DOCUMENT = re.compile(r"documents/([0-9a-f]{64})\.sealed")
# What zipfile raises for a damaged file: a changed byte may also claim another method, or a password.
_DAMAGE = (BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError, IndexError)


class UnusableBackup(Exception):
    """The file is no backup, is damaged, or is a newer program's; the message is one line."""


class Backup:
    """An open backup whose manifest has been read."""

    def __init__(self, file: ZipFile) -> None:
        self._file = file
        self.manifest = Manifest.model_validate_json(file.read(MANIFEST))
        self._documents = {
            bytes.fromhex(found[1]) for name in file.namelist() if (found := _DOCUMENT.fullmatch(name)) is not None
        }
        if len(self._documents) != self.manifest.documents.held:
            raise ValueError

    def check(self, progress: Progress) -> None:
        """Read every byte of it. Raises UnusableBackup where one is not what it was."""
        with _damage_told():
            for done, table in enumerate(self.manifest.tables):
                progress("kontrollerar kopian (checking the backup)", done, len(self.manifest.tables))
                self._check_table(table)
            for done, sha256 in enumerate(self.documents()):
                progress("kontrollerar följesedlarna (checking documents)", done, len(self._documents))
                self.document(sha256)

    def rows_of(self, table: TableEntry) -> Iterator[bytes]:
        """The rows as COPY wrote them, piece by piece."""
        with self._file.open(table.file) as rows:
            while piece := rows.read(PIECE):
                yield piece

    def documents(self) -> list[bytes]:
        """The hashes by which the documents it holds are registered."""
        return sorted(self._documents)

    def document(self, sha256: bytes) -> bytes:
        """A document, sealed."""
        return self._file.read(document_file(sha256))

    def _check_table(self, table: TableEntry) -> None:
        digest, rows = hashlib.sha256(), 0
        for piece in self.rows_of(table):
            digest.update(piece)
            rows += piece.count(b"\n")
        if (digest.hexdigest(), rows) != (table.sha256, table.rows):
            raise ValueError


@contextmanager
def opened_backup(path: Path) -> Iterator[Backup]:
    """The backup in the file. Raises UnusableBackup, also where the schema is not one of this program's."""
    try:
        file = ZipFile(path)
    except OSError as error:
        raise UnusableBackup(f"{path.name} kan inte läsas: {error.strerror} (cannot be read)") from None
    except _DAMAGE:
        raise UnusableBackup(
            f"{path.name} är ingen säkerhetskopia, eller inte hel (the file is no backup, or not all of one)"
        ) from None
    with file:
        with _damage_told():
            backup = Backup(file)
        revision = backup.manifest.schema_revision
        if not is_known(revision):
            raise UnusableBackup(
                f"Kopian har schema {revision}, som en nyare version av programmet gjort: läs in den med den versionen "
                "(the backup is a newer program's: restore it with that)"
            )
        yield backup


@contextmanager
def _damage_told() -> Iterator[None]:
    try:
        yield
    except _DAMAGE:
        raise UnusableBackup(
            "Kopian är skadad; inget har lästs in (the backup is damaged; nothing has been restored)"
        ) from None
