"""Is a peer judged by what it did? Its schema read into the judge's shape, and a short drill of real processes.

That a peer holds, or does not, is asserted nowhere: the figures stand in docs/reliability.md.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from integration.test_benchmark_end_state import fresh
from psycopg.conninfo import make_conninfo
from sqlalchemy import Connection

from benchmarks.peers.one_order import STATEMENTS
from config.server_urls import ServerUrls
from drill.history import Tried
from drill.judge.acknowledged import judge_acknowledged
from drill.judge.goods import judge_goods
from drill.judge.steps import judge_steps
from drill.load import Deed, order_body
from drill.peers.clients import LOAD, PeerClient, Stored
from drill.peers.end_state import read_peer_state
from drill.peers.prepared import prepare_schema
from drill.peers.report import fates_of

ORDERS = 6
GIVEN_UP = "SELECT external_id FROM orders WHERE state = 'validated'"
CLASSES = ("kill-all-workers", "kill-client", "end-worker", "postgres-crash", "postgres-cut", "commit-answer-lost")
BENCH = Path(__file__).resolve().parents[2] / ".venv-bench" / "bin" / "python"
"""Where other people's engines are installed."""


class NobodyIsTold:
    """An engine that is told of no order: the test works them."""

    def inside(self, connection: Connection, key: str, stored: Stored) -> None: ...

    def afterwards(self, stored: Stored) -> None: ...


@contextmanager
def prepared(server_url: str) -> Iterator[str]:
    with fresh(server_url, "template1") as name:
        url = make_conninfo(server_url, dbname=name)
        prepare_schema(url)
        yield url


@pytest.fixture
def url(servers: ServerUrls) -> Iterator[str]:
    with prepared(servers.database_url) as url:
        yield url


@pytest.fixture
def history(servers: ServerUrls, url: str) -> list[Tried]:
    """Orders that were taken, and one that was taken once more; all of them delivered."""
    client = PeerClient(sqlalchemy_url(servers, url), NobodyIsTold())
    bodies = [order_body(f"o{number}", LOAD, Random(number)) for number in range(ORDERS)]
    tried = []
    for number, body in enumerate([*bodies, bodies[0]]):
        told = {"key": body["external_id"], "lines": body["lines"]}
        result = client.do(f"c{number}", Deed("order", {"body": body}))
        tried.append(Tried(f"c{number}", "order", told, "ok", result=result))
    work(url)
    return tried


def sqlalchemy_url(servers: ServerUrls, url: str) -> str:
    """The server's URL with the fresh database's name."""
    name = psycopg.conninfo.conninfo_to_dict(url)["dbname"]
    head, _, query = servers.database_url.partition("?")
    return f"{head.rpartition('/')[0]}/{name}{'?' if query else ''}{query}"


def work(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for (order_id,) in connection.execute("SELECT id FROM orders").fetchall():
            for lock, write in STATEMENTS.values():
                with connection.transaction():
                    if lock is not None:
                        connection.execute(lock, {"id": order_id})
                    connection.execute(write, {"id": order_id, "actor": "worker"})


def broken(url: str, history: list[Tried], given_up: str | None = None) -> dict[str, int]:
    """The judge's words of which there is any."""
    state = read_peer_state(url, given_up)
    findings, _ = judge_acknowledged(history, state, planted=())
    findings += [*judge_goods(state), *judge_steps(state, planted=())]
    return {finding.name: finding.count for finding in findings if finding.count}


def test_a_peer_that_did_its_work_is_acquitted(url: str, history: list[Tried]) -> None:
    assert [tried.result["verdict"] for tried in history] == [*["accepted"] * ORDERS, "replayed"]
    assert broken(url, history) == {}
    assert fates_of(history, read_peer_state(url, None)) == {"acknowledged": {"delivered": ORDERS}, "unknown": {}}


BOOKED_TWICE = """
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store,
                          order_id, order_version, line_no, actor)
    SELECT kind, article, quantity, from_place, from_store, to_place, to_store, order_id, 9, line_no, actor
    FROM movement WHERE (order_id, kind, line_no) = (1, 'pick', 1)
"""
NOT_DELIVERED = """
    DELETE FROM movement WHERE order_id = 1 AND kind = 'deliver';
    DELETE FROM history WHERE order_id = 1 AND version = 5;
    UPDATE orders SET state = 'utleverans', version = 4, ended_at = NULL WHERE id = 1
"""
FORGOTTEN = """
    UPDATE orders SET utleverans = NULL, state = 'draft', ended_at = NULL WHERE id = 1;
    DELETE FROM utleverans WHERE order_id = 1; DELETE FROM order_line WHERE order_id = 1;
    DELETE FROM history WHERE order_id = 1; DELETE FROM orders WHERE id = 1
"""
BREAKS = {
    FORGOTTEN: {"lost"},
    BOOKED_TWICE: {"moved-twice", "ledger"},
    NOT_DELIVERED: {"stuck", "ledger"},
    "UPDATE stock_balance SET on_hand = on_hand + 1 WHERE (store, article) = ('10', 'N-01')": {"ledger"},
    "UPDATE utleverans SET sequence = 99 WHERE order_id = 1": {"numbers"},
    "DELETE FROM history WHERE (order_id, version) = (1, 3)": {"skipped"},
    "UPDATE order_line SET quantity = 99 WHERE (order_id, line_no) = (1, 1)": {"lost"},
}
"""What is done to a sound end state, and what the judge must say of it at least."""


@pytest.mark.parametrize("statements", BREAKS)
def test_what_a_peer_did_wrong_is_named(url: str, history: list[Tried], statements: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statements.encode())
    assert BREAKS[statements] <= broken(url, history).keys()


def test_an_order_that_the_engine_says_it_gave_up_is_held_and_not_stuck(url: str, history: list[Tried]) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE orders SET state = 'validated', ended_at = NULL WHERE id = 1")
    assert "stuck" in broken(url, history)
    assert {"held"} == {"held", "stuck"} & broken(url, history, GIVEN_UP).keys()


@pytest.mark.parametrize(("late", "expected"), [("", "False None"), ("1", "True True")])
def test_messages_are_acknowledged_late_where_that_is_asked_for(late: str, expected: str) -> None:
    shown = "print(bool(validate.acks_late), validate.reject_on_worker_lost)"
    done = subprocess.run(
        [sys.executable, "-c", f"from drill.peers.celery_app import validate; {shown}"],
        env={
            **os.environ, "PEER_ACKS_LATE": late, "DATABASE_URL": "postgresql:///none",
            "REDIS_URL": "redis://127.0.0.1:1/0",
        },
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.strip() == expected


@pytest.mark.long
@pytest.mark.timeout(700)
@pytest.mark.parametrize("engine", ["naive-celery-late", "dbos"])
def test_half_a_minute_under_faults_is_accounted_for(engine: str, tmp_path: Path) -> None:
    python = interpreter_of(engine)
    if python is None:
        pytest.skip(f"{engine} is not installed: make .venv-bench/bench")
    report = drilled(python, engine, tmp_path)
    faults, findings = report["faults"], {name: each["count"] for name, each in report["findings"].items()}
    assert faults["unseen"] == []
    assert faults["observed"] >= len(CLASSES)
    assert report["operations"]["orders"] > 20

    told, unknown = report["fates"]["acknowledged"], report["fates"]["unknown"]
    assert sum(told.values()) == report["operations"]["orders"]
    assert sum(unknown.values()) == report["operations"]["recovered"] + report["operations"]["absent"]
    assert told.get("lost", 0) <= findings["lost"]
    assert told.get("stuck", 0) + unknown.get("stuck", 0) == findings["stuck"]
    assert told.get("held", 0) + unknown.get("held", 0) == findings["held"]


def interpreter_of(engine: str) -> str | None:
    """An interpreter that has the engine; Celery is the product's too."""
    if engine.startswith("naive-celery") or find_spec("dbos") is not None:
        return sys.executable
    return str(BENCH) if BENCH.exists() else None


def drilled(python: str, engine: str, folder: Path) -> dict[str, Any]:
    command = [python, "-m", "drill.peers", "--engine", engine, "--seed", "1", "--minutes", "0.5", "--json"]
    done = subprocess.run(
        [*command, "--classes", ",".join(CLASSES)],
        env={**os.environ, "TMPDIR": str(folder)},
        stdout=subprocess.PIPE, check=True, timeout=690,
    )  # fmt: skip
    report: dict[str, Any] = json.loads(done.stdout)
    return report
