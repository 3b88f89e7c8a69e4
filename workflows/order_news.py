"""Has an order moved? Its version and state, for who waits for the next one."""

from typing import NamedTuple

from config.database import Connection


class News(NamedTuple):
    """An order as who watches it is told: never whose it is."""

    id: int
    version: int
    state: str
    held: bool
    ended: bool


def news_of(tx: Connection, order_id: int) -> News | None:
    """How the order stands, where it is there for whoever `tx` reads for."""
    row = tx.execute(
        "SELECT id, version, state, held_since IS NOT NULL, ended_at IS NOT NULL FROM orders WHERE id = %s",
        (order_id,),
    ).fetchone()
    return None if row is None else News(*row)
