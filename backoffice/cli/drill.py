"""`orderflode drill`: run the system while it breaks, and judge. A process of its own: nothing imports the drill."""

import os
import sys
from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("drill")(drill)


def drill(
    seed: Annotated[int, typer.Option(help="Frö: samma frö, samma fel (seed)")] = 1,
    minutes: Annotated[float, typer.Option(min=0.2, max=120, help="Hur länge (how long)")] = 1.0,
    classes: Annotated[str, typer.Option(help="Felklasser med komma emellan (fault classes); tomt är alla")] = "",
    sabotage: Annotated[str, typer.Option(help="Ta bort en spärr (take a guard away); all: var och en")] = "",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Kör allt medan det går sönder, och döm (run it while it breaks, and judge). Exit 1: något håller inte (red)."""
    command = [sys.executable, "-m", "drill", "--seed", str(seed), "--minutes", str(minutes)]
    command += ["--classes", classes, "--sabotage", sabotage, *(["--json"] if as_json else [])]
    os.execv(command[0], command)  # noqa: S606
