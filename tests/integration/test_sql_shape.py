"""Has every statement the shape that locks need? Several rows in an order, no balance skipped, a timeout on every wait.

What a missing order or timeout does shows in no test of behaviour but by luck, so it is read: from the texts in the
sources, from the functions in the database, and from what a life of goods sends. Next: sql_locks.py (how it is read).
"""

import ast
import re
from collections import defaultdict
from pathlib import Path
from random import Random

import psycopg
import pytest
from life_of_goods import Life
from life_rounds import live_until
from sql_locks import Keys, faults_in, keys_of, locks_in
from telling import TellingDatabase

from config.database import Connection, Database

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "workflows", "exchange", "tasks", "backoffice")

TIMEOUTS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")

BY_ITSELF = re.compile(
    r"SET (timezone|synchronous_commit) |SELECT nextval\('worker_number'\)|SELECT pg_(try_)?advisory_lock\("
    r"|(INSERT INTO|DELETE FROM) claim "
)
"""What is sent outside a transaction: it touches a worker's own row and lock, and waits for nobody."""


class Record:
    """What was sent, and what was wrong with the transactions it was sent in."""

    def __init__(self) -> None:
        self.statements: set[str] = set()
        self.transactions = 0
        self.faults: set[str] = set()
        self._begun: dict[Connection, str] = defaultdict(str)

    def tell(self, connection: Connection, statement: str) -> None:
        """A statement is about to be sent."""
        self.statements.add(statement)
        if statement.startswith("BEGIN"):
            self._begun[connection] = statement
        elif not self._begun[connection] and not BY_ITSELF.match(statement):
            self.faults.add(f"outside a transaction: {statement}")
        elif statement in ("COMMIT", "ROLLBACK"):
            self._begun[connection] = ""
        elif self._begun[connection]:
            self._look_at_timeouts(connection)

    def _look_at_timeouts(self, connection: Connection) -> None:
        if connection.info.transaction_status != psycopg.pq.TransactionStatus.INTRANS:
            return
        self.transactions += 1
        rows = psycopg.Cursor(connection).execute(
            "SELECT name, setting, source FROM pg_settings WHERE name = ANY(%s)", (list(TIMEOUTS),)
        )
        for name, setting, source in rows:
            # A read of everything, and a file of any length, take their time; nobody waits for a lock without an end.
            if source != "session" or (setting == "0" and name != "statement_timeout"):
                self.faults.add(f"{name} is {setting}: {self._begun[connection]}")


@pytest.fixture
def keys(database: Database) -> Keys:
    """The keys of the tables."""
    with database.transaction() as tx:
        return keys_of(tx)


def texts_of_the_sources() -> dict[str, str]:
    """Every text of the sources that locks rows, by where it stands; what an f-string fills in is left out."""
    found = {}
    for path in (path for room in ROOMS for path in (PROJECT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant | ast.JoinedStr):
                parts = node.values if isinstance(node, ast.JoinedStr) else [node]
                text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in parts)
                if "SELECT" in text and list(locks_in(text)):
                    found[f"{path.relative_to(PROJECT)}:{node.lineno}"] = text
    return found


def test_every_lock_in_the_sources_is_ordered_or_of_one_row(keys: Keys) -> None:
    texts = texts_of_the_sources()

    assert len(texts) > 15
    assert {place: faults for place, text in texts.items() if (faults := faults_in(text, keys))} == {}


def test_so_is_every_lock_behind_the_doors(database: Database, keys: Keys) -> None:
    with database.transaction() as tx:
        bodies: dict[str, str] = dict(
            tx.execute("SELECT proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace").fetchall()
        )
    assert {"lock_stock", "issue_utleveranser", "lock_devices"} <= {
        name for name, body in bodies.items() if list(locks_in(body))
    }
    assert {name: faults for name, body in bodies.items() if (faults := faults_in(body, keys))} == {}


def test_what_a_life_of_goods_sends_is_in_shape_and_every_wait_has_an_end(
    database_url: str, keys: Keys, tmp_path: Path
) -> None:
    record = Record()
    database = TellingDatabase(database_url, record.tell)
    life = Life(database, Random(4711), tmp_path, picking_10="confirmed", delivery_10="confirmed")
    try:
        live_until(life, lambda: record.transactions > 1_000)
    finally:
        life.close()
        database.close()

    assert record.faults == set()
    assert {text: faults for text in record.statements if (faults := faults_in(text, keys))} == {}


BAD = {
    "SELECT id FROM orders WHERE id = ANY(%s::bigint[]) FOR NO KEY UPDATE": "several rows in no order",
    "SELECT id FROM orders WHERE id IN (SELECT order_id FROM order_line ORDER BY 1) FOR SHARE": "in no order",
    "SELECT l.article FROM order_line l WHERE l.order_id = %s FOR UPDATE": "in no order",
    "SELECT FROM number_counter c WHERE c.store = %s ORDER BY c.year FOR UPDATE OF c SKIP LOCKED": "skips a balance",
    "SELECT FROM stock_balance WHERE store = %s AND article = %s FOR UPDATE SKIP LOCKED": "skips a balance",
    "SELECT o.id FROM orders o JOIN order_line l ON l.order_id = o.id WHERE o.id = %s FOR NO KEY UPDATE": "in no order",
}
"""What is wrong with each."""


@pytest.mark.parametrize("statement", BAD)
def test_a_lock_that_may_not_be_is_seen(keys: Keys, statement: str) -> None:
    (fault,) = faults_in(statement, keys)

    assert BAD[statement] in fault


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT FROM stock_balance b WHERE b.store = %s AND b.article = %(article)s FOR NO KEY UPDATE",
        "SELECT id FROM orders WHERE state = 'draft' ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
        "WITH c AS (SELECT FROM device d WHERE d.place = 'store' ORDER BY d.article FOR UPDATE OF d) SELECT FROM c",
    ],
)
def test_and_one_that_may_is_not(keys: Keys, statement: str) -> None:
    assert faults_in(statement, keys) == []


def test_a_transaction_without_its_timeouts_is_seen(database_url: str) -> None:
    record = Record()
    database = TellingDatabase(database_url, record.tell)
    with database.session() as session:
        for statement in ("SELECT FROM orders", "BEGIN; SET LOCAL lock_timeout = 0", "SELECT FROM orders", "COMMIT"):
            session.execute(statement.encode())
    database.close()

    seen = {fault.split(" is ")[0].split(": ")[0] for fault in record.faults}
    assert seen == {"outside a transaction", *TIMEOUTS}
