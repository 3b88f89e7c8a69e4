"""What do the tests of backups keep and bring back? A small installation: patients, orders on their way, documents."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import psycopg
from builders import a_world, an_order, run_all, store
from conftest import with_database
from order_files import a_body, a_file, taken_in, to_a_patient
from people import LOOK

from config.database import Database
from config.server_urls import ServerUrls
from exchange.backup.keys import keys_at_hand
from exchange.backup.manifest import MANIFEST, Manifest
from exchange.backup.reading import opened_backup
from exchange.backup.restoring import Place, restore
from exchange.backup.writing import Installation, Progress, write_backup
from exchange.outgoing.document_store import DocumentStore
from workflows.keyring import keys_of


def quietly(_doing: str, _done: int, _total: int | None) -> None:
    """Progress that nobody reads."""


def an_installation(database: Database, folder: Path) -> Installation:
    """Six delivered orders, three of them to a patient, with two stored notes; one that waits for goods; a draft."""
    what = Installation(database, folder / "keys.json", folder / "documents")
    a_world(database, stock={("10", "A1"): 100})
    keys = keys_of(database, what.key_file)
    bodies = [*(a_body(f"U-{n}") for n in range(3)), *(to_a_patient(f"P-{n}") for n in range(3))]
    assert taken_in(database, keys, a_file(folder, *bodies, '{"external_id": "refused"}')).accepted == len(bodies)
    run_all(database)
    for number in numbers_to(what, "vardenhet")[:1] + numbers_to(what, "patient")[:1]:
        assert documents_of(what).delivery_note(number, LOOK)
    store(database, an_order(("A2", 1)))
    run_all(database)
    store(database, an_order(("A1", 1)))
    return what


def documents_of(what: Installation) -> DocumentStore:
    """The stored documents."""
    return DocumentStore(what.database, keys_of(what.database, what.key_file), what.document_folder)


def numbers_to(what: Installation, receiver_kind: str) -> list[str]:
    """The numbers of the utleveranser to that kind of receiver, oldest first."""
    with what.database.transaction() as tx:
        rows = tx.execute(
            "SELECT number FROM utleverans u JOIN orders o ON o.id = u.order_id WHERE receiver_kind = %s ORDER BY u.id",
            (receiver_kind,),
        )
        return [number for (number,) in rows]


def kept(what: Installation, file: Path, *, documents: bool = True, progress: Progress = quietly) -> Path:
    """The file, with a backup of the installation in it."""
    write_backup(what, file, documents=documents, progress=progress)
    return file


def brought_back(
    file: Path, url: str, folder: Path, *, keys: Path | None = None, lost: bool = False, progress: Progress = quietly
) -> Installation:
    """The installation restored from the file to the database at `url`, its keys and documents in `folder`."""
    place = Place(url, folder / "keys.json", folder / "documents")
    with opened_backup(file) as backup:
        at_hand = keys_at_hand(backup.manifest.keys, place.key_file, keys, lost=lost)
        backup.check(quietly)
        restore(backup, place, at_hand, keys_lost=lost, progress=progress)
    return Installation(Database(url), place.key_file, place.document_folder)


@contextmanager
def an_empty_database(servers: ServerUrls) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(servers.database_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        try:
            yield with_database(servers.database_url, name)
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def things_in(url: str) -> list[str]:
    """The names of all tables, functions and types in the database that are not the server's own."""
    ours = "IN (SELECT oid FROM pg_namespace WHERE nspname NOT LIKE 'pg\\_%' AND nspname <> 'information_schema')"
    with psycopg.connect(url) as connection:
        return [
            name
            for (name,) in connection.execute(
                f"SELECT relname FROM pg_class WHERE relnamespace {ours} "
                f"UNION ALL SELECT proname FROM pg_proc WHERE pronamespace {ours} "
                f"UNION ALL SELECT typname FROM pg_type WHERE typnamespace {ours}".encode()
            )
        ]


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, by its path in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def manifest_of(file: Path) -> Manifest:
    """What the backup says of itself."""
    with opened_backup(file) as backup:
        return backup.manifest


def forged(file: Path, manifest: dict[str, object], **tables: bytes) -> Path:
    """The backup with parts of its manifest changed, and the rows of tables."""
    with ZipFile(file) as old:
        contents = {name: old.read(name) for name in old.namelist()}
    contents[MANIFEST] = json.dumps(json.loads(contents[MANIFEST]) | manifest).encode()
    contents |= {f"tables/{name}.copy": rows for name, rows in tables.items()}
    with ZipFile(file, "w", ZIP_STORED) as new:
        for name, content in contents.items():
            new.writestr(name, content)
    return file
