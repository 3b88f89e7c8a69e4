"""Commands for documents: an utleverans and its delivery note, and the pick list of a store."""

from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.environment import opened
from backoffice.cli.known import RequiredStoreOption, known_store
from backoffice.cli.output import UNUSABLE, fail, print_json, print_table, print_text, refusals_told
from exchange.outgoing.pick_list import pick_list_of, render_pick_list
from workflows.free_text import PersonalNumberInText
from workflows.picking import orders_to_pick
from workflows.steps.cancel import ReasonMissing
from workflows.utleveranser import Utleverans, find_utleverans

utleverans_app = typer.Typer(help="En utleverans och dess följesedel (an outbound delivery).", no_args_is_help=True)

PRINTED = "utskrift av följesedel (printing a delivery note)"
"""Why, where nobody says: it goes with the goods."""

Reason = Annotated[str, typer.Option(help="Varför; loggas för en patients (why; logged for a patient's)")]
Number = Annotated[str, typer.Argument(help="t.ex. 10-2026-000042")]
Json = Annotated[bool, typer.Option("--json")]
Out = Annotated[Path, typer.Option(help="PDF-fil att skriva (file to write)")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(utleverans_app, name="utleverans")
    app.command("pick-list")(pick_list)


@utleverans_app.command("show")
def show(number: Number, as_json: Json = False) -> None:
    """Visa en utleverans (show an utleverans)."""
    with opened() as environment, environment.database.transaction() as tx:
        utleverans = find_utleverans(tx, number)
    if utleverans is None:
        fail("Utleveransen finns inte (there is no such utleverans)")
    if as_json:
        print_json(_as_json(utleverans))
        return
    print_text(
        f"Utleverans {utleverans.number}  order {utleverans.source}:{utleverans.external_id} ({utleverans.state})"
    )
    print_table(
        ("artikel", "i stället för", "benämning", "beställt", "utlevererat", "rest", "åter", "individer"),
        (
            (
                line.article,
                line.ordered_article,
                line.name,
                line.ordered,
                line.sent,
                line.outstanding,
                line.returned,
                line.serial_numbers,
            )
            for line in utleverans.lines
        ),
    )


def _as_json(utleverans: Utleverans) -> dict[str, object]:
    return {
        "number": utleverans.number,
        "created_at": utleverans.created_at,
        "order": utleverans.order_id,
        "source": utleverans.source,
        "external_id": utleverans.external_id,
        "store": utleverans.sender,
        "state": utleverans.state,
        "lines": [
            {
                "article": line.article, "ordered_article": line.ordered_article, "ordered": line.ordered,
                "quantity": line.sent, "outstanding": line.outstanding, "returned": line.returned,
                "serial_numbers": line.serial_numbers,
            }
            for line in utleverans.lines
        ],
    }  # fmt: skip


@utleverans_app.command("document")
def document(number: Number, out: Out, reason: Reason = PRINTED, as_json: Json = False) -> None:
    """Skriv följesedeln som PDF (write the delivery note). En patients loggas (a patient's is logged)."""
    with opened() as environment, refusals_told(ReasonMissing, PersonalNumberInText):
        pdf = environment.documents().delivery_note(number, environment.look(reason))
    if pdf is None:
        fail("Utleveransen finns inte (there is no such utleverans)")
    _write(out, pdf, as_json=as_json)


def pick_list(
    store: RequiredStoreOption,
    out: Out,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Högst så många ordrar (orders at most)")] = 100,
    as_json: Json = False,
) -> None:
    """Skriv plocklistan för ordrar som väntar på att plockas (write the pick list of a store)."""
    with opened() as environment, environment.database.transaction() as tx:
        known_store(tx, store)
        waiting = orders_to_pick(tx, store, limit)
    if not waiting:
        if as_json:
            print_json({"file": None})
        else:
            print_text(f"Inga ordrar väntar på plock i lager {store} (no orders wait to be picked)")
        return
    _write(out, render_pick_list([pick_list_of(each) for each in waiting]), as_json=as_json)


def _write(out: Path, pdf: bytes, *, as_json: bool) -> None:
    try:
        out.write_bytes(pdf)
    except OSError as error:
        fail(f"{out.name} kan inte skrivas: {error.strerror} (cannot be written)", UNUSABLE)
    if as_json:
        print_json({"file": str(out)})
    else:
        print_text(str(out))
