"""`python -m drill`: one drill, or every sabotage. Progress on standard error, the report on standard output.

Exit codes: 0 green, 1 red (or, of sabotages, one that stayed green), 2 a wrong call.
"""

import json
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from config.log_setup import set_up_logging
from drill.campaign import Plan, run
from drill.faults import FAULTS
from drill.judge.verdict import Verdict
from drill.sabotage.switch import Sabotage
from drill.sabotage.switches import MINUTES, SABOTAGES

BEGAN = time.monotonic()


def drill(
    seed: Annotated[int, typer.Option(help="Frö (seed): samma frö, samma fel")] = 1,
    minutes: Annotated[float, typer.Option(min=0.2, max=120, help="Hur länge (how long)")] = 1.0,
    classes: Annotated[str, typer.Option(help="Felklasser, kommaseparerade (fault classes); tomt är alla")] = "",
    sabotage: Annotated[str, typer.Option(help="Ta bort en spärr (take a guard away); all: var och en")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,  # noqa: FBT002
) -> None:
    """Kör systemet medan det går sönder, och döm (run it while it breaks, and judge). Exit 1: red."""
    set_up_logging("WARNING")
    if sabotage == "all":
        raise typer.Exit(0 if every_sabotage_shows(seed, as_json=as_json) else 1)
    chosen = tuple(name for name in classes.split(",") if name)
    if unknown := sorted({*chosen} - FAULTS.keys() | {sabotage} - SABOTAGES.keys() - {""}):
        _say(f"Okänt (unknown): {', '.join(unknown)}. Klasser (classes): {', '.join(FAULTS)}")
        raise typer.Exit(2)
    if sabotage:
        verdict = _run(sabotaged(SABOTAGES[sabotage], seed))
    else:
        verdict = _run(Plan(seed, minutes, chosen or tuple(FAULTS)))
    _print(verdict.as_json() if as_json else verdict.as_text())
    raise typer.Exit(0 if verdict.is_green else 1)


def sabotaged(sabotage: Sabotage, seed: int) -> Plan:
    """The drill that is to reveal a sabotage."""
    return Plan(seed, MINUTES, sabotage.classes, sabotage.load, sabotage)


def every_sabotage_shows(seed: int, *, as_json: bool) -> bool:
    """Run each sabotage; whether the judge named what each of them breaks."""
    shown: dict[str, dict[str, object]] = {}
    for name, sabotage in SABOTAGES.items():
        began = time.monotonic()
        broken = [finding.name for finding in _run(sabotaged(sabotage, seed)).broken]
        seconds = round(time.monotonic() - began)
        shown[name] = {"red": bool({*broken} & {*sabotage.reveals}), "broken": broken, "seconds": seconds}
        _say(f"{name}: {'rött' if shown[name]['red'] else 'GRÖNT (stayed green)'} {', '.join(broken)}, {seconds} s")
    if as_json:
        _print(shown)
    else:
        _print(
            "\n".join(
                f"{name:>28} {'rött (red)' if each['red'] else 'GRÖNT (green)'} {each['seconds']} s: {each['broken']}"
                for name, each in shown.items()
            )
        )
    return all(each["red"] for each in shown.values())


def _run(plan: Plan) -> Verdict:
    home = Path(tempfile.mkdtemp(prefix="orderflode-drill-"))
    try:
        return run(plan, home, Path(tempfile.gettempdir(), f"{home.name}-evidence"), _say)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _print(report: object) -> None:
    sys.stdout.write((report if isinstance(report, str) else json.dumps(report, ensure_ascii=False)) + "\n")


def _say(text: str) -> None:
    sys.stderr.write(f"{time.monotonic() - BEGAN:5.1f} s  {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    typer.run(drill)
