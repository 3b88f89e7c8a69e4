"""Commands for stock: `stock` lists balances; `stock receive` and `stock adjust` change them."""

from typing import Annotated

import psycopg
import typer

from backoffice.cli.environment import opened
from backoffice.cli.known import ArticleOption, StoreOption, known_article, known_store, see_that_it_is_theirs
from backoffice.cli.output import fail, print_json, print_table, print_text, refusals_told
from workflows.allocation import Goods
from workflows.correcting import StockMovedMeanwhile
from workflows.counting import BeingCounted, CountedByNumber, UnknownGoods, adjust_stock, receive_goods
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText
from workflows.queries import list_stock

stock_app = typer.Typer(help="Saldo: visa, ta emot, justera (stock).", invoke_without_command=True)

Store = Annotated[str, typer.Argument(help="Lager (store)")]
Json = Annotated[bool, typer.Option("--json")]
ArticleNumber = Annotated[str, typer.Argument(help="Artikelnummer (article)")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(stock_app, name="stock")


@stock_app.callback()
def stock(
    context: typer.Context,
    store: StoreOption = None,
    article: ArticleOption = None,
    as_json: Json = False,
) -> None:
    """Visa saldon (show balances)."""
    if context.invoked_subcommand is not None:
        return
    with opened() as environment, environment.seen(snapshot=True) as tx:
        known_store(tx, store)
        known_article(tx, article)
        balances = list_stock(tx, store, article, environment.actor.kommun)
    if as_json:
        print_json(balances)
    else:
        columns = ("store", "article", "on_hand", "reserved", "outbound")
        headings = ("lager", "artikel", "saldo", "reserverat", "på väg ut")
        print_table(headings, (tuple(each[column] for column in columns) for each in balances))


@stock_app.command("receive")
def receive(
    store: Store,
    article: ArticleNumber,
    quantity: Annotated[int, typer.Argument(min=1, max=1_000_000)],
    document: Annotated[str, typer.Option(help="Följesedelns nummer; bokförs en gång (booked once)")],
    serial: Annotated[
        list[str] | None, typer.Option(help="Individnummer, ett per styck av en individmärkt artikel (serial number)")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ta emot gods från leverantör; väntande ordrar går vidare (receive goods; waiting orders go on)."""
    goods = Goods(store, article)
    with opened() as environment, refusals_told(UnknownGoods, PersonalNumberInText, SerialNumberRefused):
        see_that_it_is_theirs(environment, store)
        try:
            receive_goods(
                environment.database, goods, quantity, document=document, actor=environment.who, serials=serial or ()
            )
        except SerialNumbersMissing as missing:
            many = "1 serial number is" if missing.units == 1 else f"{missing.units} serial numbers are"
            fail(
                f"{missing.units} individnummer saknas för artikel {article}: ange --serial för vart och ett "
                f"({many} missing: name each with --serial)"
            )
        except psycopg.errors.UniqueViolation:
            fail(f"{document} är redan bokförd för {article} i {store} (already booked)")
    if as_json:
        print_json({"store": store, "article": article, "received": quantity, "document": document})
    else:
        print_text(f"{quantity} {article} mottagna i lager {store} (received)")


@stock_app.command("adjust")
def adjust(
    store: Store,
    article: ArticleNumber,
    counted: Annotated[int, typer.Argument(min=0, max=1_000_000, help="Räknat antal (units counted)")],
    reason: Annotated[str, typer.Option(help="Orsak (reason)")],
    as_json: Json = False,
) -> None:
    """Sätt saldot till vad som räknats; differensen bokförs (set the balance to what was counted)."""
    refusals = refusals_told(UnknownGoods, BeingCounted, CountedByNumber, StockMovedMeanwhile, PersonalNumberInText)
    with opened() as environment, refusals:
        see_that_it_is_theirs(environment, store)
        difference = adjust_stock(
            environment.database, Goods(store, article), counted, reason=reason, actor=environment.who
        )
    if as_json:
        print_json({"store": store, "article": article, "on_hand": counted, "difference": difference})
    else:
        print_text(f"{article} i lager {store}: {counted}, differens {difference:+d} (difference)")
