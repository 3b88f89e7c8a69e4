"""Do the benchmarks measure what they say? In a short run every end state is verified and every figure is there.

No time is judged. A contender whose packages this environment does not have is skipped, and says so.
"""

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from waiting import wait_for

PROJECT = Path(__file__).resolve().parents[2]
WORKER = "benchmarks.peers.naive_celery.tasks"
"""What a worker of naive Celery has on its command line."""
CONTENDERS = ("orderflode", "limit", "naive-celery", "procrastinate")
FIGURES = {
    "peak.worker", "peak.dispatcher", "import/copy", "import.cpu", "peak.import", "documents.per_second",
    *(f"latency.orderflode.{pace}.{which}" for pace in (10, 50, 200) for which in ("p50", "p99", "cpu")),
    "api.50.web_cpu", *(f"api.50.{what}.{which}" for what in ("delivered", "answered") for which in ("p50", "p99")),
}  # fmt: skip

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the short run kept."""
    folder = tmp_path_factory.mktemp("results")
    subprocess.run([*benchmarks(), "--short", "--out", str(folder)], cwd=PROJECT, check=True, stdout=sys.stderr)
    (kept,) = folder.glob("*-short.json")
    assert kept.with_suffix(".txt").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("name", CONTENDERS)
def test_a_contender_did_all_its_work(told: dict[str, Any], name: str) -> None:
    skip_if_missing(told, name)
    (contender,) = (each for each in told["backlog"] if each["name"] == name)
    assert [run["orders"] for run in contender["runs"]] == [contender["orders"]]
    for run in contender["runs"]:
        assert is_a_figure(run["orders_per_second"])
        assert is_a_figure(run["cpu_ms_per_order"])
        assert is_a_figure(run["cpu"]["postgres"])


@pytest.mark.parametrize("other", CONTENDERS[1:])
def test_the_product_is_compared_with_each(told: dict[str, Any], other: str) -> None:
    skip_if_missing(told, other)
    ratio = figures(told)[f"orderflode/{other}"]
    sys.stdout.write(f"orderflode/{other}: {ratio['median']:.3g} ×\n")
    assert is_a_figure(ratio["median"])
    assert isinstance(ratio["target"]["is_reached"], bool)


def test_no_figure_is_missing(told: dict[str, Any]) -> None:
    found = figures(told)
    assert FIGURES - found.keys() == set()
    assert [key for key, each in found.items() if not is_a_figure(each["median"])] == []


def test_it_says_on_what_it_was_measured(told: dict[str, Any]) -> None:
    assert told["machine"]["cores"] == os.cpu_count()
    assert is_a_figure(told["machine"]["fsync_ms"])
    assert {"postgresql", "valkey", "python", "celery", "kombu"} <= {k for k, v in told["versions"].items() if v}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_ended_leaves_no_process(tmp_path: Path, number: signal.Signals) -> None:
    runner = subprocess.Popen([*benchmarks(), "--short", "--only", "naive-celery", "--out", str(tmp_path)], cwd=PROJECT)
    below: list[psutil.Process] = []
    try:
        wait_for(lambda: len(workers_below(runner.pid)) == 2, 120, "two workers of the contender")
        below = psutil.Process(runner.pid).children(recursive=True)
        runner.send_signal(number)
        status = runner.wait(60)
        wait_for(lambda: not [each for each in below if each.is_running()], 60, "the end of every process")
        assert status == 128 + number
    finally:
        runner.kill()
        runner.wait()
        for each in below:
            if each.is_running():
                each.kill()
    assert list(tmp_path.iterdir()) == []


def benchmarks() -> list[str]:
    return [sys.executable, "-m", "benchmarks"]


def workers_below(pid: int) -> list[psutil.Process]:
    return [each for each in psutil.Process(pid).children(recursive=True) if WORKER in commands(each)]


def commands(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.NoSuchProcess:
        return []


def figures(told: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: each for each in told["figures"]}


def is_a_figure(value: object) -> bool:
    return isinstance(value, float) and math.isfinite(value) and value > 0


def skip_if_missing(told: dict[str, Any], name: str) -> None:
    if name in told["missing"]:
        pytest.skip(f"{name}: {told['missing'][name]}")
