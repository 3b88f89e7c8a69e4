"""Has an order moved? Its version and state, for who waits for the next one."""

from typing import NamedTuple

from config.database import Connection
from workflows.queries import OF_KOMMUN


class News(NamedTuple):
    """An order as who watches it is told: never whose it is."""

    id: int
    version: int
    state: str
    held: bool
    ended: bool


def news_of(tx: Connection, order_id: int, kommun: str | None) -> News | None:
    """How the order stands, where it is the kommun's that asks."""
    row = tx.execute(
        "SELECT o.id, o.version, o.state, o.held_since IS NOT NULL, o.ended_at IS NOT NULL FROM orders o "
        f"WHERE o.id = %(id)s AND {OF_KOMMUN}",
        {"id": order_id, "kommun": kommun},
    ).fetchone()
    return None if row is None else News(*row)
