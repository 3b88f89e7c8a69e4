"""Commands for what comes back: `return` request, receive, judge, mended, cancel and show; `returns` lists."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.known import StoreOption, are_theirs, known_value, own_store, see_that_it_is_theirs
from backoffice.cli.one_order import find
from backoffice.cli.output import UNUSABLE, fail, print_json, print_table, refusals_told, say
from backoffice.cli.return_text import (
    judgement,
    left_behind,
    picked,
    picked_articles,
    picked_lines,
    print_return,
    return_ids,
)
from config.database import Connection
from workflows.cohort import OrderNotFound, StaleVersion
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed
from workflows.returns.choosing import Pick
from workflows.returns.judging import SHELF, judge_returns, mend_returns
from workflows.returns.machine import RETURN_STATES, swedish_return_state
from workflows.returns.reading import accessories_left, history_of_return, list_returns, read_returns
from workflows.returns.receiving import cancel_returns, receive_returns
from workflows.returns.refusals import ReturnNotFound, ReturnRefused
from workflows.returns.requesting import ReturnRequest, request_return

return_app = typer.Typer(help="En retur, hämtorder: begär, ta emot, bedöm (a return).", no_args_is_help=True)

References = Annotated[list[str], typer.Argument(metavar="R-ID...", help="Returens nummer, t.ex. R-12")]
_WHAT = "ARTIKEL=ANTAL, individnummer eller all (ARTICLE=UNITS, a serial number or all)"
Shelf = Annotated[list[str] | None, typer.Option("--shelf", metavar="WHAT", help=f"Till hyllan (restock): {_WHAT}")]
Repair = Annotated[list[str] | None, typer.Option("--repair", metavar="WHAT", help=f"Till reparation: {_WHAT}")]
WriteOff = Annotated[list[str] | None, typer.Option("--write-off", metavar="WHAT", help=f"Svinn (write off): {_WHAT}")]
Cause = Annotated[str | None, typer.Option(help="Orsak till svinn (cause of a write-off)")]
Version = Annotated[int | None, typer.Option(help="Bara om returen står i versionen (only in that version)")]
Json = Annotated[bool, typer.Option("--json")]

_REFUSALS = (ReturnRefused, OrderNotFound, StepNotAllowed, StaleVersion, PersonalNumberInText)
_STATES = {"open": "Öppen"} | RETURN_STATES
"""`open` is every return that has not ended."""


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(return_app, name="return")
    app.command("returns")(returns)


@return_app.command("request")
def request(
    to: Annotated[str, typer.Option(help="Lager som tar emot (store that receives)")],
    reason: Annotated[str, typer.Option(help="Orsak (reason)")],
    order: Annotated[str | None, typer.Argument(metavar="[ORDER]", help="Ordern som levererades")] = None,
    holding: Annotated[list[str] | None, typer.Option(help="Innehav från före start (opening holding)")] = None,
    line: Annotated[list[str] | None, typer.Option(metavar="NO[=UNITS]", help="Orderrad (line)")] = None,
    article: Annotated[list[str] | None, typer.Option(metavar="ARTICLE[=UNITS]", help="Artikel")] = None,
    serial: Annotated[list[str] | None, typer.Option(help="Individnummer (serial number)")] = None,
    reference: Annotated[str | None, typer.Option(help="Eget nummer; samma igen är samma retur")] = None,
    with_accessories: Annotated[
        bool, typer.Option("--with-accessories", help="Även det som är kopplat till individerna (what is tied to them)")
    ] = False,
    received: Annotated[bool, typer.Option("--received", help="Godset är redan här (it is here already)")] = False,
    shelf: Shelf = None,
    repair: Repair = None,
    write_off: WriteOff = None,
    cause: Cause = None,
    as_json: Json = False,
) -> None:
    """Begär åter det levererade, allt om inget nämns (ask back what was delivered; all of it if nothing is named)."""
    if (order is None) == (not holding):
        fail("Ange en order eller --holding (name an order, or --holding)", UNUSABLE)
    outcome = judgement(shelf, repair, write_off)
    picks = [*picked_lines(line), *picked_articles(article), *(Pick(serial_number=each) for each in serial or ())]
    with opened() as environment, refusals_told(*_REFUSALS):
        order_id = None if order is None else find(environment, order)
        see_that_it_is_theirs(environment, to)
        if holding and environment.actor.kommun is not None:
            fail("--holding gäller hela regionen (it is of the whole region)")
        with environment.database.transaction() as tx:
            asked = ReturnRequest(to, reason, order_id, tuple(holding or ()), tuple(picks), reference, with_accessories)
            return_id = request_return(tx, asked, actor=environment.who)
            # A request that was made before is what it has become.
            is_new = read_returns(tx, [return_id])[0]["version"] == 1
            left = accessories_left(tx, return_id) if is_new else []
            if is_new and (received or outcome):
                _receive(tx, [return_id], [], outcome, cause, environment.who)
        _show(environment, [return_id], as_json=as_json)
    for each in left:
        say(left_behind(each))


@return_app.command("receive")
def receive(
    references: References,
    units: Annotated[
        list[str] | None, typer.Option("--units", metavar="WHAT", help=f"Bara det här kom (only this came): {_WHAT}")
    ] = None,
    shelf: Shelf = None,
    repair: Repair = None,
    write_off: WriteOff = None,
    cause: Cause = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Ta emot det som kom, och bedöm det om det sägs (receive what came, and judge it if told)."""
    outcome = judgement(shelf, repair, write_off)
    came = picked(units)
    with _returns(references, as_json=as_json) as (tx, ids, who):
        _receive(tx, ids, came, outcome, cause, who, version)


@return_app.command("judge")
def judge(
    references: References,
    shelf: Shelf = None,
    repair: Repair = None,
    write_off: WriteOff = None,
    cause: Cause = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Bedöm det mottagna: hylla, reparation eller svinn (judge what came: shelf, repair or write-off)."""
    outcome = judgement(shelf, repair, write_off)
    if not outcome:
        fail("Ange --shelf, --repair eller --write-off (say what goes where)", UNUSABLE)
    with _returns(references, as_json=as_json) as (tx, ids, who):
        judge_returns(tx, ids, outcome, actor=who, cause=cause, version=version)


@return_app.command("mended")
def mended(
    references: References,
    shelf: Shelf = None,
    write_off: WriteOff = None,
    cause: Cause = None,
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Från reparation till hyllan, allt om inget nämns, eller svinn (from repair; all to the shelf unless told)."""
    outcome = judgement(shelf, None, write_off) or [Pick(to=SHELF)]
    with _returns(references, as_json=as_json) as (tx, ids, who):
        mend_returns(tx, ids, outcome, actor=who, cause=cause, version=version)


@return_app.command("cancel")
def cancel(
    references: References,
    reason: Annotated[str, typer.Option(help="Orsak (reason)")],
    version: Version = None,
    as_json: Json = False,
) -> None:
    """Makulera en retur som inte kom (cancel a return of which nothing came)."""
    with _returns(references, as_json=as_json) as (tx, ids, who):
        cancel_returns(tx, ids, reason=reason, actor=who, version=version)


@return_app.command("show")
def show(references: References, as_json: Json = False) -> None:
    """Visa en retur med historik (show a return with its history)."""
    with opened() as environment:
        ids = return_ids(references)
        _see_that_they_are_there(environment, ids)
        _show(environment, ids, as_json=as_json)


def returns(
    state: Annotated[str | None, typer.Option(help=" | ".join(_STATES))] = None,
    store: StoreOption = None,
    before: Annotated[int | None, typer.Option(help="Nästa sida: före detta nummer (next page)")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Högst så många; JSON ger annars alla")] = None,
    as_json: Json = False,
) -> None:
    """Lista returer, nyast först, ett mottagande lagers om det nämns (list returns, newest first)."""
    state = known_value("--state", state, _STATES)
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        own_store(tx, environment.actor, store)
        found = list_returns(tx, state=state, store=store, before=before, limit=limit or (1 << 31 if as_json else 50))
    if as_json:
        print_json(found)
        return
    print_table(
        ("retur", "läge", "lager", "begärd", "artiklar", "granskas", "reparation", "orsak"),
        (
            (
                each["number"], swedish_return_state(each["state"]), each["store"], each["requested_at"],
                [f"{line['requested']} {line['article']}" for line in each["lines"]],
                sum(line["in_inspection"] for line in each["lines"]), sum(line["in_repair"] for line in each["lines"]),
                each["reason"],
            )
            for each in found
        ),
    )  # fmt: skip


def _receive(
    tx: Connection,
    ids: list[int],
    came: list[Pick],
    outcome: list[Pick],
    cause: str | None,
    who: str,
    version: int | None = None,
) -> None:
    receive_returns(tx, ids, actor=who, came=came, version=version)
    if outcome:
        judge_returns(tx, ids, outcome, actor=who, cause=cause)


@contextmanager
def _returns(references: list[str], *, as_json: bool) -> Iterator[tuple[Connection, list[int], str]]:
    """A transaction over the returns that a person names, and who acts; they are shown as they are when it is done, and
    a refusal is told."""
    with opened() as environment, refusals_told(*_REFUSALS):
        ids = return_ids(references)
        _see_that_they_are_there(environment, ids)
        with environment.database.transaction() as tx:
            yield tx, ids, environment.who
        _show(environment, ids, as_json=as_json)


def _see_that_they_are_there(environment: Environment, ids: list[int]) -> None:
    with environment.database.transaction(snapshot=True) as tx:
        stores = [each["store"] for each in read_returns(tx, ids)]
    if len(stores) < len(ids) or not are_theirs(environment, stores):
        fail(str(ReturnNotFound.__doc__))


def _show(environment: Environment, ids: list[int], *, as_json: bool) -> None:
    with environment.database.transaction(snapshot=True) as tx:
        found: list[dict[str, Any]] = [
            each | {"history": history_of_return(tx, each["id"])} for each in read_returns(tx, ids)
        ]
    if as_json:
        print_json(found[0] if len(found) == 1 else found)
        return
    for each in found:
        print_return(each)
