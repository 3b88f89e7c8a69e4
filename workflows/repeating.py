"""Was it done already, just so? A confirmation that is sent again, as its answer was lost, is told what came of it."""

from collections.abc import Mapping, Sequence

from config.database import Connection


def delivered_just_so(
    tx: Connection,
    order_id: int,
    *,
    short: Mapping[str, int],
    serials: Mapping[str, Sequence[str]],
    version: int | None,
) -> bool:
    """Whether the order is delivered with these units missing and these devices, from the version that was meant."""
    row = tx.execute("SELECT version FROM orders WHERE id = %s AND state = 'delivered'", (order_id,)).fetchone()
    # Either what the sender saw before the delivery, or what it became by it.
    if row is None or version not in (None, row[0], row[0] - 1):
        return False
    lines = tx.execute(
        "SELECT article, short_delivered, coalesce(serial_numbers, '{}') FROM order_line WHERE order_id = %s",
        (order_id,),
    ).fetchall()
    missing: dict[str, int] = {}
    devices: set[tuple[str, str]] = set()
    for article, units, named in lines:
        if units:
            missing[article] = missing.get(article, 0) + units
        devices |= {(article, serial) for serial in named}
    return missing == dict(short) and devices >= {
        (article, serial) for article, named in serials.items() for serial in named
    }
