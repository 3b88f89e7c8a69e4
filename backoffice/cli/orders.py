"""Commands for orders: list, show, cancel, amend, release, confirm, fail-delivery."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from backoffice.cli.confirmation import Serial, Short, read_serials, read_units
from backoffice.cli.environment import Environment, actor, opened
from backoffice.cli.order_text import print_order, read_amendment
from backoffice.cli.output import (
    UNUSABLE,
    fail,
    print_json,
    print_table,
    print_text,
    say,
)
from workflows.cohort import OrderNotFound, StaleVersion, Step, run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed, allowed_events, swedish_name
from workflows.queries import OrderFilter, find_order, history_of, list_orders, read_orders
from workflows.reduction import ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown
from workflows.releasing import release_order
from workflows.returns.reading import return_events_of_order, returns_of_order
from workflows.steps import deliver, pick
from workflows.steps.amend import AnotherOrder, amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY, ReasonMissing
from workflows.steps.short import ShortTooMuch

REFUSALS = (
    OrderNotFound, StaleVersion, StepNotAllowed, ReasonMissing, ShortTooMuch, AnotherOrder, SerialNumbersMissing,
    SerialNumberRefused, ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown, PersonalNumberInText,
)  # fmt: skip

order_app = typer.Typer(help="En order: visa, makulera, rätta, släpp (one order).", no_args_is_help=True)
confirm_app = typer.Typer(help="Bekräfta plock eller leverans (confirm a pick or delivery).", no_args_is_help=True)

Reference = Annotated[str, typer.Argument(metavar="ID", help="Vårt nummer eller source:external_id")]
Reason = Annotated[str, typer.Option(help="Orsak (reason)")]
Json = Annotated[bool, typer.Option("--json")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("orders")(orders)
    app.command("fail-delivery")(fail_delivery)
    app.add_typer(order_app, name="order")
    app.add_typer(confirm_app, name="confirm")


def orders(
    state: Annotated[str | None, typer.Option(help="t.ex. backordered")] = None,
    order_type: Annotated[str | None, typer.Option("--type", help="t.ex. forskrivning")] = None,
    store: Annotated[str | None, typer.Option(help="Levererande lager (sending store)")] = None,
    held: Annotated[bool, typer.Option("--held", help="Bara hållna (held only)")] = False,
    before: Annotated[int | None, typer.Option(help="Nästa sida: före detta nummer (next page)")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Högst så många; JSON ger annars alla")] = None,
    as_json: Json = False,
) -> None:
    """Lista ordrar, nyast först (list orders, newest first)."""
    wanted = OrderFilter(state, order_type, store, held, before)
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        found = list_orders(tx, wanted, limit or (1 << 31 if as_json else 50))
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "external_id", "ordertyp", "kundordertyp", "lager", "läge", "hållen", "utleverans"),
        (
            (
                each["id"], f"{each['source']}:{each['external_id']}", each["order_type"], each["customer_order_type"],
                each["sender"], swedish_name(each["state"]), "ja" if each["held"] else "", each["utleveranser"],
            )
            for each in found
        ),
    )  # fmt: skip


@order_app.command("show")
def show(reference: Reference, as_json: Json = False) -> None:
    """Visa en order med historik (show an order with its history)."""
    with opened() as environment:
        order = _shown(environment, _find(environment, reference))
    if as_json:
        print_json(order)
    else:
        print_order(order)


@order_app.command("cancel")
def cancel(reference: Reference, reason: Reason, as_json: Json = False) -> None:
    """Makulera en order före utleveransen (cancel an order before its utleverans)."""
    run_step(reference, lambda _: CANCEL, as_json=as_json, reason=reason)


@order_app.command("amend")
def amend(
    reference: Reference,
    file: Annotated[Path, typer.Option(help="Hela ordern som JSON (the whole order)")],
    as_json: Json = False,
) -> None:
    """Rätta en avvisad order, som prövas på nytt (amend a rejected order, which is judged anew)."""
    run_step(reference, lambda environment: amend_with(read_amendment(environment, file)), as_json=as_json)


@order_app.command("release")
def release(reference: Reference, as_json: Json = False) -> None:
    """Släpp en hållen order och säg vad som då hände (release a held order; says what then happened)."""
    with opened() as environment:
        order_id = _find(environment, reference)
        outcome = release_order(environment.database, order_id)
        if outcome is None:
            fail("Ordern är inte hållen (the order is not held)")
        order = _shown(environment, order_id)
    if as_json:
        print_json(order | {"released": outcome._asdict()})
    else:
        print_text(
            (f"Släppt och försökt: {outcome.before} → {outcome.after}" if outcome.tried else f"Släppt: {outcome.after}")
            + (f"; {outcome.failure}" if outcome.failure else "")
        )


@confirm_app.command("pick")
def confirm_pick(
    references: Annotated[list[str], typer.Argument(metavar="ID...")],
    short: Short = None,
    serial: Serial = None,
    as_json: Json = False,
) -> None:
    """Bekräfta att ordrar är plockade (confirm that orders are picked)."""
    _confirm(references, pick.STEP, short, serial, as_json=as_json)


@confirm_app.command("deliver")
def confirm_delivery(
    references: Annotated[list[str], typer.Argument(metavar="ID...")],
    short: Short = None,
    serial: Serial = None,
    as_json: Json = False,
) -> None:
    """Bekräfta att ordrar är levererade (confirm that orders are delivered)."""
    _confirm(references, deliver.STEP, short, serial, as_json=as_json)


def fail_delivery(reference: Reference, reason: Reason, as_json: Json = False) -> None:
    """Bomkörning: godset tillbaka, ordern makuleras (a failed delivery: goods back, order cancelled)."""
    run_step(reference, lambda _: FAIL_DELIVERY, as_json=as_json, reason=reason)


def _confirm(
    references: list[str], step: Step, short: list[str] | None, serial: list[str] | None, *, as_json: bool
) -> None:
    missing, serials = read_units(short or []), read_serials(serial or [])
    if (missing or serials) and len(references) > 1:
        fail(
            "--short och --serial hör till en order i taget (--short and --serial belong to one order at a time)",
            UNUSABLE,
        )
    refused = 0
    shown = []
    with opened() as environment:
        for reference in references:
            try:
                order_id = _find(environment, reference)
                run_named(environment.database, step, order_id, actor=actor(), short=missing, serials=serials)
                shown.append(_shown(environment, order_id))
            except (*REFUSALS, typer.Exit) as refusal:
                refused += 1
                if not isinstance(refusal, typer.Exit):
                    say(f"{reference}: {refusal}")
    if as_json:
        print_json(shown)
    for order in shown if not as_json else []:
        print_text(f"{order['source']}:{order['external_id']} {swedish_name(order['state'])}")
    if refused:
        raise typer.Exit(1)


def run_step(
    reference: str,
    step: Callable[[Environment], Step],
    *,
    as_json: bool,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Run the step for one order and show where it is then; ends the command where it is refused."""
    with opened() as environment, _refusals_are_told():
        order_id = _find(environment, reference)
        run_named(environment.database, step(environment), order_id, actor=actor(), reason=reason, version=version)
        order = _shown(environment, order_id)
    if as_json:
        print_json(order)
    else:
        print_text(f"{order['source']}:{order['external_id']} {swedish_name(order['state'])}")


@contextmanager
def _refusals_are_told() -> Iterator[None]:
    try:
        yield
    except REFUSALS as refusal:
        fail(str(refusal))


def _find(environment: Environment, reference: str) -> int:
    with environment.database.transaction() as tx:
        order_id = find_order(tx, reference)
    if order_id is None:
        fail(f"{OrderNotFound.__doc__}")
    return order_id


def _shown(environment: Environment, order_id: int) -> dict[str, Any]:
    with environment.database.transaction() as tx:
        (order,) = read_orders(tx, [order_id])
        return order | {
            "history": history_of(tx, order_id) + return_events_of_order(tx, order_id),
            "returns": returns_of_order(tx, order_id),
            "allowed_events": list(allowed_events(order["order_type"], order["state"])),
        }
