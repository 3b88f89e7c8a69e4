"""Who is alive? When each process, and the canary that flies through the queue, was last seen."""

from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from config.database import Connection, Database

CANARY = "canary"
DISPATCHER = "dispatcher"


def beat(connection: Connection, name: str, details: dict[str, Any] | None = None) -> None:
    """Note that `name` was seen at this moment."""
    connection.execute(
        "INSERT INTO heartbeat (name, seen_at, details) VALUES (%s, clock_timestamp(), %s) "
        "ON CONFLICT (name) DO UPDATE SET seen_at = excluded.seen_at, details = excluded.details",
        (name, Jsonb(details) if details is not None else None),
    )


def canary_came_through(database: Database) -> None:
    """Note that a worker has received a canary."""
    with database.transaction() as tx:
        beat(tx, CANARY)


def seconds_since(connection: Connection, name: str) -> float | None:
    """How long ago `name` was seen, by the database's clock; None if it never was."""
    row = connection.execute(
        "SELECT extract(epoch FROM clock_timestamp() - seen_at)::float8 FROM heartbeat WHERE name = %s", (name,)
    ).fetchone()
    return None if row is None else float(row[0])


def all_heartbeats(connection: Connection) -> list[tuple[str, datetime, dict[str, Any] | None]]:
    """Every name with when it was last seen and what it said of itself."""
    return connection.execute("SELECT name, seen_at, details FROM heartbeat ORDER BY name").fetchall()
