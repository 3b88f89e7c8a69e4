"""Which orders does a list's address ask for? Its filters, by the names that `GET /api/v1/orders` has for them too.

What is unknown or malformed in an address is left out: an old link shows a list and no error. Next:
workflows/queries.py (list_ids) and workflows/order_rows.py (the search by number), which find them.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from backoffice.pages.forms import Fields
from backoffice.pages.visit import Visit
from backoffice.words import STATES, TYPES
from exchange.shape_check import Expected, text
from workflows.identity import holds_personal_number
from workflows.order_rows import MOST_FOUND, begin_with, those_seen
from workflows.queries import OrderFilter, list_ids

LIST = "/ordrar"

ELSEWHERE = (
    "Ett personnummer söks under Patient, där sökningen loggas",
    "A personal identity number is searched for under Patient, where the search is logged",
)
"""What is said where a patient's number was written in a field that would stand in an address."""

_text = text(97)


class Found(NamedTuple):
    """Ids of orders; `is_cut`: more begin with the number that was searched for than a search looks at."""

    ids: list[int]
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; empty is everything. `after` is the last number of the page before."""

    state: str = ""
    type: str = ""
    store: str = ""
    held: bool = False
    q: str = ""
    after: int | None = None
    is_somebodys: bool = False
    """A person's number was searched for; it is left out, as it is searched for where that is logged."""
    is_whole: bool = True
    """Nothing that was asked for was left out: the list shows no more than was meant."""

    @property
    def query(self) -> str:
        """The filters as they stand in an address, without the place in the list."""
        named = {"state": self.state, "type": self.type, "store": self.store, "held": self.held and "1", "q": self.q}
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def are_any(self) -> bool:
        """Whether the list is narrowed at all."""
        return self.query != ""

    def address(self, after: int | None = None) -> str:
        """The page of the list that begins behind the order `after`."""
        asked = "&".join(filter(None, (self.query, f"after={after}" if after else "")))
        return f"{LIST}?{asked}" if asked else LIST

    def behind(self, after: int | None) -> "Filters":
        """The same, from behind that order."""
        return replace(self, after=after)

    def find(self, visit: Visit, limit: int) -> "Found":
        """Up to `limit` orders that the visitor sees, the highest number first."""
        wanted = OrderFilter(
            self.state or None, self.type or None, self.store or None, self.held, self.after, visit.actor.kommun
        )
        if not self.q:
            with visit.seeing(snapshot=True) as tx:
                return Found(list_ids(tx, wanted, limit))
        with visit.desk.database.transaction() as tx:
            # Nobody's name is on these: what of them is the visitor's is asked in their name.
            beginning = begin_with(tx, self.q)
        with visit.seeing() as tx:
            return Found(those_seen(tx, beginning, wanted)[:limit], len(beginning) >= MOST_FOUND)


def read_filters(given: QueryParams | Fields) -> Filters:
    """The filters of an address, or of a form that was sent from its page."""
    written = {name: _written(given, name) for name in ("state", "type", "store", "held", "q", "after")}
    is_somebodys = holds_personal_number(written["q"])
    after = written["after"]
    kept = {
        "state": written["state"] if written["state"] in STATES else "",
        "type": written["type"] if written["type"] in TYPES else "",
        "store": _clean(written["store"]),
        "q": "" if is_somebodys else _clean(written["q"]),
        "after": after if after.isascii() and after.isdigit() and len(after) < 19 else "",
    }
    return Filters(
        state=kept["state"], type=kept["type"], store=kept["store"], q=kept["q"],
        held=written["held"] not in ("", "0", "false"),
        after=int(kept["after"]) if kept["after"] else None,
        is_somebodys=is_somebodys,
        is_whole=all(kept[name] or not written[name].strip() for name in kept),
    )  # fmt: skip


def _written(given: QueryParams | Fields, name: str) -> str:
    value = given.get(name) or ""
    return value[0] if isinstance(value, list) else value


def _clean(value: str) -> str:
    clean = _text(value) if value else ""
    return "" if isinstance(clean, Expected) else str(clean)
