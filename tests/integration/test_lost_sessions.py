"""What if a worker only seems dead: its journal's session is cut, but it lives and commits? Nothing is counted.

Next: test_crashes.py (workers that are dead), workflows/journal.py.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import psycopg
import pytest
from at_once import somebody_waits
from builders import a_worker, a_world, everything, in_state, order_row, run_step, states
from waiting import wait_for

from config.database import Database, is_transient
from workflows.cohort import Step, Work, Worked, run_due
from workflows.journal import LOCK_CLASS, Worker, recover_crashed
from workflows.steps.main_line import STEPS

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def cut_the_journal(database: Database, worker: Worker) -> None:
    """End the server's side of the session that holds the worker's lock."""
    with database.session() as administrator:
        administrator.execute(
            "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
            "WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = %s AND d.datname = current_database()",
            (LOCK_CLASS, worker.number),
        )
        wait_for(lambda: not _is_locked(administrator, worker.number), what="the end of the journal's session")


def _is_locked(session: psycopg.Connection[tuple[object, ...]], number: int) -> bool:
    row = session.execute(
        "SELECT EXISTS (SELECT FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = %s AND d.datname = current_database())",
        (LOCK_CLASS, number),
    ).fetchone()
    return row is not None and bool(row[0])


def pausing(step: Step, inside: Event, go_on: Event) -> Step:
    """The step, which stands still before its transaction goes on to the commit."""

    def run(work: Work) -> None:
        step.run(work)
        inside.set()
        assert go_on.wait(30)

    return replace(step, run=run)


def test_a_worker_that_lives_on_after_its_session_was_cut_is_not_counted_against(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = in_state(database, "validated")
    other = Database(database.url)
    inside, go_on = Event(), Event()
    worker = Worker(database)
    with ThreadPoolExecutor(2) as threads:
        step = pausing(STEPS["pick"], inside, go_on)
        work: Future[Worked] = threads.submit(run_due, database, step, "bestallning", worker)
        assert inside.wait(30)
        cut_the_journal(database, worker)
        recovery = threads.submit(_recover, other)
        # Longer than deadlock_timeout: who waits second is the one that a deadlock is blamed on.
        wait_for(lambda: recovery.done() or somebody_waits(database, 1.2), what="the recovery's turn")
        go_on.set()
        assert work.result(30).claimed == 1
        recovery.result(30)
    other.close()

    row = order_row(database, order_id)
    assert (row["state"], row["attempts"], row["alone"], row["held_since"]) == ("picked", 0, False, None)
    assert recover_crashed(database) == 0


def _recover(database: Database) -> int:
    """As the dispatcher does: what fails for a lock is tried again in the next round."""
    try:
        return recover_crashed(database)
    except psycopg.Error as error:
        if not is_transient(error):
            raise
        return 0


def test_a_worker_that_has_erased_its_claim_is_waited_for(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = in_state(database, "validated")
    other = Database(database.url)
    worker = Worker(database)
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            tx.execute("SELECT FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,))
            worker.write("pick", [order_id])
            STEPS["pick"].run(Work(tx, "bestallning", [order_id]))
            worker.erase(tx)
            cut_the_journal(database, worker)
            recovery = threads.submit(_recover, other)
            wait_for(lambda: recovery.done() or somebody_waits(database), what="the recovery's turn")
        assert recovery.result(30) == 0
    other.close()

    row = order_row(database, order_id)
    assert (row["state"], row["attempts"], row["alone"]) == ("picked", 0, False)


def test_a_worker_whose_session_was_cut_takes_a_new_number_and_works_on(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    ids = [in_state(database, "validated") for _ in range(2)]
    with a_worker(database) as worker:
        assert run_due(database, STEPS["pick"], "bestallning", worker, limit=1).claimed == 1
        first_number = worker.number
        cut_the_journal(database, worker)

        assert run_due(database, STEPS["pick"], "bestallning", worker, limit=1).claimed == 1

        assert worker.number != first_number
    assert states(database, ids) == ["picked", "picked"]
    assert everything(database)["claim"] == []


def test_what_a_cut_transaction_leaves_behind_is_due_again_at_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    ids = [in_state(database, "validated") for _ in range(2)]

    def cut(work: Work) -> None:
        STEPS["pick"].run(work)
        with database.session() as administrator:
            administrator.execute("SELECT pg_terminate_backend(%s, 10000)", (work.tx.info.backend_pid,))

    with a_worker(database) as worker:
        with pytest.raises(psycopg.OperationalError) as lost:
            run_due(database, replace(STEPS["pick"], run=cut), "bestallning", worker)
        assert is_transient(lost.value)
        assert recover_crashed(database) == 0, "the worker lives"

    assert [order_row(database, each)["attempts"] for each in ids] == [0, 0]
    assert run_step(database, "pick").claimed == 2


def test_a_worker_whose_session_was_cut_leaves_without_complaint(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    worker = Worker(database)
    worker.write("pick", [in_state(database, "validated")])
    cut_the_journal(database, worker)

    worker.close()


def test_a_host_that_vanishes_is_noticed_from_both_sides_within_half_a_minute(database: Database) -> None:
    wanted = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3", "tcp_user_timeout": "25000"}
    with database.session() as session, database.transaction() as tx:
        for connection in (session, tx):
            assert connection.info.get_parameters().items() >= (wanted | {"connect_timeout": "5"}).items()
        kept = session.execute("SELECT name, source, setting FROM pg_settings WHERE name LIKE 'tcp\\_%'").fetchall()
        is_socket = session.info.host.startswith("/")
    names = {f"tcp_{name}" if name.startswith("keep") else name for name in wanted}
    assert {(name, source) for name, source, _ in kept} == {(name, "session") for name in names}
    # On a socket of this host the server shows 0, whatever was set.
    assert {setting for _, _, setting in kept} == ({"0"} if is_socket else set(wanted.values()))
