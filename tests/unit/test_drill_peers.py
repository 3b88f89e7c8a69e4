"""Does the peers' drill leave nothing out unsaid, and do its figures add up? Where orders end, and the table.

The drill itself, on real processes: integration/test_drill_peers.py.
"""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from drill.faults import FAULTS
from drill.history import Tried
from drill.judge.end_state import EndState, OrderEnd
from drill.peers.engines import ENGINES
from drill.peers.faults import LEFT_OUT, left_out_for, phases_for
from drill.peers.report import fates_of
from drill.peers.table import FINDINGS, comparison

OURS_ALONE = "kill-client"


def told(key: str, *answers: Any) -> list[Tried]:
    return [Tried(f"{key}{number}", "order", {"key": key}, answer) for number, answer in enumerate(answers)]


def ended(key: str, state: str, *, held: bool = False) -> OrderEnd:
    return OrderEnd(ord(key), key, False, "bestallning", state, held, False, "c1.1", ())


HISTORY = [
    *told("A", "ok"),
    *told("B", "unknown", "ok"),
    *told("C", "ok", "ok"),
    *told("D", "ok"),
    *told("E", "unknown"),
    *told("F", "unknown", "fail"),
    *told("G", "fail"),
]
STATE = EndState(
    (
        ended("A", "delivered"),
        ended("B", "draft"),
        ended("C", "picked", held=True),
        ended("E", "validated"),
    ),
    (), (), {}, (), Counter(),
)  # fmt: skip


def test_every_order_ends_in_one_place() -> None:
    assert fates_of(HISTORY, STATE) == {
        "acknowledged": {"delivered": 1, "stuck": 1, "held": 1, "lost": 1},
        "unknown": {"stuck": 1, "absent": 1},
    }


@pytest.mark.parametrize("name", ENGINES)
def test_every_class_strikes_a_peer_or_is_left_out_with_a_reason(name: str) -> None:
    engine = ENGINES[name]
    struck = {fault.name for faults in phases_for(engine).values() for fault in faults}
    left_out = left_out_for(engine)
    assert struck.isdisjoint(left_out)
    assert struck | {*left_out} == {*FAULTS, OURS_ALONE}
    assert all(left_out.values())


def test_what_is_left_out_is_left_out_by_all() -> None:
    for engine in ENGINES.values():
        assert {*LEFT_OUT} & {*FAULTS} <= {*left_out_for(engine)}


def test_celery_alone_is_struck_at_its_broker() -> None:
    struck = {name: {fault.name for fault in phases_for(engine)["infrastructure"]} for name, engine in ENGINES.items()}
    assert "redis-flush" in struck["naive-celery"]
    assert "redis-flush" not in struck["dbos"]
    assert struck["dbos"] == {
        name for name in struck["naive-celery-late"] if name.startswith("postgres") or "commit" in name
    }


def test_only_a_worker_that_has_a_child_loses_it() -> None:
    struck = {name: {fault.name for fault in phases_for(engine)["process"]} for name, engine in ENGINES.items()}
    assert {name for name in struck if "kill-worker-child" in struck[name]} == {"naive-celery", "naive-celery-late"}


def report(engine: str | None, **counts: int) -> dict[str, Any]:
    named = {} if engine is None else {"engine": engine}
    return {
        **named, "seed": 7, "minutes": 3.0, "operations": {"orders": 100}, "states": {"delivered": 90, "draft": 10},
        "findings": {name: {"count": counts.get(name, 0)} for name in FINDINGS},
        "faults": {"injected": 80, "observed": 79, "classes": 31}, "seconds_to_quiet": 60.2 if counts else 4.4,
    }  # fmt: skip


def test_the_table_has_a_row_for_each_engine_and_a_column_for_each_word() -> None:
    heads, rule, ours, theirs = comparison([report(None), report("dbos", stuck=10)]).splitlines()
    assert [cell.strip() for cell in heads.strip("|").split("|")][3:-2] == list(FINDINGS)
    assert heads.count("|") == rule.count("|") == ours.count("|") == theirs.count("|")
    assert ours.startswith("| orderflode, seed 7, 3 min | 100 | 90 | 0 |")
    assert ours.endswith("| 4 s | 79/80 (31) |")
    place = FINDINGS.index("stuck") + 4
    assert theirs.split(" | ")[place - 1] == "10"
    assert theirs.endswith("| never | 79/80 (31) |")


def test_the_page_has_the_table_and_names_every_engine() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert comparison([]) in page
    assert all(f"| {name}" in page for name in ENGINES)
