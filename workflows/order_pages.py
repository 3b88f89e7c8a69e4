"""Which orders are on a page of a list? The highest numbers of each kind that is wanted, and the first of them all.

A kind is a type and a state. Each is read by an index that stands in the order of the page, from its end: however many
orders there are, as many are read as are shown. A kommun's orders are its units', and those that leave or reach its
stores; each of the three has an index of its own, so that a small kommun's page does not read the region's orders.
Next: queries.py, which shows them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from config.database import Connection
from workflows.kommun_places import is_store_of


@dataclass(frozen=True, slots=True)
class Page:
    """Of which types and states, from which store (None: any), before which number (None: the last), how many."""

    types: Sequence[str]
    states: Sequence[str]
    store: str | None
    before: int | None
    limit: int


# As the indexes have it: orders_listed, orders_of_sender, orders_of_kommun and orders_to_kommunlager.
_KIND = 'o.order_type COLLATE "C", o.state COLLATE "C"'

_OF_EACH_KIND = f"""
    SELECT found.id FROM unnest(%(types)s::text[]) AS t (order_type) CROSS JOIN unnest(%(states)s::text[]) AS s (state)
    CROSS JOIN {{places}} AS p (place) CROSS JOIN LATERAL (
        SELECT o.id FROM orders o WHERE {{of_place}} AND ({_KIND}) {{of_kind}} (t.order_type, s.state) {{before}}
        ORDER BY {_KIND.replace('"C"', '"C" DESC')}, o.id DESC LIMIT %(limit)s
    ) found
"""
# Beside the kind, which only the lists' indexes hold: by the number alone a rare state's later page went back along the
# primary key (685 ms at 1,000,000 orders). And with no equality beside it, from which the scan would begin: it read all
# later orders of the kind (41 ms).
_BEFORE = f"AND ({_KIND}, o.id) < (t.order_type, s.state, %(before)s::bigint)"

_NOWHERE = "(VALUES (0))"
_ITS_STORES = "(SELECT s.code FROM store s WHERE s.kommun = %(kommun)s)"


def ids_of_region(tx: Connection, page: Page) -> list[int]:
    """The numbers of the page's orders, the highest first."""
    of_place = "true" if page.store is None else "o.sender = %(store)s"
    return _first(tx, [(_NOWHERE, of_place)], page, None)


def ids_of_kommun(tx: Connection, kommun: str, page: Page) -> list[int]:
    """As ids_of_region, of the orders that are the kommun's."""
    if page.store is not None and is_store_of(tx, page.store, kommun):
        return ids_of_region(tx, page)
    to_its_stores = "o.receiver_kind = 'kommunlager' AND o.receiver_code = p.place"
    ways = [(_NOWHERE, "o.kommun = %(kommun)s"), (_ITS_STORES, to_its_stores)]
    if page.store is None:
        ways.append((_ITS_STORES, "o.sender = p.place"))
    else:
        ways = [(places, f"{of_place} AND o.sender = %(store)s") for places, of_place in ways]
    return _first(tx, ways, page, kommun)


def _first(tx: Connection, ways: Sequence[tuple[str, str]], page: Page, kommun: str | None) -> list[int]:
    """The first of what is found by each way: the places, and when an order is of one. An order may be found by two."""
    of_kind, before = ("=", "") if page.before is None else (">=", _BEFORE)
    each = [
        _OF_EACH_KIND.format(places=places, of_place=of_place, of_kind=of_kind, before=before)
        for places, of_place in ways
    ]
    found = tx.execute(
        f"{' UNION '.join(each)} ORDER BY id DESC LIMIT %(limit)s".encode(),
        {
            "types": page.types, "states": page.states, "store": page.store, "before": page.before,
            "limit": page.limit, "kommun": kommun,
        },
    )  # fmt: skip
    return [order_id for (order_id,) in found]
