"""Which store is the page about? One that the visitor's kommun has; another kommun's is not there.

A store is found so before anything of it is read or done: the steps themselves see every store. Next: routes/stock.py.
"""

from typing import Any

from backoffice.api.problems import Problem
from backoffice.pages.visit import Visit
from config.database import Connection
from workflows.master_queries import is_article
from workflows.permissions import Permission
from workflows.shelves import stores_here


def store_seen(visit: Visit, tx: Connection, code: str) -> dict[str, Any]:
    """The store as stores_here tells it. Raises Problem 404."""
    found = [] if "\x00" in code else stores_here(tx, visit.actor.kommun, code)
    if not found:
        raise Problem(404, "not-found", "Lagret finns inte (there is no such store)")
    return found[0]


def store_to_change(visit: Visit, code: str, permission: Permission = Permission.ADJUST_STOCK) -> dict[str, Any]:
    """The store, for who changes something in it. Raises NotPermitted, Problem 404."""
    visit.demand(permission)
    with visit.seeing() as tx:
        return store_seen(visit, tx, code)


def article_seen(tx: Connection, number: str) -> str:
    """The article's number. Raises Problem 404."""
    if "\x00" in number or not is_article(tx, number):
        raise Problem(404, "not-found", "Artikeln finns inte (there is no such article)")
    return number
