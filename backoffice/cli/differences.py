"""Commands for differences: `differences` lists them for follow-up; `differences settle` notes what was found out."""

from datetime import date
from typing import Annotated

import typer

from backoffice.cli.environment import opened
from backoffice.cli.known import StoreOption, known_value, own_store
from backoffice.cli.moments import day
from backoffice.cli.output import UNUSABLE, fail, print_json, print_table, print_text, refusals_told
from workflows.differences import (
    KIND_NAMES,
    AlreadySettled,
    DifferenceFilter,
    NoDifference,
    NoteMissing,
    list_differences,
    settle,
    totals,
)
from workflows.free_text import PersonalNumberInText
from workflows.period import Period

differences_app = typer.Typer(help="Differenser: lista, utred (differences).", invoke_without_command=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(differences_app, name="differences")


@differences_app.callback()
def differences(
    context: typer.Context,
    store: StoreOption = None,
    first: Annotated[date | None, typer.Option("--from", parser=day, help="Från och med (from)")] = None,
    last: Annotated[date | None, typer.Option("--to", parser=day, help="Till och med (to)")] = None,
    kind: Annotated[str | None, typer.Option(help=" | ".join(KIND_NAMES))] = None,
    settled: Annotated[bool, typer.Option("--all", help="Även utredda (settled ones too)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Lista differenser att utreda (list the differences to look into)."""
    if context.invoked_subcommand is not None:
        return
    wanted = DifferenceFilter(store, Period(first, last), known_value("--kind", kind, KIND_NAMES), settled)
    if wanted.period.is_empty:
        fail("--to är före --from (--to is before --from)", UNUSABLE)
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        own_store(tx, environment.actor, store)
        found = list_differences(tx, wanted)
    if as_json:
        print_json({"differences": found, "totals": totals(found)})
        return
    print_table(
        ("id", "när", "lager", "slag", "artikel", "benämning", "antal", "order", "dokument", "orsak", "vem", "utredd"),
        (
            (
                each["id"], each["at"], each["store"], KIND_NAMES[each["kind"]], each["article"], each["name"],
                f"{each['units']:+d}", each["order"], each["document"], each["cause"], each["actor"],
                each["settled"] and each["settled"]["note"],
            )
            for each in found
        ),
    )  # fmt: skip
    print_text()
    print_table(
        ("lager", "slag", "differenser", "funna", "saknade"),
        (
            (each["store"], KIND_NAMES[each["kind"]], each["count"], each["found"], each["missing"])
            for each in totals(found)
        ),
    )


@differences_app.command("settle")
def settle_(
    difference: Annotated[int, typer.Argument(metavar="ID", min=1, max=(1 << 63) - 1, help="Differensens id (its id)")],
    note: Annotated[str, typer.Option(help="Vad utredningen visade (what was found out)")],
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Notera att en differens är utredd (note that a difference has been looked into)."""
    refusals = refusals_told(NoDifference, AlreadySettled, NoteMissing, PersonalNumberInText)
    with opened() as environment, refusals:
        settle(environment.database, difference, note=note, actor=environment.who)
    if as_json:
        print_json({"difference": difference, "settled": True})
    else:
        print_text(f"{difference} utredd (settled)")
