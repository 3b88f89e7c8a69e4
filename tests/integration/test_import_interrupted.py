"""What if two import the same orders at once, or an import is killed? Nobody deadlocks, and nothing is lost or doubled.

Next: test_import_file.py (what becomes of each order).
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from at_once import somebody_waits
from builders import an_order
from order_files import a_body, a_file, counts, rows, taken_in
from waiting import wait_for

from config.database import Database
from workflows.intake import store_orders
from workflows.key_file import Ring
from workflows.patients import Keys
from workflows.verify.checking import verify

HELD = "I-103"
"""An order in the middle of both files."""
PROJECT = Path(__file__).resolve().parents[2]


@contextmanager
def an_open_order(database: Database, external_id: str) -> Iterator[None]:
    """Somebody stores the order, and thinks better of it when the block ends."""
    with database.session() as session, session.transaction(force_rollback=True):
        store_orders(session, [an_order(source="import", external_id=external_id)], actor="test")
        yield


def wait_for_waiting(database: Database, how_many: int) -> None:
    """Until so many transactions wait for another one's."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    deadline = time.monotonic() + 2.5
    with database.session() as session:
        while session.execute(waiting).fetchone() != (how_many,):
            assert time.monotonic() < deadline, "the imports do not meet"


def test_an_import_waits_longer_for_another_ones_orders_than_a_step_for_a_lock(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    path = a_file(tmp_path, *(a_body(f"I-{number}") for number in range(101, 106)))
    with ThreadPoolExecutor(1) as threads:
        with an_open_order(database, HELD):
            importing = threads.submit(taken_in, database, keys, path)
            wait_for(lambda: importing.done() or somebody_waits(database, 3.5))
            assert not importing.done()
        assert counts(importing.result(60)) == (5, 0, 0)


@pytest.mark.parametrize("said", [{}, {"source": "import"}], ids=["the same source", "a source named in the rows"])
def test_two_imports_of_the_same_orders_in_opposite_order_do_not_deadlock(
    database: Database, tmp_path: Path, said: dict[str, str]
) -> None:
    # The sequence in which an import meets its orders follows from the keys: it is the same in each run of the test.
    ring = Ring({"k1": bytes(32)}, "k1", bytes(32), bytes(32), (bytes(32),))
    keys = Keys(lambda: ring)
    bodies = [a_body(f"I-{number}") for number in range(200)]
    forwards = a_file(tmp_path, *bodies, name="forwards.ndjson")
    backwards = a_file(tmp_path, *(body | said for body in reversed(bodies)), name="backwards.ndjson")

    with ThreadPoolExecutor(2) as threads:
        # Somebody has begun to store an order in the middle: both come as far as they can, and wait.
        with an_open_order(database, HELD):
            importing = [threads.submit(taken_in, database, keys, path) for path in (forwards, backwards)]
            wait_for_waiting(database, 2)
        results = [each.result() for each in importing]
    assert sum(result.accepted for result in results) == sum(result.unchanged for result in results) == 200
    assert rows(database, "SELECT count(*), count(DISTINCT external_id) FROM orders") == [(200, 200)]


IMPORT_IN_CHUNKS = """
import sys
from pathlib import Path
from config.database import Database
from exchange import import_file
from exchange.incoming.incoming_file import open_incoming
from workflows.patients import load_keys

import_file.CHUNK = 20
path = Path(sys.argv[3])

def wait(phase, count):
    print(phase, count, flush=True)
    sys.stdin.readline()

import_file.Importer(Database(sys.argv[1]), load_keys(Path(sys.argv[2])), "import", "test", progress=wait).run(
    path, open_incoming(path)
)
"""


def test_an_import_that_is_killed_in_the_middle_and_run_again_ends_complete(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    path = a_file(tmp_path, *(a_body(f"I-{number}") for number in range(50)))
    process = subprocess.Popen(
        [sys.executable, "-c", IMPORT_IN_CHUNKS, database.url, str(tmp_path / "keys.json"), str(path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)])},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "orders 20\n"
    process.kill()
    process.communicate(timeout=30)
    assert rows(database, "SELECT count(*) FROM orders") == [(20,)]
    assert rows(database, "SELECT finished_at FROM intake_batch") == [(None,)]

    again = taken_in(database, keys, path)
    assert (*counts(again), again.seen_before) == (30, 0, 20, None)
    whole = "SELECT count(DISTINCT external_id), count(*) FROM orders JOIN order_line ON order_id = id"
    assert rows(database, whole) == [(50, 50)]
    assert verify(database).broken == ()
