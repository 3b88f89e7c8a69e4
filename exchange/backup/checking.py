"""Is what was restored right? Every invariant holds, the keys are the database's, every document is there and opens."""

from dataclasses import dataclass
from pathlib import Path

from config.database import Database
from exchange.backup.writing import Progress
from exchange.outgoing.document_store import DocumentStore
from workflows.keyring import keys_of
from workflows.utleveranser import stored_documents
from workflows.verify.checking import Verification, verify


@dataclass(frozen=True, slots=True)
class DocumentsFound:
    """The registered documents: how many open, have no file, and are something else than they were."""

    readable: int = 0
    missing: int = 0
    unreadable: int = 0


def check_restored(database: Database, progress: Progress) -> Verification:
    """Check every invariant."""
    return verify(database, lambda _: progress("kontrollerar att allt stämmer (checking every invariant)", 0, None))


def check_documents(database: Database, key_file: Path, folder: Path, progress: Progress) -> DocumentsFound:
    """Open every registered document. Raises KeysUnusable when the keys are not the database's."""
    store = DocumentStore(database, keys_of(database, key_file), folder)
    with database.transaction(snapshot=True) as tx:
        registered = stored_documents(tx)
    found: dict[bool | None, int] = {True: 0, False: 0, None: 0}
    for done, sha256 in enumerate(registered):
        progress("läser följesedlarna (reading the documents)", done, len(registered))
        found[store.is_readable(sha256)] += 1
    return DocumentsFound(found[True], found[None], found[False])
