"""Commands for the keys: `keys rotate` changes them for others while everybody works."""

import time
from typing import Annotated

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.output import Steps, fail, print_json, print_text, progress, refusals_told
from exchange.outgoing.document_store import reseal_documents
from workflows.patients import Keys
from workflows.resealing import left, reseal
from workflows.rotating import RotationRuns, alone, begin, finish

keys_app = typer.Typer(help="Nycklarna till patienternas uppgifter (the keys of patients' data).", no_args_is_help=True)

ROUNDS = 5
"""How often what others held is met again before the command leaves it to the next one."""

PAUSE = 1.0
"""Seconds between them."""


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(keys_app, name="keys")


@keys_app.command("rotate")
def rotate(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Byt nycklarna under drift; kör igen om det avbröts (change the keys under load; run again if interrupted)."""
    with opened() as environment, progress() as steps, refusals_told(RotationRuns):
        # The database knows whose keys it belongs to before they are changed.
        environment.keys()
        with alone(environment.database):
            keys = begin(environment.database, environment.settings.key_file)
            remaining = _resealed(environment, keys, steps)
            if not remaining:
                finish(environment.database, environment.settings.key_file)
    if as_json:
        print_json({"key": keys.current, "left": remaining})
    elif not remaining:
        print_text(f"Nycklarna är bytta: {keys.current} (changed). Säkerhetskopiera nyckelfilen (back the file up)")
    if remaining:
        rows = ", ".join(f"{name}: {number}" for name, number in remaining.items())
        fail(f"Kvar på de gamla nycklarna: {rows}. Kör igen (left on the old keys; run again)")


def _resealed(environment: Environment, keys: Keys, steps: Steps) -> dict[str, int]:
    """Seal everything anew, documents too; what is left when others hold some of it for long."""
    for attempt in range(ROUNDS):
        if attempt:
            time.sleep(PAUSE)
        reseal(environment.database, keys, lambda what, done: steps.show(f"förseglar om {what} (sealing anew)", done))
        reseal_documents(
            environment.settings.document_folder, keys,
            lambda done: steps.show("förseglar om följesedlar (documents)", done),
        )  # fmt: skip
        if not (remaining := left(environment.database, keys)):
            return {}
    return remaining
