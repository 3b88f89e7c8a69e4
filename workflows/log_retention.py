"""How long is what kept? Looks, and who came and went, five years at least, patients' records ten; longer by settings.

Nothing goes by itself: a person sees what would go, and lets it. Looks go by whole seals, which stay and say so;
the database refuses any that is younger than the law asks for. Next: patient_erasure.py, by which records go.
"""

from dataclasses import dataclass
from datetime import datetime

from config.database import Connection, Database
from workflows.log_chain import removal_mac
from workflows.patients import Keys

LEAST_YEARS_OF_LOOKS = 5
LEAST_YEARS_OF_RECORDS = 10


COMING_AND_GOING = ("login", "login_failed", "logout", "sessions_ended")
"""The events of accounts that go. What made an account what it is stays with it: it says who could have looked."""


@dataclass(frozen=True, slots=True)
class Outlived:
    """What has been kept as long as it must: seals of looks, how many rows they have, patients (our ids), and how many
    logins and logouts."""

    seals: tuple[int, ...]
    looks: int
    patients: tuple[int, ...]
    account_events: int


def outlived(tx: Connection, *, years_of_looks: int, years_of_records: int) -> Outlived:
    """What may go now. A patient's record ends with the newest of orders, returns and things held; who still has
    something of ours stays."""
    seals = tx.execute(
        "SELECT seal, count(*) FROM access_log WHERE seal IS NOT NULL GROUP BY seal "
        "HAVING max(at) < clock_timestamp() - make_interval(years => %s) ORDER BY seal",
        (max(years_of_looks, LEAST_YEARS_OF_LOOKS),),
    ).fetchall()
    patients = tx.execute(
        f"SELECT p.id FROM patient p WHERE p.erased_at IS NULL AND NOT EXISTS ({RECORDS}) ORDER BY p.id",
        {"since": max(years_of_records, LEAST_YEARS_OF_RECORDS)},
    )
    events = tx.execute(
        "SELECT count(*) FROM account_event "
        "WHERE event = ANY (%s) AND at < clock_timestamp() - make_interval(years => %s)",
        (list(COMING_AND_GOING), max(years_of_looks, LEAST_YEARS_OF_LOOKS)),
    ).fetchone()
    return Outlived(
        tuple(seal for seal, _ in seals), sum(rows for _, rows in seals), tuple(number for (number,) in patients),
        events[0] if events else 0,
    )  # fmt: skip


RECORDS = """
    SELECT FROM orders o WHERE o.patient_id = p.id AND (
        o.ended_at IS NULL OR o.ended_at > clock_timestamp() - make_interval(years => %(since)s)
        OR EXISTS (SELECT FROM order_line l WHERE l.order_id = o.id AND o.state = 'delivered'
                   AND l.quantity - l.on_rest - l.cancelled - l.short_delivered - l.returned > 0))
    UNION ALL
    SELECT FROM holding h WHERE h.patient_id = p.id AND (
        h.quantity > h.returned OR h.since > clock_timestamp() - make_interval(years => %(since)s))
"""
"""Why a patient `p` is not forgotten yet: something open or held, or younger than `since` years."""


def remove_looks(database: Database, keys: Keys, seals: tuple[int, ...], *, by: str) -> int:
    """Let the rows of these seals go; how many. Raises psycopg's RestrictViolation where one is too young."""
    removed = 0
    for seal in seals:
        with database.transaction(statement_timeout_ms=0) as tx:
            at = _now(tx)
            row = tx.execute(
                "SELECT remove_looks(%s, %s, %s, %s)", (seal, at, by, removal_mac(keys, seal, at, by))
            ).fetchone()
            removed += row[0] if row else 0
    return removed


def remove_account_events(tx: Connection, *, years: int, by: str) -> int:
    """Let the logins and logouts of so many years ago go, which leaves a row that says so; how many."""
    row = tx.execute("SELECT remove_account_events(%s, %s)", (years, by)).fetchone()
    return int(row[0]) if row else 0


def _now(tx: Connection) -> datetime:
    row = tx.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment
