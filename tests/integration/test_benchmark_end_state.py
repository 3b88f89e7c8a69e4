"""Does the benchmarks' judge of a peer's work see what is missing, doubled, skipped or fused?"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from benchmarks.contender import WrongEndState
from benchmarks.peers.end_state import check_end_state
from benchmarks.peers.one_order import STATEMENTS
from benchmarks.peers.stored_drafts import store_drafts
from config.server_urls import ServerUrls

ORDERS = 6

ONE_NUMBER_SKIPPED = "UPDATE utleverans SET sequence = 9 WHERE (store, sequence) = ('10', 4)"

BOOKED_TWICE = """
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                          order_id, order_version, line_no, actor)
    SELECT kind, article, quantity, from_place, from_store, to_place, to_store, order_id, 9, line_no, actor
    FROM movement WHERE (order_id, kind, line_no) = (1, 'pick', 1)
"""

BREAKS = {
    "UPDATE orders SET state = 'utleverans', ended_at = NULL WHERE id = 1": "orders not delivered: 1",
    "UPDATE orders SET version = 4 WHERE id = 1": "orders not delivered: 1",
    "DELETE FROM history WHERE (order_id, version) = (1, 3)": "history rows missing or beside the main line: 1",
    "INSERT INTO history (order_id, version, event, from_state, to_state, actor) "
    "VALUES (1, 6, 'pick', 'validated', 'picked', 'test')": "history rows missing or beside the main line: 1",
    "UPDATE history SET event = event WHERE order_id = 1 AND version IN (2, 3)": (
        "orders with two transitions in one transaction: 1"
    ),
    "UPDATE orders SET utleverans = (SELECT utleverans FROM orders WHERE id = 2) WHERE id = 1": (
        "orders without an utleverans of their own: 1"
    ),
    "UPDATE utleverans SET store = '50302' WHERE order_id = 1": "orders without an utleverans of their own: 1",
    "ALTER TABLE utleverans DROP CONSTRAINT utleverans_store_year_sequence_key, DROP CONSTRAINT utleverans_number_key; "
    "UPDATE utleverans SET sequence = 1 WHERE store = '10'": "numbers given twice: 3",
    ONE_NUMBER_SKIPPED: "stores with gaps in their numbers: 1",
    "UPDATE utleverans_line SET quantity = 9 WHERE line_no = 1 "
    "AND utleverans = (SELECT utleverans FROM orders WHERE id = 1)": "utleverans lines missing or wrong: 2",
    "DELETE FROM movement WHERE (order_id, kind) = (1, 'pick')": "movements missing, doubled or wrong: 2",
    BOOKED_TWICE: "movements missing, doubled or wrong: 1",
    "UPDATE stock_balance SET on_hand = on_hand + 1 WHERE store = '10'": (
        "balances that are not the sum of their movements: 5"
    ),
    "DELETE FROM stock_balance WHERE store = '10'": "balances that are not the sum of their movements: 5",
    "UPDATE stock_balance SET reserved = 1 WHERE store = '10'": "or still reserved or outbound: 5",
    "ALTER TABLE stock_balance DROP CONSTRAINT stock_balance_on_hand_check, DROP CONSTRAINT stock_balance_check; "
    "UPDATE stock_balance SET on_hand = -1 WHERE store = '10'": "balances that are negative",
}
"""What is done to a sound end state, and what the judge must say of it."""


@pytest.fixture(scope="module")
def worked(servers: ServerUrls) -> Iterator[str]:
    """The name of a database where the orders were worked, each transition in a transaction of its own."""
    with fresh(servers.database_url, "template1") as name:
        url = with_database(servers.database_url, name)
        store_drafts(url, ORDERS, seed=1, articles=5)
        work(url)
        yield name


@pytest.fixture
def url(servers: ServerUrls, worked: str) -> Iterator[str]:
    """A copy of it."""
    with fresh(servers.database_url, worked) as name:
        yield with_database(servers.database_url, name)


@contextmanager
def fresh(server_url: str, template: str) -> Iterator[str]:
    name = f"peer_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server_url, autocommit=True) as administrator:
        administrator.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield name
        administrator.execute(f"DROP DATABASE {name} WITH (FORCE)")


def with_database(url: str, name: str) -> str:
    return make_conninfo(url, dbname=name)


def work(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for order_id in range(1, ORDERS + 1):
            for lock, write in STATEMENTS.values():
                with connection.transaction():
                    if lock is not None:
                        connection.execute(lock, {"id": order_id})
                    connection.execute(write, {"id": order_id, "actor": "test"})


def break_it(url: str, statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statements)


def test_work_that_was_done_is_accepted(url: str) -> None:
    check_end_state(url, ORDERS)


def test_a_transition_that_is_told_twice_moves_nothing(url: str) -> None:
    work(url)
    check_end_state(url, ORDERS)


def test_an_order_that_was_never_stored_is_missed(url: str) -> None:
    with pytest.raises(WrongEndState, match="orders too few or too many: 1; order lines too few or too many: 2"):
        check_end_state(url, ORDERS + 1)


@pytest.mark.parametrize(("statements", "fault"), BREAKS.items())
def test_what_is_wrong_is_named(url: str, statements: str, fault: str) -> None:
    break_it(url, statements)
    with pytest.raises(WrongEndState, match=fault):
        check_end_state(url, ORDERS)


def test_gaps_are_allowed_where_a_peer_numbers_by_a_sequence(url: str) -> None:
    break_it(url, ONE_NUMBER_SKIPPED)
    check_end_state(url, ORDERS, gapless=False)
