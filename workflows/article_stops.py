"""Which articles may not be ordered since they are recalled? Köpstopp: the article is withdrawn until it is lifted.

Master data that are loaded meanwhile do not lift it; what they say holds once it is lifted
(migrations/sql/0002_patients.sql). Locks: the article, then its stop. Next: recalls.py.
"""

from config.database import Connection, Database
from workflows.access_log import a_reason


class NotStopped(Exception):
    """Artikeln har inget köpstopp (the article is not stopped)."""


def stop_article(tx: Connection, article: str, *, by: str, why: str) -> None:
    """No new order takes the article. One that is stopped already stays so, with its first reason."""
    reason = a_reason(why)
    said = _lock(tx, article)
    # Before the stop is there: the withdrawal is not what master data say.
    tx.execute("UPDATE article SET withdrawn = true WHERE number = %s AND NOT withdrawn", (article,))
    tx.execute(
        "INSERT INTO article_stop (article, withdrawn_by_master, stopped_by, stopped_why) "
        "SELECT number, %s, %s, %s FROM article WHERE number = %s ON CONFLICT DO NOTHING",
        (said, by, reason, article),
    )


def lift_stop(database: Database, article: str, *, by: str, why: str) -> None:
    """The article can be ordered unless master data withdrew it, before or since. Raises NotStopped."""
    reason = a_reason(why)
    with database.transaction() as tx:
        _lock(tx, article)
        lifted = tx.execute(
            "UPDATE article_stop SET lifted_at = clock_timestamp(), lifted_by = %s, lifted_why = %s "
            "WHERE article = %s AND lifted_at IS NULL RETURNING withdrawn_by_master",
            (by, reason, article),
        ).fetchone()
        if lifted is None:
            raise NotStopped(NotStopped.__doc__)
        tx.execute("UPDATE article SET withdrawn = %s WHERE number = %s", (lifted[0], article))


def _lock(tx: Connection, article: str) -> bool | None:
    """Lock the article, as a load of master data does first; whether it is withdrawn. None: there is none such."""
    row = tx.execute("SELECT withdrawn FROM article WHERE number = %s FOR NO KEY UPDATE", (article,)).fetchone()
    return None if row is None else bool(row[0])
