"""How did a kommun's orders come and go lately? Looked up among the region's latest happenings, up to a bound.

The kept hours (trend.py) know no kommun, and to keep them by kommun would cost every step. Next: kommun_status.py.
"""

from datetime import datetime

from config.database import Connection
from workflows.queries import OF_KOMMUN
from workflows.trend import Hour, Trend, first_told, of_hours

MOST_LOOKED_AT = 5_000
"""So many of the latest happenings are looked at: a region's last day, or the last hours of a very busy one."""

# By history_told, the newest first: orders' creations and deliveries, and what else there is that webhooks tell of.
_LATELY = f"""
    WITH told AS MATERIALIZED (
        SELECT order_id, at, version = 1 AS came, to_state = 'delivered' AS went FROM history
        WHERE tx IS NOT NULL AND (version = 1 OR to_state IN ('rejected', 'backordered', 'utleverans', 'delivered'))
        ORDER BY tx DESC LIMIT %(most)s),
    of_kommun AS (
        SELECT date_trunc('hour', t.at, 'UTC') AS hour, count(*) FILTER (WHERE t.came) AS came,
            count(*) FILTER (WHERE t.went) AS went
        FROM told t CROSS JOIN LATERAL (SELECT FROM orders o WHERE o.id = t.order_id AND {OF_KOMMUN} OFFSET 0) o
        WHERE t.at >= %(since)s AND (t.came OR t.went) GROUP BY 1)
    SELECT k.hour, k.came, k.went, every.more
    FROM (SELECT count(*) = %(most)s AND min(at) >= %(since)s AS more FROM told) every LEFT JOIN of_kommun k ON true
"""


def kommun_trend(tx: Connection, kommun: str, now: datetime) -> Trend:
    """Of the orders of the kommun, in a transaction of our own processes, to which all happenings are there: under row
    security the bound would be one of what is found, not of what is looked at."""
    rows = tx.execute(_LATELY.encode(), {"kommun": kommun, "since": first_told(now), "most": MOST_LOOKED_AT}).fetchall()
    hours = [Hour(at, came, went) for at, came, went, _ in rows if at is not None]
    return of_hours(hours, now, more=any(more for *_, more in rows))
