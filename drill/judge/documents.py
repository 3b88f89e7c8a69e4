"""Does each stored document belong to one utleverans, whole, with the hash it is named by? No orphan, no half one."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from config.database import Database
from drill.judge.finding import Finding, found
from exchange.outgoing.document_store import DocumentStore
from workflows.access_log import Look
from workflows.patients import Keys, KeysUnusable

AHEAD = 20
"""Notes rendered at a time; a worker that was killed had so many under way at most."""
MOST_ROUNDS = 15


@dataclass(frozen=True, slots=True)
class Documents:
    """The folder's documents by name, opened; and what is wrong with them."""

    content: dict[str, bytes]
    findings: list[Finding]


def judge_documents(store: DocumentStore) -> Documents:
    """Open every file. What a worker that died or failed had begun is first rendered anew, which registers it and
    removes the draft: it has the same bytes."""
    for _ in range(MOST_ROUNDS):
        if not _names_in(store) - _registered(store.database) or store.render_ahead(AHEAD) < AHEAD:
            break
    if _names_in(store) - _registered(store.database):
        for number in _left_to_first_request(store.database):
            store.delivery_note(number, Look("drill", "övningens granskning (judging the drill)", store.keys))
    files = {path.name: path for path in store.folder.rglob("*") if path.is_file()}
    registered = _registered(store.database)
    content: dict[str, bytes] = {}
    broken = []
    for name, path in files.items():
        opened = _opened(store.keys, name, path.read_bytes())
        if opened is None:
            broken.append(f"{name[:12]}…{name[64:]} cannot be opened")
        else:
            content[name] = opened
    return Documents(
        content,
        [
            found("documents", "a half or orphaned document, or one that is registered and missing", [
                *broken,
                *(f"{name[:12]} belongs to no utleverans" for name in sorted(content.keys() - registered)),
                *(f"{name[:12]} is missing" for name in sorted(registered - content.keys())),
            ])
        ],
    )  # fmt: skip


def _left_to_first_request(database: Database) -> list[str]:
    """Notes that could not be rendered ahead: whoever asks for one first gets it, and it is registered."""
    query = (
        "SELECT u.number FROM utleverans u WHERE NOT u.note_due "
        "AND NOT EXISTS (SELECT FROM document d WHERE d.utleverans = u.id) ORDER BY u.id"
    )
    with database.transaction() as tx:
        return [number for (number,) in tx.execute(query).fetchall()]


def _names_in(store: DocumentStore) -> set[str]:
    return {path.name for path in store.folder.rglob("*") if path.is_file()}


def _registered(database: Database) -> set[str]:
    with database.transaction() as tx:
        return set(_names(tx.execute("SELECT DISTINCT sha256 FROM document").fetchall()))


def _names(rows: list[tuple[bytes]]) -> Iterator[str]:
    return (f"{bytes(sha256).hex()}.sealed" for (sha256,) in rows)


def _opened(keys: Keys, name: str, sealed: bytes) -> bytes | None:
    """What the file holds, if it is whole and has the hash that its name says."""
    sha256 = name.removesuffix(".sealed")
    try:
        content = keys.unseal(sealed, f"document {sha256}")
    except KeysUnusable:
        return None
    return content if hashlib.sha256(content).hexdigest() == sha256 else None
