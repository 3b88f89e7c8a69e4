"""Notices for tests: orders that have stood too long, whom to tell of them, and what became of the telling."""

from typing import Any

from builders import a_prescription, a_world, an_order, own_store_order, run_all, store

from config.database import Database
from config.settings import Settings


def a_standing_world(database: Database) -> Database:
    """An own-store order and two of lager 10 that have stood for three days."""
    a_world(database, stock={("10", "A1"): 50, ("50301", "A1"): 50}, picking_10="confirmed", picking_50301="confirmed")
    store(
        database,
        own_store_order(("A1", 1), external_id="E-1"),
        an_order(("A1", 1), external_id="L-1"),
        a_prescription(("A1", 1), external_id="L-2"),
    )
    run_all(database)
    with database.session() as session:
        session.execute("UPDATE orders SET state_since = now() - interval '3 days'")
    return database


def tell(database: Database, **addresses: str | None) -> None:
    """Give stores an address for notices, or take it away."""
    with database.transaction() as tx:
        for code, address in addresses.items():
            tx.execute("UPDATE store SET notice_to = %s WHERE code = %s", (address, code.removeprefix("lager_")))


def given(**variables: str) -> Settings:
    """Settings with these variables."""
    return Settings(**variables)


def rows(database: Database) -> list[tuple[Any, ...]]:
    """(store, tries, sent, to, failure, to be tried again) of each notice."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT store, attempts::int, sent_at IS NOT NULL, sent_to, failure, next_try_at IS NOT NULL "
            "FROM notice ORDER BY store"
        ).fetchall()


def let_the_pause_pass(database: Database) -> None:
    """Let what failed be tried again at once."""
    with database.transaction() as tx:
        tx.execute("UPDATE notice SET next_try_at = now() WHERE next_try_at IS NOT NULL")
