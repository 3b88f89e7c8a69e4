"""The command that cancels part of an order: `order reduce`. Next: orders.py, the other commands of an order."""

from typing import Annotated

import typer

from backoffice.cli.confirmation import read_units
from backoffice.cli.one_order import Json, Reason, Reference, run_step
from backoffice.cli.orders import order_app
from workflows.steps.reduce import reduce_by


def add_to(_: typer.Typer) -> None:
    """Add this module's command to those of an order."""
    order_app.command("reduce")(reduce)


def reduce(
    reference: Reference,
    units: Annotated[
        list[str], typer.Argument(metavar="ARTICLE=UNITS...", help="Så många makuleras (units to cancel)")
    ],
    reason: Reason,
    serial: Annotated[
        list[str] | None, typer.Option(help="Individnummer som utgår (a serial number that goes)")
    ] = None,
    version: Annotated[
        int | None, typer.Option(help="Ordern som du såg den; har den ändrats görs inget (the version you saw)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Makulera en del av ordern; resten går vidare (cancel part of an order; the rest goes on)."""
    step = reduce_by(read_units(units, ""), serial or [])
    run_step(reference, lambda _: step, as_json=as_json, reason=reason, version=version)
