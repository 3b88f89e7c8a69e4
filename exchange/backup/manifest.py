"""What does a backup say of itself? When it was made and of what; every table with its rows and their sum.

A backup is a zip file: `manifest.json`, a file of rows for each table (`tables/orders.copy`, as COPY writes them) and
the sealed documents. What is sealed in the database is sealed in it, and the keys are not in it: whoever finds the
file cannot read a patient's number. The sums tell damage, not forgery. Next: writing.py.
"""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from workflows.contents import Table

MANIFEST = "manifest.json"
NUMBERS = r"^[0-9]{4}$"
NAME = r"^[a-z_][a-z0-9_]*$"
"""The names our schema gives; nothing else from a file is put into a statement."""
DIGEST = r"^[0-9a-f]{64}$"


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TableEntry(_Entry):
    """A table in the backup: the columns in the order of the file, the rows, and the file's SHA-256 in hexadecimal."""

    name: str = Field(pattern=NAME)
    columns: tuple[str, ...] = Field(min_length=1)
    rows: int = Field(ge=0)
    sha256: str = Field(pattern=DIGEST)

    @property
    def table(self) -> Table:
        """The table as the database knows it."""
        return Table(self.name, self.columns)

    @property
    def file(self) -> str:
        """Its name in the backup."""
        return f"tables/{self.name}.copy"


class DocumentsEntry(_Entry):
    """The registered documents: how many, how many the backup holds, how many had no file; and their folder."""

    folder: str
    registered: int = Field(ge=0)
    included: bool
    held: int = Field(ge=0)
    missing: int = Field(ge=0)


class KeysEntry(_Entry):
    """The keys that open what is sealed, which are elsewhere: their file then, and what tells them from others."""

    file: str
    fingerprint: str | None = Field(pattern=DIGEST)


class Manifest(_Entry):
    """Everything a backup holds. `format` changes when an older program cannot read it any more."""

    format: Literal[1] = 1
    made_at: datetime
    server: str
    schema_revision: str = Field(pattern=NUMBERS)
    tables: tuple[TableEntry, ...] = Field(min_length=1)
    sequences: dict[str, int]
    documents: DocumentsEntry
    keys: KeysEntry

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)


def document_file(sha256: bytes) -> str:
    """A document's name in the backup; `sha256` is that of its content, by which it is registered."""
    return f"documents/{sha256.hex()}.sealed"
