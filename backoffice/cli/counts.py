"""Commands for stock counts: `counts` lists them; `count open`, `sheet`, `enter`, `close`, `cancel`, `show`."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from backoffice.cli.count_text import articles_counted, print_lines, print_outcome
from backoffice.cli.environment import Environment, opened
from backoffice.cli.known import (
    RequiredStoreOption,
    StoreOption,
    are_theirs,
    known_value,
    own_store,
    see_that_it_is_theirs,
)
from backoffice.cli.moments import moment
from backoffice.cli.output import REFUSED, UNUSABLE, fail, print_json, print_table, print_text, refusals_told, say
from exchange.count_file import MOST_UNITS, CountFileProblems, read_count_file
from exchange.shape_check import Expected, code
from workflows.correcting import BelowNothing, StockMovedMeanwhile
from workflows.counting import UnknownGoods
from workflows.counts.closing import cancel_count, close_count
from workflows.counts.entering import CountedInTheFuture, Entry, UnusableEntries, enter
from workflows.counts.machine import COUNT_STATES, CountEnded, swedish_name
from workflows.counts.opening import AlreadyBeingCounted, CountNotFound, NothingToCount, open_count
from workflows.counts.reading import list_counts, sheet, show_count
from workflows.free_text import PersonalNumberInText
from workflows.steps.cancel import ReasonMissing

_REFUSALS = (
    UnknownGoods, NothingToCount, AlreadyBeingCounted, CountNotFound, CountEnded, CountedInTheFuture, ReasonMissing,
    PersonalNumberInText, BelowNothing, StockMovedMeanwhile,
)  # fmt: skip

count_app = typer.Typer(help="Inventering: öppna, skriv in, stäng (a stock count).", no_args_is_help=True)

CountId = Annotated[str, typer.Argument(metavar="I-ID", help="t.ex. I-7")]
Json = Annotated[bool, typer.Option("--json")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("counts")(counts)
    app.add_typer(count_app, name="count")


def counts(
    store: StoreOption = None,
    state: Annotated[str | None, typer.Option(help=" | ".join(COUNT_STATES))] = None,
    as_json: Json = False,
) -> None:
    """Lista inventeringar, nyast först (list stock counts, newest first)."""
    state = known_value("--state", state, COUNT_STATES)
    with opened() as environment, environment.database.transaction(snapshot=True) as tx:
        own_store(tx, environment.actor, store)
        found = list_counts(tx, store, state)
    if as_json:
        print_json(found)
        return
    headings = ("id", "lager", "hylla", "läge", "öppnad", "av", "artiklar", "inskrivna", "funna", "saknade", "orsak")
    columns = ("opened_at", "opened_by", "articles", "entered", "found", "missing", "reason")
    print_table(
        headings,
        (
            (each["id"], each["store"], each["shelf"], swedish_name(each["state"]), *(each[name] for name in columns))
            for each in found
        ),
    )


@count_app.command("open")
def open_(
    store: RequiredStoreOption,
    shelf: Annotated[str | None, typer.Option(help="Hyllor som börjar så (shelves that begin so)")] = None,
    article: Annotated[list[str] | None, typer.Option(help="Artikel; flera gånger (again for more)")] = None,
    as_json: Json = False,
) -> None:
    """Öppna en inventering av ett lager, dess hyllor eller artiklar (open a count of a store, shelves or articles)."""
    if shelf is not None and article:
        fail("Ange --shelf eller --article, inte båda (give --shelf or --article, not both)", UNUSABLE)
    with _told() as environment:
        see_that_it_is_theirs(environment, store)
        number = open_count(environment.database, store, shelf=shelf, articles=article or (), actor=environment.who)
        count = _shown(environment, number)
    if as_json:
        print_json(count)
    else:
        print_text(f"{count['id']}: {articles_counted(count)} att räkna i lager {store} (to count)")


@count_app.command("sheet")
def show_sheet(
    count_id: CountId,
    show_expected: Annotated[bool, typer.Option("--show-expected", help="Visa saldot (show the balance)")] = False,
    as_json: Json = False,
) -> None:
    """Visa vad som ska räknas, längs hyllorna (what to count, along the shelves)."""
    with _told() as environment, environment.database.transaction(snapshot=True) as tx:
        wanted = sheet(tx, _named(environment, count_id), show_expected=show_expected)
    if as_json:
        print_json(wanted)
        return
    columns = ("shelf", "article", "name", "counted") + (("expected",) if show_expected else ())
    headings = ("hylla", "artikel", "benämning", "räknat") + (("saldo",) if show_expected else ())
    print_text(f"Inventering {wanted['id']}, lager {wanted['store']}")
    print_table(headings, (tuple(line[column] for column in columns) for line in wanted["lines"]))


@count_app.command("enter")
def enter_(
    count_id: CountId,
    article: Annotated[str | None, typer.Argument(help="Artikelnummer (article)")] = None,
    quantity: Annotated[int | None, typer.Argument(min=0, max=MOST_UNITS, help="Räknat antal (units)")] = None,
    serial: Annotated[list[str] | None, typer.Option(help="Individnummer; flera gånger (again for more)")] = None,
    file: Annotated[Path | None, typer.Option(help="CSV: article, quantity, serial_number")] = None,
    at: Annotated[datetime | None, typer.Option(parser=moment, help="När det räknades (when counted)")] = None,
    as_json: Json = False,
) -> None:
    """Skriv in vad som räknats; igen ersätter (enter what was counted; again replaces)."""
    with _told() as environment:
        entries = _read(file) if file and not article else [_entry(article, quantity, serial or [], file)]
        enter(environment.database, _named(environment, count_id), entries, actor=environment.who, at=at)
        count = _shown(environment, _named(environment, count_id))
    if as_json:
        print_json(count)
    else:
        print_text(f"{count['id']}: {count['entered']} av {articles_counted(count)} inskrivna (entered)")


@count_app.command("close")
def close(
    count_id: CountId,
    cause: Annotated[str, typer.Option(help="Orsak till differenserna (cause)")],
    as_json: Json = False,
) -> None:
    """Stäng inventeringen; differenserna bokförs (close the count; differences are booked)."""
    with _told() as environment:
        outcome = close_count(environment.database, _named(environment, count_id), cause=cause, actor=environment.who)
        count = _shown(environment, _named(environment, count_id))
    if as_json:
        print_json(count | {"gave_up": outcome.gave_up, "devices": [each._asdict() for each in outcome.devices]})
    else:
        print_outcome(count, outcome)


@count_app.command("cancel")
def cancel(
    count_id: CountId, reason: Annotated[str, typer.Option(help="Orsak (reason)")], as_json: Json = False
) -> None:
    """Avbryt inventeringen; inget bokförs (cancel the count; nothing is booked)."""
    with _told() as environment:
        cancel_count(environment.database, _named(environment, count_id), reason=reason, actor=environment.who)
        count = _shown(environment, _named(environment, count_id))
    if as_json:
        print_json(count)
    else:
        print_text(f"{count['id']} avbruten (cancelled)")


@count_app.command("show")
def show(count_id: CountId, as_json: Json = False) -> None:
    """Visa en inventering med dess rader (show a count with its lines)."""
    with _told() as environment:
        count = _shown(environment, _named(environment, count_id))
    if as_json:
        print_json(count)
        return
    print_text(f"Inventering {count['id']}, lager {count['store']}, {swedish_name(count['state'])}")
    if count["reason"]:
        print_text(f"Orsak: {count['reason']} ({count['ended_by']})")
    print_lines(count)


def _named(environment: Environment, count_id: str) -> int:
    """The number of a count that the actor may know of. Raises CountNotFound."""
    given = re.fullmatch(r"(?:[Ii]-)?([0-9]{1,18})", count_id)
    if given is None or not are_theirs(environment, [_shown(environment, int(given[1]))["store"]]):
        raise CountNotFound(CountNotFound.__doc__)
    return int(given[1])


def _entry(article: str | None, quantity: int | None, serials: list[str], file: Path | None) -> Entry:
    if article is None or file or (quantity is None) == (not serials):
        fail(
            "Ange ARTIKEL ANTAL, ARTIKEL --serial, eller --file (give ARTICLE QUANTITY, ARTICLE --serial, or --file)",
            UNUSABLE,
        )
    if quantity is not None:
        return Entry(article, quantity)
    checked = [code(64)(serial) for serial in serials]
    for each in checked:
        if isinstance(each, Expected):
            fail(f"--serial {each.sv} ({each.en})", UNUSABLE)
    return Entry(article, len(serials), tuple(str(each) for each in checked))


def _read(file: Path) -> list[Entry]:
    try:
        return read_count_file(file)
    except CountFileProblems as unusable:
        for problem in unusable.problems:
            row = f" rad {problem.row}" if problem.row else ""
            say(f"{problem.file}{row}: {problem.sv} ({problem.en})")
        raise typer.Exit(UNUSABLE) from None


def _shown(environment: Environment, number: int) -> dict[str, Any]:
    with environment.database.transaction(snapshot=True) as tx:
        return show_count(tx, number)


@contextmanager
def _told() -> Iterator[Environment]:
    """The environment; what is refused ends the command with its reason, a line each."""
    try:
        with opened() as environment, refusals_told(*_REFUSALS):
            yield environment
    except UnusableEntries as refusal:
        for reason in refusal.reasons:
            say(reason)
        raise typer.Exit(REFUSED) from None
