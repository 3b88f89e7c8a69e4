"""Commands for exports: `export deliveries|returns|differences|iso` writes a kommun's rows of a period as CSV."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.environment import opened
from backoffice.cli.moments import day
from backoffice.cli.output import UNUSABLE, fail, print_json, print_text, progress
from exchange.outgoing.exports import UnknownKommun, UnwritableFile, write_export
from workflows.exports import EXPORTS, log_export
from workflows.free_text import PersonalNumberInText
from workflows.period import Period
from workflows.steps.cancel import ReasonMissing

BILLING = "underlag för fakturering och uppföljning (billing and follow-up)"
"""Why, where nobody says."""


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("export")(export)


def export(
    what: Annotated[str, typer.Argument(help=" | ".join(EXPORTS))],
    kommun: Annotated[str, typer.Option(help="Kommun")],
    first: Annotated[date, typer.Option("--from", parser=day, help="Från och med (from)")],
    last: Annotated[date, typer.Option("--to", parser=day, help="Till och med (to)")],
    out: Annotated[Path, typer.Option(help="CSV-fil att skriva (file to write)")],
    reason: Annotated[str, typer.Option(help="Varför; loggas (why; it is logged)")] = BILLING,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Exportera en kommuns leveranser, returer, differenser eller summor per ISO-klass (export as CSV)."""
    if what not in EXPORTS:
        fail(f"Välj bland {', '.join(EXPORTS)} (choose one of them)", UNUSABLE)
    period = Period(first, last)
    if period.is_empty:
        fail("--to är före --from (--to is before --from)", UNUSABLE)
    with opened() as environment, progress() as steps:
        if environment.actor.kommun not in (None, kommun):
            fail(f"Bara {environment.actor.kommun} är din att exportera (only that kommun is yours to export)")
        try:
            log_export(environment.database, environment.look(reason), what, kommun, period)
            rows = write_export(
                environment.database, what, kommun, period, out, lambda done: steps.show("skriver rader (rows)", done)
            )
        except (UnknownKommun, ReasonMissing, PersonalNumberInText) as refusal:
            fail(str(refusal))
        except UnwritableFile as refusal:
            fail(str(refusal), UNUSABLE)
    if as_json:
        print_json({"export": what, "kommun": kommun, "from": first, "to": last, "file": str(out), "rows": rows})
    else:
        print_text(f"{out}: 1 rad (row)" if rows == 1 else f"{out}: {rows} rader (rows)")
