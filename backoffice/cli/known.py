"""Is there such a store, such an article? A list of what nobody has heard of would be empty, and read as all is well.

The options `--store` and `--article` of the commands that list. Next: workflows/master_queries.py.
"""

from collections.abc import Mapping
from typing import Annotated

import typer

from backoffice.cli.output import UNUSABLE, fail
from config.database import Connection
from workflows.master_queries import is_article, store_codes

_SHOWN = 10
"""Stores named at most to one who asks for another."""

_STORE = typer.Option(help="Lager, t.ex. 10 (store)")
StoreOption = Annotated[str | None, _STORE]
RequiredStoreOption = Annotated[str, _STORE]
ArticleOption = Annotated[str | None, typer.Option(help="Artikelnummer (article number)")]


def known_store(tx: Connection, code: str | None) -> None:
    """End the command with exit 1 where there is no store `code`, naming those there are; None asks for all."""
    if code is None:
        return
    codes = store_codes(tx)
    if code in codes:
        return
    shown = ", ".join(codes[:_SHOWN]) + (", …" if len(codes) > _SHOWN else "") or "inga (none)"
    fail(f"Lager {code} finns inte; lagren är: {shown} (there is no such store; the stores there are)")


def known_article(tx: Connection, number: str | None) -> None:
    """End the command with exit 1 where there is no article `number`; None asks for all."""
    if number is not None and not is_article(tx, number):
        fail(f"Artikel {number} finns inte (there is no such article)")


def known_value(option: str, given: str | None, values: Mapping[str, str]) -> str | None:
    """The value that `given` names, by its code or its Swedish word, e.g. `open` or `Öppen`; None stays None.

    `values` has each code with its word. Ends the command with exit 2 for anything else, naming them all.
    """
    if given is None:
        return None
    meant = [code for code, word in values.items() if given.casefold() in (code.casefold(), word.casefold())]
    if not meant:
        named = ", ".join(f"{code} ({word.lower()})" for code, word in values.items())
        fail(f"{option} {given} finns inte; välj bland: {named} (there is no such value; choose one)", UNUSABLE)
    return meant[0]
