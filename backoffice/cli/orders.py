"""Commands for orders: list, show, cancel, amend, release, fail-delivery.

Next: one_order.py, what they share; order_text.py, how an order reads; confirmation.py, the confirm commands.
"""

from pathlib import Path
from typing import Annotated

import typer

from backoffice.cli.confirmation import confirm_app
from backoffice.cli.environment import opened
from backoffice.cli.known import known_store
from backoffice.cli.one_order import Json, Reason, Reference, find, order_now, refusals_are_told, run_step
from backoffice.cli.order_text import print_order, read_amendment
from backoffice.cli.order_words import (
    STATES_LISTED,
    TYPES_LISTED,
    customer_type_word,
    state_code,
    state_word,
    type_code,
    type_word,
)
from backoffice.cli.output import fail, print_json, print_table, print_text, say
from exchange.order_written import written_order
from workflows.queries import OrderFilter, list_orders
from workflows.releasing import release_order
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY

order_app = typer.Typer(help="En order: visa, makulera, rätta, släpp (one order).", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("orders")(orders)
    app.command("fail-delivery")(fail_delivery)
    app.add_typer(order_app, name="order")
    app.add_typer(confirm_app, name="confirm")


def orders(
    state: Annotated[str | None, typer.Option(help=f"Läge (state): {STATES_LISTED}")] = None,
    order_type: Annotated[str | None, typer.Option("--type", help=f"Ordertyp (order type): {TYPES_LISTED}")] = None,
    store: Annotated[str | None, typer.Option(help="Levererande lager (sending store)")] = None,
    held: Annotated[bool, typer.Option("--held", help="Bara hållna (held only)")] = False,
    before: Annotated[int | None, typer.Option(help="Nästa sida: före detta nummer (next page)")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Högst så många; JSON ger annars alla")] = None,
    as_json: Json = False,
) -> None:
    """Lista ordrar, högst nummer först (list orders, highest number first)."""
    kinds = state_code(state), type_code(order_type)
    with opened() as environment, environment.seen(statement_timeout_ms=0, snapshot=True) as tx:
        wanted = OrderFilter(*kinds, store, held, before, environment.actor.kommun)
        known_store(tx, store)
        found = list_orders(tx, wanted, limit or (1 << 31 if as_json else 50))
    if as_json:
        print_json(found)
        return
    print_table(
        ("id", "external_id", "ordertyp", "kundordertyp", "lager", "läge", "hållen", "utleverans"),
        (
            (
                each["id"], f"{each['source']}:{each['external_id']}", type_word(each["order_type"]),
                customer_type_word(each["customer_order_type"]), each["sender"], state_word(each["state"]),
                "ja" if each["held"] else "", each["utleveranser"],
            )
            for each in found
        ),
    )  # fmt: skip


@order_app.command("show")
def show(
    reference: Reference,
    as_order: Annotated[
        bool, typer.Option("--as-order", help="Som JSON att rätta och ge till order amend (JSON to amend)")
    ] = False,
    as_json: Json = False,
) -> None:
    """Visa en order med historik (show an order with its history)."""
    with opened() as environment, refusals_are_told():
        order_id = find(environment, reference)
        if as_order:
            with environment.database.transaction(snapshot=True) as tx:
                written = written_order(tx, order_id)
            for line in written.left_out:
                say(line)
            print_json(written.body)
            return
        order = order_now(environment, order_id)
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
    with opened() as environment, refusals_are_told():
        order_id = find(environment, reference)
        outcome = release_order(environment.database, order_id)
        if outcome is None:
            fail("Ordern är inte hållen (the order is not held)")
        order = order_now(environment, order_id)
    if as_json:
        print_json(order | {"released": outcome._asdict()})
    else:
        print_text(
            (f"Släppt och försökt: {outcome.before} → {outcome.after}" if outcome.tried else f"Släppt: {outcome.after}")
            + (f"; {outcome.failure}" if outcome.failure else "")
        )


def fail_delivery(reference: Reference, reason: Reason, as_json: Json = False) -> None:
    """Bomkörning: godset tillbaka, ordern makuleras (a failed delivery: goods back, order cancelled)."""
    run_step(reference, lambda _: FAIL_DELIVERY, as_json=as_json, reason=reason)
