"""Commands that take things in: `load` master data and `import` orders."""

import os
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.output import REFUSED, UNUSABLE, fail, print_json, print_table, print_text, progress, say
from backoffice.cli.violation_words import refusal_text
from backoffice.json_text import STOCKHOLM
from config.garbage import look_seldom
from exchange.admission import ACCOUNTS_SOURCE, admission_of
from exchange.import_file import Importer, ImportResult, OrderVerdict
from exchange.incoming.incoming_file import IncomingFile, open_incoming
from exchange.load_holdings import Registers
from exchange.load_master import load_master
from exchange.mapping import read_mapping
from exchange.master_files import UnusableMasterFiles, read_master_files
from exchange.outgoing.receipt import write_receipt
from exchange.shape_check import Expected, shown_name
from exchange.shape_check import source as check_source
from workflows.permissions import Permission

SHOWN = 50
"""Refused orders shown to a person at most; `--json` lists them all."""


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("load")(load)
    app.command("import")(import_orders)


def load(
    folder: Annotated[Path, typer.Argument(help="Mapp med CSV-filer (folder of CSV files)")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Läs in grunddata; en gång till uppdaterar (load master data; again updates). Exit 2: unusable files."""
    try:
        files = read_master_files(folder)
        with opened() as environment:
            registers = _registers(environment) if files.holdings else None
            loaded = load_master(environment.database, files, actor=environment.who, registers=registers)
    except UnusableMasterFiles as unusable:
        if as_json:
            print_json({"problems": [asdict(problem) for problem in unusable.problems]})
            raise typer.Exit(UNUSABLE) from None
        for problem in unusable.problems:
            row = f" rad {problem.row}" if problem.row else ""
            say(f"{problem.file}{row}: {problem.sv} ({problem.en})")
        raise typer.Exit(UNUSABLE) from None
    if as_json:
        print_json(asdict(loaded))
        return
    print_table(("tabell", "rader"), loaded.rows.items())
    print_text(f"ingående saldon (opening balances): {loaded.opening_balances}")
    if files.holdings:
        print_text(f"utestående före start (opening holdings): {loaded.opening_holdings}")


def _registers(environment: Environment) -> Registers:
    return Registers(environment.keys(), datetime.now(STOCKHOLM).date(), environment.settings.reservnummer_patterns)


def import_orders(
    files: Annotated[list[Path], typer.Argument(help="NDJSON, CSV eller XLSX (NDJSON, CSV or XLSX)")],
    format: Annotated[str | None, typer.Option(help="ndjson | csv | xlsx; annars känns den igen")] = None,
    mapping: Annotated[Path | None, typer.Option(help="TOML för en främmande fil (for a foreign file)")] = None,
    sheet: Annotated[str | None, typer.Option(help="Blad i en arbetsbok; annars det första med rubrikerna")] = None,
    source: Annotated[str, typer.Option(help="Vem som sänder (who sends)")] = "import",
    once: Annotated[
        bool, typer.Option("--once", help="Ta aldrig in samma fil igen (never the same file again)")
    ] = False,
    receipt: Annotated[Path | None, typer.Option(help="Kvitto som CSV (receipt); för en fil")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Importen, tillbakarullad (rolled back)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Importera ordrar (import orders). Exit 0: all taken; 1: some refused; 2: a file cannot be used."""
    if isinstance(wrong := check_source(source), Expected):
        fail(f"--source: {wrong.sv} ({wrong.en})", UNUSABLE)
    _refuse_unwritable(receipt, files, dry_run=dry_run)
    told = read_mapping(mapping) if mapping else None
    opened_files = [(path, open_incoming(path, format=format, mapping=told, sheet=sheet)) for path in files]
    with opened() as environment, progress() as steps:
        importer = _importer(environment, source, once, lambda phase, count: steps.show(_PHASES[phase], count))
        results = [
            (path, file, importer.dry_run(path, file) if dry_run else importer.run(path, file))
            for path, file in opened_files
        ]
        if receipt:
            _write_receipt(environment, results[0][2].batch, receipt)
    if as_json:
        documents = [_as_json(result, file, dry_run=dry_run) for _, file, result in results]
        print_json(documents[0] if len(documents) == 1 else documents)
    else:
        for path, file, result in results:
            _print_result(path, file, result, dry_run=dry_run)
    if any(result.refused for _, _, result in results):
        raise typer.Exit(REFUSED)


_PHASES = {"rows": "läser rader (reading rows)", "orders": "lagrar ordrar (storing orders)"}


def _importer(environment: Environment, source: str, once: bool, told: Any) -> Importer:
    """As the operator, who sends for anybody; or as somebody who sends what is theirs to send, as by HTTP."""
    look_seldom()
    patterns, actor = environment.settings.reservnummer_patterns, environment.actor
    if actor.may(Permission.OPERATE):
        return Importer(environment.database, environment.keys(), source, actor.name, patterns, told, once)
    with environment.seen() as tx:
        admission = admission_of(tx, actor)
    if source not in (ACCOUNTS_SOURCE, admission.source):
        fail(f"--source är {admission.source} för {actor.name} (the source is theirs)")
    return Importer(
        environment.database, environment.keys(), admission.source, actor.name, patterns, told, once, actor.kommun,
        admission.violations,
    )  # fmt: skip


def _refuse_unwritable(receipt: Path | None, files: list[Path], *, dry_run: bool) -> None:
    """A receipt that cannot be written is known before anything is imported."""
    if receipt is None:
        return
    if dry_run or len(files) > 1:
        fail("--receipt hör till en riktig import av en fil (belongs to a real import of one file)", UNUSABLE)
    if receipt.is_dir() or not os.access(receipt.parent, os.W_OK | os.X_OK):
        fail(f"--receipt: {receipt.name} går inte att skriva (cannot be written)", UNUSABLE)


def _write_receipt(environment: Environment, batch: int, receipt: Path) -> None:
    """The import stands whatever becomes of its receipt, which can be asked for again."""
    try:
        write_receipt(environment.database, environment.keys(), batch, receipt)
        say(
            f"{receipt.name}: reglerna har inte prövat ordrarna än; fråga senare: orderflode receipt {batch} --out FIL "
            "(the rules have not judged the orders yet; ask again later)"
        )
    except OSError as error:
        say(
            f"{receipt.name} gick inte att skriva ({error.strerror}); importen är gjord: orderflode receipt {batch} "
            "(the receipt could not be written; the import is done)"
        )


def _as_json(result: ImportResult, file: IncomingFile, *, dry_run: bool) -> dict[str, object]:
    document: dict[str, object] = {
        "batch": None if dry_run else result.batch,
        "dry_run": dry_run,
        "seen_before": result.seen_before,
        "seen_is_undone": result.seen_is_undone,
        "sheet": file.sheet and shown_name(file.sheet),
        "accepted": result.accepted,
        "refused": result.refused,
        "unchanged": result.unchanged,
        "orders": [_verdict(each) for each in result.orders],
    }
    if dry_run:
        document |= {"would_reject": result.would_reject, "rejections": [_verdict(each) for each in result.rejections]}
    return document


def _verdict(verdict: OrderVerdict) -> dict[str, object]:
    return {
        "external_id": verdict.external_id,
        "rows": list(verdict.rows),
        "violations": [violation.as_json() for violation in verdict.violations],
    }


def _print_result(path: Path, file: IncomingFile, result: ImportResult, *, dry_run: bool) -> None:
    if result.seen_before:
        undone = ", ångrad (undone)" if result.seen_is_undone else ""
        print_text(
            f"{path.name}: samma fil är redan inläst, batch {result.seen_before}{undone} (the same file was imported)"
        )
    if file.sheet:
        print_text(f"{path.name}: bladet {shown_name(file.sheet)} (the sheet)")
    done = f"mottagna i batch {result.batch} (accepted)"
    if dry_run:
        done = f"tas emot, varav {result.would_reject} avvisas av reglerna (would be accepted, of which rejected)"
    print_text(f"{path.name}: {result.accepted} {done}, {result.unchanged} oförändrade, {result.refused} nekade")
    for verdict in (result.orders + result.rejections)[:SHOWN]:
        for violation in verdict.violations:
            place = f"rad {verdict.rows[0]}" + (f"–{verdict.rows[1]}" if verdict.rows[1] != verdict.rows[0] else "")
            print_text(f"  {place} {verdict.external_id or '–'} {refusal_text(violation.as_json())}")
    hidden = len(result.orders) + len(result.rejections) - SHOWN
    if hidden > 0:
        print_text(f"  … och {hidden} till; --json visar alla (and {hidden} more; --json shows all)")
