"""The command `restore`: an empty database, documents and keys from a backup, checked afterwards."""

import logging
import signal
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import psycopg
import typer

from backoffice.cli.environment import owners_url
from backoffice.cli.health import print_verification, verification_json
from backoffice.cli.output import UNUSABLE, Steps, fail, print_json, print_text, progress, refusals_told, say
from config.database import Database
from config.server_urls import server_urls
from config.settings import Settings, settings
from exchange.backup.checking import DocumentsFound, check_documents, check_restored
from exchange.backup.keys import LOST_WITHOUT_KEYS, KeysAtHand, KeysMissing, KeysNotLost, keys_at_hand
from exchange.backup.manifest import Manifest
from exchange.backup.reading import Backup, UnusableBackup, opened_backup
from exchange.backup.restoring import OtherDocuments, Place
from exchange.backup.restoring import restore as restore_from
from workflows.migrations import NEWEST, SchemaError
from workflows.patients import KeysUnusable
from workflows.restoring import NotEmpty, NotTheSchema
from workflows.verify.checking import Verification

UNTOUCHED = "Inget är ändrat (nothing has changed)"


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("restore")(restore)


def restore(
    file: Annotated[Path, typer.Argument(help="Säkerhetskopian (the backup)")],
    keys_from: Annotated[Path | None, typer.Option(help="Nyckelfilen, om den inte är på plats (key file)")] = None,
    keys_lost: Annotated[bool, typer.Option(help="Läs in utan nycklar (restore without keys)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Läs in en säkerhetskopia i en tom databas (restore a backup into an empty database). Exit 1: something is broken.

    All of it or nothing: whatever stops it leaves the database empty.
    """
    # The one way out that takes away what was put beside the database.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    current = settings()
    with refusals_told(UnusableBackup, status=UNUSABLE), opened_backup(file) as backup:
        keys_lost = keys_lost and backup.manifest.keys.fingerprint is not None
        at_hand = _keys(backup.manifest, current, keys_from, lost=keys_lost)
        with progress() as steps:
            backup.check(steps.show)
        with progress() as steps, server_urls(current, need_redis=False, progress=say) as urls:
            place = Place(owners_url(current, urls), current.key_file, current.document_folder)
            _restore(backup, place, at_hand, steps, keys_lost=keys_lost)
            verification, documents = _checked(Database(urls.database_url), current, at_hand, steps)
    _tell(backup.manifest, verification, documents, keys_lost=keys_lost, as_json=as_json)


def _keys(manifest: Manifest, current: Settings, given: Path | None, *, lost: bool) -> KeysAtHand:
    try:
        return keys_at_hand(manifest.keys, current.key_file, given, lost=lost)
    except KeysNotLost as refusal:
        fail(str(refusal), UNUSABLE)
    except (KeysMissing, KeysUnusable) as refusal:
        say(f"{refusal} {UNTOUCHED}")
        say("Ange den med --keys-from, eller läs in utan med --keys-lost; då går detta förlorat (then this is lost):")
        for swedish, english in LOST_WITHOUT_KEYS:
            say(f"- {swedish} ({english})")
        raise typer.Exit(UNUSABLE) from None


def _restore(backup: Backup, place: Place, at_hand: KeysAtHand, steps: Steps, *, keys_lost: bool) -> None:
    try:
        restore_from(backup, place, at_hand, keys_lost=keys_lost, progress=steps.show)
    except NotEmpty as refusal:
        say(f"{refusal} {UNTOUCHED}")
        fail(
            "Läs in i en ny databas, eller ange ett nytt ORDERFLODE_HOME (restore into a new database or home)",
            UNUSABLE,
        )
    except (NotTheSchema, OtherDocuments, SchemaError) as refusal:
        fail(f"{refusal} {UNTOUCHED}", UNUSABLE)
    except psycopg.Error as error:
        # Its text may quote a row: only its kind is said.
        _stopped(f"{type(error).__name__} {error.sqlstate or ''}".strip())
    except OSError as error:
        _stopped(error.strerror or type(error).__name__)


def _checked(
    database: Database, current: Settings, at_hand: KeysAtHand, steps: Steps
) -> tuple[Verification, DocumentsFound]:
    try:
        verification = check_restored(database, steps.show)
        if at_hand.keys is None:
            return verification, DocumentsFound()
        return verification, check_documents(database, current.key_file, current.document_folder, steps.show)
    except (psycopg.Error, KeysUnusable) as error:
        fail(
            f"Allt är inläst, men kunde inte kontrolleras ({type(error).__name__}): kör orderflode verify "
            "(all is restored, but could not be checked: run it)",
        )
    finally:
        database.close()


def _stopped(why: str) -> NoReturn:
    fail(f"Inläsningen avbröts: {why} (the restore was stopped). {UNTOUCHED}", UNUSABLE)


def _tell(
    made: Manifest, verification: Verification, documents: DocumentsFound, *, keys_lost: bool, as_json: bool
) -> None:
    is_broken = bool(verification.broken or documents.unreadable or documents.missing > made.documents.missing)
    if as_json:
        print_json(_as_json(made, verification, documents, keys_lost=keys_lost))
    else:
        if verification.broken:
            print_verification(verification)
        print_text(f"{verification.checked} kontroller, {len(verification.broken)} brutna (invariants checked, broken)")
        print_text(f"{made.rows} rader, schema {made.schema_revision} → {NEWEST} (rows, schema)")
        print_text(
            f"{documents.readable} följesedlar läsbara, {documents.missing} saknas och skrivs på nytt när någon ber om "
            f"dem, {documents.unreadable} oläsliga (documents readable, missing, unreadable)"
        )
    if keys_lost:
        say("Nycklarna är förlorade, och med dem detta (the keys are lost, and this with them):")
        for swedish, english in LOST_WITHOUT_KEYS:
            say(f"- {swedish} ({english})")
    if is_broken:
        fail("Allt är inläst, men allt stämmer inte: se ovan (all is restored, but not all is right: see above)")


def _as_json(
    made: Manifest, verification: Verification, documents: DocumentsFound, *, keys_lost: bool
) -> dict[str, Any]:
    return {
        "made_at": made.made_at,
        "server": made.server,
        "schema_revision": {"from": made.schema_revision, "to": NEWEST},
        "rows": made.rows,
        "documents": asdict(documents),
        "keys": "lost" if keys_lost else "not needed" if made.keys.fingerprint is None else "right",
        "lost": [{"sv": sv, "en": en} for sv, en in LOST_WITHOUT_KEYS] if keys_lost else [],
        "verify": verification_json(verification),
    }
