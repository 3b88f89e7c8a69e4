"""Commands for recalls: `recall` lists everybody who has an article, and may stop it; `lift-stop` lets it go again.

The list goes to a file of its owner's alone; standard output has counts and no patient's data.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.output import UNUSABLE, fail, print_json, print_text, progress, refusals_told
from exchange.outgoing.recall_file import PLACES, write_recall
from exchange.outgoing.whole_file import OWNER_ONLY, whole_file
from workflows.access_log import Look
from workflows.article_stops import NotStopped, lift_stop
from workflows.free_text import PersonalNumberInText
from workflows.recall_rows import pages_of
from workflows.recalls import Found, Recalled, UnknownArticle, WrongRange
from workflows.recalls import recall as find_all
from workflows.steps.cancel import ReasonMissing

SHOWN = 20
"""Open orders named to a person at most; `--json` names them all."""

ArticleNumber = Annotated[str, typer.Argument(metavar="ARTICLE", help="Artikelnummer (article)")]
Reason = Annotated[str, typer.Option(help="Varför; loggas (why; it is logged)")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("recall")(recall)
    app.command("lift-stop")(lift)


def recall(
    article: ArticleNumber,
    reason: Reason,
    out: Annotated[Path, typer.Option(help="CSV-fil att skriva, läsbar bara för dig (readable by you alone)")],
    from_serial: Annotated[str | None, typer.Option(help="Första individnummer (first serial number)")] = None,
    to_serial: Annotated[str | None, typer.Option(help="Sista individnummer (last serial number)")] = None,
    stop: Annotated[bool, typer.Option("--stop", help="Köpstopp: inga nya ordrar (no new orders)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Återkalla: lista alla som har en artikel (recall: list everybody who has an article)."""
    wanted = Recalled(article, from_serial or None, to_serial or None)
    try:
        with opened() as environment:
            found = _listed(environment, wanted, environment.look(reason), out, stop=stop)
    except (UnknownArticle, ReasonMissing, PersonalNumberInText) as refusal:
        fail(str(refusal))
    except WrongRange as wrong:
        fail(str(wrong), UNUSABLE)
    except OSError as error:
        fail(f"{out.name} kan inte skrivas: {error.strerror} (cannot be written)", UNUSABLE)
    if as_json:
        print_json(asdict(found) | {"article": article, "stopped": stop, "file": out.name})
    else:
        _print_found(found, wanted, out, stop=stop)


def lift(article: ArticleNumber, reason: Reason, as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Häv köpstoppet: artikeln kan beställas som förut (lift the stop: it can be ordered as before)."""
    with opened() as environment, refusals_told(NotStopped, ReasonMissing, PersonalNumberInText):
        lift_stop(environment.database, article, by=environment.who, why=reason)
    if as_json:
        print_json({"article": article, "stopped": False})
    else:
        print_text(f"Köpstoppet för {article} är hävt (lifted)")


def _listed(environment: Environment, wanted: Recalled, look: Look, out: Path, *, stop: bool) -> Found:
    """The log is committed by find_all, before a row is written; the file gets its name last."""
    keys = environment.keys()
    with whole_file(out, mode=OWNER_ONLY) as handle, progress() as steps:
        steps.show("söker (searching)")
        found = find_all(environment.database, wanted, look, stop=stop)
        steps.show("skriver listan (writing the list)", 0, found.rows)
        write_recall(handle, pages_of(environment.database, found.recall), keys)
    return found


def _print_found(found: Found, wanted: Recalled, out: Path, *, stop: bool) -> None:
    print_text(f"Återkallelse {found.recall} av {wanted.article}: {found.rows} rader i {out.name} (rows)")
    for place, units in found.units.items():
        print_text(f"  {PLACES.get(place, place)}: {units}")
    print_text(f"  patienter (patients): {found.patients}")
    if (wanted.from_serial or wanted.to_serial) and found.without_serial:
        print_text(f"  utan känt individnummer, kan inte uteslutas (serial number unknown): {found.without_serial}")
    if found.open_orders:
        shown = ", ".join(map(str, found.open_orders[:SHOWN])) + (", …" if len(found.open_orders) > SHOWN else "")
        print_text(f"  öppna ordrar på artikeln (open orders): {len(found.open_orders)}: {shown}")
    if stop:
        print_text("  köpstopp: inga nya ordrar på artikeln (stopped: no new orders)")
