"""How is the log sealed in tests? Once nobody elsewhere on the server is older than what is to be sealed."""

from waiting import wait_for

from config.database import Database
from workflows.log_chain import Seal, seal_looks
from workflows.patients import Keys

_ELSEWHERE = "FROM pg_stat_activity WHERE datname <> current_database() AND backend_xid IS NOT NULL"


def seal_now(database: Database, keys: Keys) -> list[Seal]:
    """Seal what is committed. Transactions are numbered by the server: one in another test's database that is older
    than a row holds it back as one of ours would."""
    wait_for_others(database)
    return seal_looks(database, keys)


def wait_for_others(database: Database) -> None:
    """Return when every transaction that is open in another database has ended."""
    with database.session() as session:
        older = [xid for (xid,) in session.execute(f"SELECT backend_xid::text {_ELSEWHERE}".encode())]
        still = f"SELECT {_ELSEWHERE} AND backend_xid::text = ANY(%s)".encode()
        wait_for(lambda: not older or session.execute(still, (older,)).fetchone() is None, what="the others' end")
