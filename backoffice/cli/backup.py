"""The command `backup`: everything in one file while the work goes on, and the keys, if asked for, in another."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.environment import owners_url
from backoffice.cli.output import UNUSABLE, fail, print_json, print_text, progress, refusals_told, say
from backoffice.json_text import STOCKHOLM
from config.database import Database
from config.server_urls import server_urls
from config.settings import settings
from exchange.backup.keys import LOST_WITHOUT_KEYS, copy_keys
from exchange.backup.manifest import Manifest
from exchange.backup.writing import Installation, NothingToKeep, write_backup
from workflows.contents import OwnerNeeded

Target = Annotated[Path, typer.Argument(help="Ny fil, eller mapp där den får sitt namn (new file, or its folder)")]
KeysTo = Annotated[Path | None, typer.Option(help="Kopiera nyckelfilen hit (copy the key file here)")]
Documents = Annotated[bool, typer.Option(help="Ta med följesedlarna (include the documents)")]


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("backup")(backup)


def backup(
    target: Target,
    keys_to: KeysTo = None,
    documents: Documents = True,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Säkerhetskopiera databasen och följesedlarna (back up database and documents). Work goes on meanwhile.

    The keys are not in the file: whoever finds it would read every patient's number. Keep a copy elsewhere.
    """
    current = settings()
    target = _file_of(target)
    with server_urls(current, need_redis=False, progress=say) as urls, progress() as steps:
        database = Database(owners_url(current, urls))
        what = Installation(database, current.key_file, current.document_folder)
        try:
            with refusals_told(NothingToKeep, OwnerNeeded, status=UNUSABLE):
                made = write_backup(what, target, documents=documents, progress=steps.show)
        except OSError as error:
            fail(f"Säkerhetskopian kan inte skrivas: {error.strerror} (the backup cannot be written)", UNUSABLE)
        finally:
            database.close()
    if keys_to is not None:
        _copy_keys(current.key_file, keys_to)
    if as_json:
        print_json(_as_json(target, made, keys_to))
    else:
        _print(target, made, keys_to)


def _file_of(target: Path) -> Path:
    """The file to write: `target`, or in the folder `target` one named by the moment. None is written over."""
    if target.is_dir():
        target /= f"orderflode-{datetime.now(STOCKHOLM):%Y-%m-%d-%H%M%S}.zip"
    if target.exists():
        fail(f"{target} finns redan (the file exists)", UNUSABLE)
    return target


def _copy_keys(key_file: Path, target: Path) -> None:
    try:
        copy_keys(key_file, target)
    except OSError as error:
        fail(
            f"Säkerhetskopian är klar, men nycklarna kunde inte kopieras till {target}: {error.strerror} "
            "(the backup is done, but the keys could not be copied)",
            UNUSABLE,
        )


def _as_json(target: Path, made: Manifest, keys_to: Path | None) -> dict[str, object]:
    return {
        "file": str(target),
        "bytes": target.stat().st_size,
        "made_at": made.made_at,
        "server": made.server,
        "schema_revision": made.schema_revision,
        "rows": made.rows,
        "tables": {table.name: table.rows for table in made.tables},
        "documents": made.documents.model_dump(),
        "keys": {"file": made.keys.file, "needed": made.keys.fingerprint is not None, "copy": keys_to and str(keys_to)},
        "lost_without_keys": [{"sv": sv, "en": en} for sv, en in LOST_WITHOUT_KEYS] if made.keys.fingerprint else [],
    }


def _print(target: Path, made: Manifest, keys_to: Path | None) -> None:
    print_text(str(target))
    print_text(f"{made.rows} rader i {len(made.tables)} tabeller, schema {made.schema_revision} (rows, tables, schema)")
    kept = made.documents
    if kept.included:
        print_text(f"{kept.held} följesedlar (documents)")
    else:
        print_text(f"{kept.registered} följesedlar ingår inte: {kept.folder} (documents, not included)")
    if kept.missing:
        print_text(f"{kept.missing} följesedlar saknar fil och skrivs på nytt när någon ber om dem (rendered anew)")
    if made.keys.fingerprint is None:
        return
    where = f"finns i {keys_to} (are in it)" if keys_to else f"ingår inte: {made.keys.file} (are not included)"
    print_text(f"Nycklarna {where}. Spara dem för sig: utan dem går detta förlorat (without them this is lost):")
    for swedish, english in LOST_WITHOUT_KEYS:
        print_text(f"- {swedish} ({english})")
