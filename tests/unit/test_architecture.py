"""Is the house built as the architecture says? Names, sizes, the one door to an order's state, and Celery's settings.

Read from the source files themselves. Who may import whom is import-linter's (pyproject.toml). Next: tasks/app.py.
"""

import ast
import importlib.util
import re
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import UnionType
from typing import Any

import pytest

from tasks import orders
from tasks.app import celery_app
from workflows.machines import all_transitions
from workflows.steps.main_line import EVENTS, STEPS

PROJECT = Path(__file__).resolve().parents[2]
ROOMS = ("config", "workflows", "exchange", "tasks", "backoffice", "drill")
SOURCES = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))
MIGRATIONS = PROJECT / "workflows" / "migrations"
MOST_LINES_OF_A_FILE, MOST_LINES_OF_A_FUNCTION = 250, 40
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "base", "manager", "handler", "service", "misc"}
TEXTS = {".py", ".sql", ".md", ".toml", ".txt", ".yml", ".yaml", ".typ", ".html", ".css", ".js", ".json", ".csv", ""}
OUTSIDE = re.compile(r"(?<![\w.])/(?:work|root|home|Users|mnt)/[\w.]")
"""A path of some machine. What the product itself lays down lies under /var/lib/orderflode, or is configured."""

CONF: Any = celery_app.conf
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def shown(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def nodes(path: Path, kind: type | UnionType) -> Iterator[Any]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, kind):
            yield node


def texts_in(path: Path) -> Iterator[str]:
    """Every text of a source file on one line; what an f-string fills in is left out."""
    for node in nodes(path, ast.Constant | ast.JoinedStr):
        parts = node.values if isinstance(node, ast.JoinedStr) else [node]
        told = (part.value for part in parts if isinstance(part, ast.Constant))
        yield re.sub(r"\s+", " ", " ".join(part for part in told if isinstance(part, str)))


@pytest.mark.parametrize("room", ROOMS)
def test_no_dependency_owns_the_name_of_a_room(room: str) -> None:
    assert set(packages_distributions().get(room, [])) <= {"orderflode"}
    spec = importlib.util.find_spec(room)
    assert spec is not None
    assert spec.origin == str(PROJECT / room / "__init__.py")


def test_every_room_is_named_in_the_build() -> None:
    build = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    packages = re.search(r"^packages = (\[.*\])$", build, re.MULTILINE)
    assert packages is not None
    assert set(ast.literal_eval(packages[1])) == set(ROOMS)


def test_no_source_file_is_longer_than_a_person_reads() -> None:
    lengths = {shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES_OF_A_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{shown(path)}:{function.name}": lines
        for path in SOURCES
        for function in nodes(path, _Function)
        if (lines := function.end_lineno - function.lineno + 1) > MOST_LINES_OF_A_FUNCTION
    }
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    names = {shown(path): set(path.relative_to(PROJECT).with_suffix("").parts) for path in SOURCES}
    assert [
        name for name, parts in names.items() if SAYS_NOTHING & {word for p in parts for word in p.split("_")}
    ] == []


def test_every_module_says_which_question_it_answers() -> None:
    silent = [
        shown(path)
        for path in SOURCES
        if path.read_text(encoding="utf-8").strip()
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_no_module_of_the_product_has_dead_ends() -> None:
    unfinished = re.compile(r"\b(?:NotImplementedError|TODO|FIXME|XXX)\b")
    assert [shown(path) for path in SOURCES if unfinished.search(path.read_text(encoding="utf-8"))] == []


def test_no_file_names_a_path_of_this_machine() -> None:
    files = [
        path
        for path in PROJECT.rglob("*")
        if path.suffix in TEXTS
        and not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(PROJECT).parts)
        and path.is_file()
    ]
    assert len(files) > len(SOURCES)
    told = {
        shown(path): found.group() for path in files if (found := OUTSIDE.search(path.read_text("utf-8", "replace")))
    }
    assert told == {}


def test_no_source_outside_the_migrations_assigns_an_orders_state() -> None:
    update = re.compile(r"\bUPDATE orders\b.*?\bSET\b(.*?)(?:\bFROM\b|\bRETURNING\b|$)", re.IGNORECASE)
    assigns = re.compile(r"(?:^|,)\s*(?:\([^)]*\b)?state\b[^=,]*=", re.IGNORECASE)
    found = [
        shown(path)
        for path in SOURCES
        if MIGRATIONS not in path.parents
        for text in texts_in(path)
        if re.search(r"\bSET state\b", text, re.IGNORECASE)
        or any(assigns.search(clause) for clause in update.findall(text))
        or re.search(r"\bINSERT INTO orders\b[^)]*[(,] ?state\b", text, re.IGNORECASE)
    ]
    assert found == []


def test_messages_are_json_and_nothing_else_is_accepted() -> None:
    assert (CONF.task_serializer, CONF.event_serializer) == ("json", "json")
    assert set(CONF.accept_content) == {"json"}
    assert CONF.result_accept_content in (None, ["json"])


def test_redis_holds_no_results_and_gives_no_orders_to_workers() -> None:
    assert CONF.result_backend is None
    assert CONF.task_ignore_result is True
    assert CONF.worker_enable_remote_control is False
    assert CONF.worker_send_task_events is False
    assert CONF.task_send_sent_event is False
    assert CONF.beat_schedule == {}


def test_a_message_is_acknowledged_after_its_work_and_never_given_again_to_the_next_child() -> None:
    assert CONF.task_acks_late is True
    assert CONF.task_reject_on_worker_lost is False
    assert CONF.worker_prefetch_multiplier == 1
    assert CONF.task_soft_time_limit < CONF.task_time_limit < CONF.broker_transport_options["visibility_timeout"]


@pytest.mark.parametrize("event", EVENTS)
def test_every_event_has_a_task_of_its_name_with_a_queue_of_its_own(event: str) -> None:
    task = celery_app.tasks[f"orders.{event}"]
    assert task.name == getattr(orders, event).name
    assert CONF.task_routes[task.name] == {"queue": event}
    queues = [route["queue"] for route in CONF.task_routes.values()]
    assert queues.count(event) == 1


def test_the_tasks_stand_in_life_order_and_there_is_none_for_what_a_person_decides() -> None:
    tasks = [node.name for node in nodes(PROJECT / "tasks" / "orders.py", ast.FunctionDef)]
    assert tasks == [*EVENTS, "canary"]
    assert tuple(STEPS) == ("validate", "pick", "create_utleverans", "deliver")
    assert set(EVENTS) < {transition.event for transition in all_transitions()}
    named = {name for name in celery_app.tasks if name.startswith("orders.")}
    assert named == {f"orders.{event}" for event in EVENTS}
