"""Which count is the page about? One of a store that the visitor's kommun has; any other is not there."""

from dataclasses import dataclass
from typing import Any

from backoffice.api.problems import Problem
from backoffice.pages.store_seen import store_seen
from backoffice.pages.visit import Visit
from config.database import Connection
from workflows.counts.opening import CountNotFound
from workflows.counts.reading import read_count
from workflows.permissions import Permission


@dataclass(frozen=True, slots=True)
class CountSeen:
    """A count and its store, as stores_here and read_count tell them."""

    store: dict[str, Any]
    number: int
    count: dict[str, Any]

    @property
    def address(self) -> str:
        """Where its page is."""
        return f"/lager/{self.store['code']}/inventering/{self.count['id']}"


def count_seen(visit: Visit, tx: Connection, code: str, name: str) -> CountSeen:
    """The count called `I-7` of the store. Raises Problem 404."""
    store = store_seen(visit, tx, code)
    digits = name.upper().removeprefix("I-")
    try:
        if not (digits.isascii() and digits.isdigit() and len(digits) < 19):
            raise CountNotFound(CountNotFound.__doc__)
        count = read_count(tx, int(digits))
        if count["store"] != code:
            raise CountNotFound(CountNotFound.__doc__)
    except CountNotFound as unknown:
        raise Problem(404, "not-found", str(unknown)) from None
    return CountSeen(store, int(digits), count)


def count_to_change(visit: Visit, code: str, name: str) -> CountSeen:
    """The count, for who counts. Raises NotPermitted, Problem 404."""
    visit.demand(Permission.ADJUST_STOCK)
    with visit.seeing() as tx:
        return count_seen(visit, tx, code, name)
