"""What does somebody mean who types a number, or scans one? An order, an utleverans or a device, each by an index.

Only what the asker may see is found, under row security. Patients are not looked for here: their page does, and leaves
a row in the access log. Next: queries.py, which finds one order by its full name.
"""

from dataclasses import dataclass
from typing import Literal

from config.database import Connection
from workflows.queries import find_order

MOST_FOUND = 20

_MOST_SOURCES = 200

# From one source to the next, by the index of (source, external_id): as many steps as there are sources.
_SOURCES = """
    WITH RECURSIVE step AS (
        (SELECT source FROM orders ORDER BY source LIMIT 1)
        UNION ALL
        SELECT (SELECT o.source FROM orders o WHERE o.source > s.source ORDER BY o.source LIMIT 1)
        FROM step s WHERE s.source IS NOT NULL)
    SELECT source FROM step WHERE source IS NOT NULL LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing: our number of an order, an utleverans's number, or a device's (`article`, and its serial number)."""

    kind: Literal["order", "utleverans", "device"]
    name: str
    order_type: str | None = None
    state: str | None = None
    article: str | None = None
    external_id: str | None = None
    """With its source, as `source:external_id`."""


def sources_of_orders(tx: Connection) -> list[str]:
    """From where orders have come; in a transaction of our own processes, to which every order is there."""
    return [source for (source,) in tx.execute(_SOURCES, (_MOST_SOURCES,))]


def search(tx: Connection, wanted: str, sources: list[str], *, devices: bool) -> list[Found]:
    """What is called `wanted`, orders first: by our number, `source:external_id` or the external id of any of the
    sources, an utleverans's number or, where `devices` are sought, a serial number. At most MOST_FOUND of each kind."""
    if not wanted or "\x00" in wanted:
        return []
    return [*_orders(tx, wanted, sources), *_utleveranser(tx, wanted), *(_devices(tx, wanted) if devices else [])]


def _orders(tx: Connection, wanted: str, sources: list[str]) -> list[Found]:
    named = find_order(tx, wanted)
    rows = tx.execute(
        "SELECT id, order_type, state, source || ':' || external_id FROM orders WHERE id = %s "
        "UNION SELECT id, order_type, state, source || ':' || external_id FROM orders "
        "WHERE (source, external_id) IN (SELECT source, %s FROM unnest(%s::text[]) AS s (source)) "
        "ORDER BY 1 DESC LIMIT %s",
        (named, wanted, sources, MOST_FOUND),
    )
    return [Found("order", str(number), order_type, state, None, name) for number, order_type, state, name in rows]


def _utleveranser(tx: Connection, wanted: str) -> list[Found]:
    rows = tx.execute("SELECT number FROM utleverans WHERE number = %s", (wanted,))
    return [Found("utleverans", number) for (number,) in rows]


def _devices(tx: Connection, wanted: str) -> list[Found]:
    rows = tx.execute(
        "SELECT serial_number, article FROM device WHERE serial_number = %s ORDER BY article LIMIT %s",
        (wanted, MOST_FOUND),
    )
    return [Found("device", serial, article=article) for serial, article in rows]
