"""Is there such a store, such an article? A list of what nobody has heard of would be empty, and read as all is well.

The options `--store` and `--article` of the commands that list. Next: workflows/master_queries.py.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated

import typer

from backoffice.cli.environment import Environment
from backoffice.cli.output import UNUSABLE, fail
from config.database import Connection
from workflows.kommun_places import is_store_of, places_of
from workflows.master_queries import is_article, store_codes
from workflows.permissions import Actor

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


def own_store(tx: Connection, actor: Actor, code: str | None) -> None:
    """A store that the actor may ask about, None for all: somebody of a kommun names one of its own. Ends the command
    with exit 1 for any other."""
    if actor.kommun is None:
        known_store(tx, code)
    elif code is None or not is_store_of(tx, code, actor.kommun):
        own = ", ".join(sorted(places_of(tx, actor.kommun).own_stores)) or "inga (none)"
        fail(f"Ange ett lager i {actor.kommun}: {own} (name a store of your kommun)")


def see_that_it_is_theirs(environment: Environment, code: str | None) -> None:
    """Before a store's goods are moved: somebody of a kommun moves those of its own alone. Whether there are such goods
    is asked of everybody, when they are moved."""
    if environment.actor.kommun is not None:
        with environment.seen() as tx:
            own_store(tx, environment.actor, code)


def are_theirs(environment: Environment, stores: Iterable[str]) -> bool:
    """Whether what belongs to these stores is there for the actor: for somebody of a kommun, its own stores' alone."""
    kommun = environment.actor.kommun
    if kommun is None:
        return True
    with environment.seen() as tx:
        return all(is_store_of(tx, each, kommun) for each in stores)


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
