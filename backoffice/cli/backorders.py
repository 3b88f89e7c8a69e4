"""The command that shows who waits for goods: `backorders`. The queues: workflows/backorders.py."""

from typing import Annotated

import typer

from backoffice.cli.environment import opened
from backoffice.cli.known import ArticleOption, StoreOption, known_article, own_store
from backoffice.cli.output import print_json, print_table
from workflows.backorders import list_backorders, list_queue

_BY_ARTICLE = {
    "article": "artikel", "store": "lager", "units": "antal", "orders": "ordrar", "akut": "varav akuta",
    "equivalent": "varav i stället",
    "oldest": "äldst sedan", "days": "dagar", "free": "fritt", "on_its_way": "på väg", "ordered": "beställt",
}  # fmt: skip
_BY_PLACE = {
    "article": "artikel", "store": "lager", "place": "plats", "order": "order", "external_id": "external_id",
    "priority": "prioritet", "since": "sedan", "units": "antal",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("backorders")(backorders)


def backorders(
    store: StoreOption = None,
    article: ArticleOption = None,
    orders: Annotated[bool, typer.Option("--orders", help="Kön själv, plats för plats (the queue itself)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Restnoterat: vad som saknas och vem som väntar (what is lacking, and who waits)."""
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        own_store(tx, environment.actor, store)
        known_article(tx, article)
        found = (list_queue if orders else list_backorders)(tx, store, article)
    if as_json:
        print_json(found)
        return
    columns = _BY_PLACE if orders else _BY_ARTICLE
    print_table(tuple(columns.values()), (tuple(each[column] for column in columns) for each in found))
