"""What did verifying say the last times? Each run is kept, with what did not hold: names and numbers, no rows."""

from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from config.database import Connection
from workflows.verify.checking import Verification


def keep_verification(tx: Connection, found: Verification, by: str) -> None:
    """Keep the result of a run."""
    broken = {each.invariant.name: each.count for each in found.broken}
    tx.execute(
        "INSERT INTO verification (checked, broken, by_whom) VALUES (%s, %s, %s)", (found.checked, Jsonb(broken), by)
    )


def kept_verifications(tx: Connection, most: int) -> list[dict[str, Any]]:
    """The last runs, newest first: at, checked, broken (name → how often), by_whom."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT at, checked, broken, by_whom FROM verification ORDER BY id DESC LIMIT %s", (most,)
        ).fetchall()
