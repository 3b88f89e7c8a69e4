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

BEGAN = time.monotonic()


def drill(
    seed: Annotated[int, typer.Option(help="Frö (seed): samma frö, samma fel")] = 1,
    minutes: Annotated[float, typer.Option(min=0.2, max=120, help="Hur länge (how long)")] = 1.0,
    classes: Annotated[str, typer.Option(help="Felklasser, kommaseparerade (fault classes); tomt är alla")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,  # noqa: FBT002
) -> None:
    """Kör systemet medan det går sönder, och döm (run it while it breaks, and judge). Exit 1: red."""
    chosen = tuple(name for name in classes.split(",") if name) or tuple(FAULTS)
    if unknown := sorted(set(chosen) - FAULTS.keys()):
        _say(f"Okända felklasser (unknown fault classes): {', '.join(unknown)}")
        raise typer.Exit(2)
    set_up_logging("WARNING")
    home = Path(tempfile.mkdtemp(prefix="orderflode-drill-"))
    try:
        evidence = Path(tempfile.gettempdir(), f"{home.name}-evidence")
        verdict = run(Plan(seed, minutes, chosen), home, evidence, _say)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    sys.stdout.write((json.dumps(verdict.as_json(), ensure_ascii=False) if as_json else verdict.as_text()) + "\n")
    raise typer.Exit(0 if verdict.is_green else 1)


def _say(text: str) -> None:
    sys.stderr.write(f"{time.monotonic() - BEGAN:5.1f} s  {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    typer.run(drill)
