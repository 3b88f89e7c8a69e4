"""Which articles may not be ordered since they are recalled? Köpstopp: the article is withdrawn until it is lifted.

Master data that are loaded meanwhile do not lift it (migrations/sql/0002_patients.sql). Next: recalls.py.
"""

from config.database import Connection, Database
from workflows.access_log import a_reason


class NotStopped(Exception):
    """Artikeln har inget köpstopp (the article is not stopped)."""


def stop_article(tx: Connection, article: str, *, by: str, why: str) -> None:
    """No new order takes the article. One that is stopped already stays so, with its first reason."""
    tx.execute(
        "INSERT INTO article_stop (article, withdrawn_before, stopped_by, stopped_why) "
        "SELECT number, withdrawn, %s, %s FROM article WHERE number = %s ON CONFLICT DO NOTHING",
        (by, a_reason(why), article),
    )
    tx.execute("UPDATE article SET withdrawn = true WHERE number = %s AND NOT withdrawn", (article,))


def lift_stop(database: Database, article: str, *, by: str, why: str) -> None:
    """The article can be ordered as before the stop. Raises NotStopped."""
    reason = a_reason(why)
    with database.transaction() as tx:
        lifted = tx.execute(
            "UPDATE article_stop SET lifted_at = clock_timestamp(), lifted_by = %s, lifted_why = %s "
            "WHERE article = %s AND lifted_at IS NULL RETURNING withdrawn_before",
            (by, reason, article),
        ).fetchone()
        if lifted is None:
            raise NotStopped(NotStopped.__doc__)
        tx.execute("UPDATE article SET withdrawn = %s WHERE number = %s", (lifted[0], article))
