"""Commands for imports that have been made: `imports` lists them, `receipt` tells of one, `import-undo` undoes one."""

from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.output import REFUSED, UNUSABLE, fail, print_json, print_table, print_text, progress, say
from exchange.outgoing.receipt import write_receipt
from workflows.free_text import PersonalNumberInText
from workflows.imports import find_import, list_imports
from workflows.machines import swedish_name
from workflows.steps.cancel import ReasonMissing
from workflows.undoing import AlreadyUndone, BatchNotFound, BatchOrder, OrdersGoneOn, undo_import

Batch = Annotated[int, typer.Argument(metavar="BATCH", min=1, max=(1 << 63) - 1, help="Importens nummer (the import)")]
Json = Annotated[bool, typer.Option("--json")]

SHOWN = 50
"""Orders named to a person at most; `--json` names them all."""


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("imports")(imports)
    app.command("import-undo")(undo)
    app.command("receipt")(receipt)


def imports(
    before: Annotated[int | None, typer.Option(help="Nästa sida: före detta nummer (next page)")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Högst så många; JSON ger annars alla")] = None,
    as_json: Json = False,
) -> None:
    """Lista importer, nyast först (list imports, newest first)."""
    with opened() as environment, environment.seen(snapshot=True) as tx:
        found = list_imports(tx, before, limit or (None if as_json else SHOWN), environment.actor.kommun)
    if as_json:
        print_json(found)
        return
    print_table(
        ("batch", "source", "mottagen", "av", "mottagna", "oförändrade", "nekade", "ångrad"),
        (
            (
                each["batch"], each["source"], each["received_at"], each["imported_by"], each["accepted"],
                each["unchanged"], each["refused"],
                f"av {each['undone']['by']}: {each['undone']['reason']}" if each["undone"] else
                "" if each["finished_at"] else "(inte färdig)",
            )
            for each in found
        ),
    )  # fmt: skip


def undo(
    batch: Batch,
    reason: Annotated[str, typer.Option(help="Orsak (reason)")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Pröva, och ändra inget (change nothing)")] = False,
    as_json: Json = False,
) -> None:
    """Ångra en import: alla dess ordrar makuleras, eller ingen (undo an import: all of its orders, or none).

    Exit 1: an order is picked already, the import is undone already, or there is none.
    """
    try:
        with opened() as environment, progress() as steps:
            _see_that_it_is_there(environment, batch)
            undone = undo_import(
                environment.database, batch, actor=environment.who, reason=reason, dry_run=dry_run,
                progress=lambda done, total: steps.show("makulerar ordrar (cancelling orders)", done, total),
            )  # fmt: skip
    except OrdersGoneOn as refusal:
        _print_refusal(batch, refusal, as_json=as_json)
    except AlreadyUndone as refusal:
        if as_json:
            print_json({"batch": batch, "undone": True, "already": True, "cancelled": 0, "picked": []})
        fail(f"{refusal}")
    except (BatchNotFound, PersonalNumberInText, ReasonMissing) as refusal:
        fail(f"{refusal}")
    if as_json:
        document = {"batch": batch, "undone": not dry_run, "already": False, "dry_run": dry_run}
        print_json(document | undone._asdict() | {"picked": []})
        return
    done = "skulle makuleras (would be cancelled)" if dry_run else "makulerade (cancelled)"
    print_text(f"batch {batch}: {undone.cancelled} ordrar {done}, {undone.left} var det redan (were so already)")


def _see_that_it_is_there(environment: Environment, batch: int) -> None:
    with environment.seen() as tx:
        if find_import(tx, batch, environment.actor.kommun) is None:
            fail(f"{BatchNotFound.__doc__}")


def _print_refusal(batch: int, refusal: OrdersGoneOn, *, as_json: bool) -> None:
    if as_json:
        picked = [_as_json(order) for order in refusal.orders]
        print_json({"batch": batch, "undone": False, "already": False, "cancelled": 0, "picked": picked})
    say(str(refusal))
    for order in refusal.orders[:SHOWN] if not as_json else []:
        say(f"  {order.id} {order.source}:{order.external_id} {swedish_name(order.state)}")
    raise typer.Exit(REFUSED)


def _as_json(order: BatchOrder) -> dict[str, object]:
    return {"id": order.id, "source": order.source, "external_id": order.external_id, "state": order.state}


def receipt(
    batch: Batch, out: Annotated[Path, typer.Option(help="CSV-fil att skriva (file to write)")], as_json: Json = False
) -> None:
    """Skriv kvittot på en import som CSV (write an import's receipt)."""
    with opened() as environment:
        _see_that_it_is_there(environment, batch)
        try:
            counts = write_receipt(environment.database, environment.keys(), batch, out)
        except OSError as error:
            fail(f"{out.name} går inte att skriva (cannot be written): {error.strerror}", UNUSABLE)
    if as_json:
        verdicts = {verdict: counts[verdict] for verdict in ("accepted", "unchanged", "refused")}
        print_json({"batch": batch, "file": str(out), **verdicts})
    else:
        print_text(str(out))
