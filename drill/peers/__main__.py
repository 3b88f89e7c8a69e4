"""`python -m drill.peers`: another engine under the drill, or the reports of several in one table.

Progress on standard error, the report on standard output. Exit codes: 0 the drill ran and every fault was seen,
whatever the judge says of the engine; 1 a fault was not seen, so that the drill proves nothing; 2 a wrong call.
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from config.log_setup import set_up_logging
from drill.campaign import Plan
from drill.peers.campaign import run
from drill.peers.engines import ENGINES, Engine
from drill.peers.faults import phases_for
from drill.peers.report import Report
from drill.peers.table import OURS, comparison

BEGAN = time.monotonic()
ALL = "all"


def drill_peers(
    reports: Annotated[
        list[Path] | None, typer.Argument(help="Rapporter i JSON: skriv tabellen (print the table)")
    ] = None,
    engine: Annotated[str, typer.Option(help=f"{', '.join(ENGINES)}; all: alla och vi själva (all and we)")] = "",
    seed: Annotated[int, typer.Option(help="Frö (seed): samma frö, samma fel")] = 1,
    minutes: Annotated[float, typer.Option(min=0.2, max=120, help="Hur länge (how long)")] = 1.0,
    classes: Annotated[str, typer.Option(help="Felklasser, kommaseparerade (fault classes); tomt är alla")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,  # noqa: FBT002
) -> None:
    """Kör en annan motor medan allt går sönder, och döm (drill another engine, and judge)."""
    set_up_logging("WARNING")
    if reports:
        _print(comparison(json.loads(path.read_text(encoding="utf-8")) for path in reports))
        raise typer.Exit(0)
    if engine == ALL:
        documents = [
            _our_own(seed, minutes),
            *(_drilled(each, seed, minutes, ()).as_json() for each in ENGINES.values()),
        ]
        _print(json.dumps(documents, ensure_ascii=False) if as_json else comparison(documents))
        raise typer.Exit(1 if any(document["faults"]["unseen"] for document in documents) else 0)
    if engine not in ENGINES:
        _say(f"Okänd motor (unknown engine): {engine}. Motorer (engines): {', '.join(ENGINES)}, {ALL}")
        raise typer.Exit(2)
    chosen = tuple(name for name in classes.split(",") if name)
    if unknown := sorted({*chosen} - {*_classes(ENGINES[engine])}):
        _say(f"Okänt (unknown): {', '.join(unknown)}. Klasser (classes): {', '.join(_classes(ENGINES[engine]))}")
        raise typer.Exit(2)
    report = _drilled(ENGINES[engine], seed, minutes, chosen)
    _print(json.dumps(report.as_json(), ensure_ascii=False) if as_json else report.as_text())
    raise typer.Exit(1 if report.verdict.unseen else 0)


def _classes(engine: Engine) -> list[str]:
    return [fault.name for faults in phases_for(engine).values() for fault in faults]


def _drilled(engine: Engine, seed: int, minutes: float, classes: tuple[str, ...]) -> Report:
    _say(f"{engine.name}: {engine.title}")
    home = Path(tempfile.mkdtemp(prefix="orderflode-drill-"))
    plan = Plan(seed, minutes, classes or tuple(_classes(engine)))
    try:
        return run(engine, plan, home, Path(tempfile.gettempdir(), f"{home.name}-evidence"), _say)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _our_own(seed: int, minutes: float) -> dict[str, Any]:
    """The report of the product's own drill, run as anybody would."""
    _say(OURS)
    command = [sys.executable, "-m", "drill", "--seed", str(seed), "--minutes", str(minutes), "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def _print(report: str) -> None:
    sys.stdout.write(report + "\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{time.monotonic() - BEGAN:5.1f} s  {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    typer.run(drill_peers)
