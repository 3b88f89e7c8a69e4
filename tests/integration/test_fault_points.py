"""What if a process ends, fails or stands still at a commit boundary? Everything ends as if nothing had happened.

Each point is armed for a real process (tests/struck_process.py); one that does not fire fails its test.
Next: config/fault_points.py, test_crashes.py (deaths in company and alone).
"""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
import redis
from at_once import nobody_is_left
from builders import TODAY, a_lagerflytt, a_world, an_order, let_time_pass, order_row, run_all, states, store
from order_files import a_body, a_file, counts, rows, taken_in
from people import PERSONNUMMER, delivered_to, index_of
from struck_process import ACTIONS, COMES_TO
from waiting import wait_for

from config.database import Database
from config.fault_points import FOLDER, KILLED, POINTS, InjectedFault, arm, disarm, fault_point, fired
from config.server_urls import ServerUrls
from workflows.journal import recover_crashed
from workflows.patient_records import find_patient
from workflows.patients import Keys, load_keys
from workflows.schedule import keep_times

pytestmark = pytest.mark.usefixtures("sound_afterwards")

PROJECT = Path(__file__).parents[2]
PROGRAM = PROJECT / "tests" / "struck_process.py"
EITHER_WAY = pytest.mark.parametrize("kind", ["exit", pytest.param("exception", marks=pytest.mark.long)])


@dataclass(frozen=True, slots=True)
class Scene:
    """A world in which every action has something to do, and the folder where points are armed."""

    database: Database
    keys: Keys
    folder: Path
    points: Path
    redis_url: str
    prefix: str
    ids: list[int]

    def begin(self, action: str) -> "subprocess.Popen[str]":
        """Start the program."""
        environment = {
            "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROGRAM.parent)]), FOLDER: str(self.points),
            "REDIS_URL": self.redis_url, "ORDERFLODE_KEY_PREFIX": self.prefix,
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, str(PROGRAM), action, self.database.url, str(self.folder)],
            env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, action: str) -> tuple[int, str, str]:
        """Run the program to its end: its exit code, what it showed and what it complained of."""
        process = self.begin(action)
        shown, complaint = process.communicate(timeout=60)
        wait_for(lambda: nobody_is_left(self.database), what="the end of the program's sessions")
        return process.returncode, shown, complaint

    def strike(self, name: str, kind: str = "exit") -> str:
        """Let the program fail at the point, and at no other; returns what it had shown by then."""
        arm(self.points, name, kind)  # type: ignore[arg-type]
        code, shown, complaint = self.run(COMES_TO[name])
        assert [point for point, _ in fired(self.points)] == [name], complaint
        assert (code, complaint) == (KILLED, "") if kind == "exit" else (code == 1 and "InjectedFault" in complaint)
        assert disarm(self.points) == []
        return shown

    def hints(self) -> int:
        """How many messages wait for who validates."""
        with redis.Redis.from_url(self.redis_url) as connection:
            return int(str(connection.llen(f"{self.prefix}validate")))

    def amount(self, what: str) -> int:
        """How many rows there are."""
        ((amount,),) = rows(self.database, f"SELECT count(*) FROM {what}")
        return int(amount)

    def documents(self) -> list[Path]:
        """The files with a document's name."""
        return list((self.folder / "documents").rglob("*.sealed"))

    def assert_all_goes_on(self) -> None:
        """Recover, work on: every order is delivered, none alone or counted against, and the numbers have no gap."""
        recover_crashed(self.database)
        let_time_pass(self.database)
        run_all(self.database)
        everyone = [order_id for (order_id,) in rows(self.database, "SELECT id FROM orders ORDER BY id")]
        assert set(states(self.database, everyone)) == {"delivered"}
        assert {order_row(self.database, each)["attempts"] for each in everyone} == {0}
        numbers = rows(self.database, "SELECT array_agg(sequence ORDER BY sequence), count(*)::int FROM utleverans")
        assert numbers == [(list(range(1, len(everyone) + 1)), len(everyone))]


@pytest.fixture
def scene(servers: ServerUrls, database: Database, keys: Keys, tmp_path: Path) -> Iterator[Scene]:
    a_world(database, stock={("10", "A1"): 500, ("10", "A2"): 500})
    delivered_to(database, keys, PERSONNUMMER)
    points = tmp_path / "points"
    points.mkdir()
    assert servers.redis_url is not None
    (tmp_path / "redis").write_text(servers.redis_url)
    prefix = f"test-{uuid.uuid4().hex[:12]}:"
    ids = store(database, *[an_order() for _ in range(3)])
    yield Scene(database, keys, tmp_path, points, servers.redis_url, prefix, ids)
    with redis.Redis.from_url(servers.redis_url) as connection:
        for key in connection.scan_iter(f"{prefix}*"):
            connection.delete(key)


def test_every_point_that_is_declared_is_placed_and_every_placed_one_is_declared_and_struck() -> None:
    code = [file for room in ("config", "workflows", "exchange", "tasks") for file in (PROJECT / room).rglob("*.py")]
    placed = {name for file in code for name in re.findall(r'\bfault_point\("([a-z._]+)"\)', file.read_text())}
    assert placed == set(POINTS) == set(COMES_TO)
    assert set(COMES_TO.values()) == set(ACTIONS)


@pytest.mark.parametrize("name", [name for name, action in COMES_TO.items() if action == "work"])
@pytest.mark.parametrize("kind", ["exit", "exception"])
def test_a_worker_that_fails_at_a_boundary_costs_no_order_anything(scene: Scene, name: str, kind: str) -> None:
    scene.strike(name, kind)

    scene.assert_all_goes_on()


def test_a_recovery_that_dies_is_done_by_the_next(scene: Scene) -> None:
    scene.strike("step.journalled")
    ((claimed,),) = rows(scene.database, "SELECT cardinality(order_ids) FROM claim")
    (scene.points / next(iter(scene.points.iterdir())).name).unlink()

    scene.strike("recovery.given_back")

    assert recover_crashed(scene.database) == claimed
    scene.assert_all_goes_on()


@EITHER_WAY
@pytest.mark.parametrize(("name", "waiting"), [("hint.before_publish", 0), ("hint.after_publish", 1)])
def test_a_dispatcher_that_dies_around_its_message_leaves_everything_due(
    scene: Scene, name: str, waiting: int, kind: str
) -> None:
    scene.strike(name, kind)

    assert scene.hints() == waiting
    assert scene.run("hint")[0] == 0
    assert scene.hints() == waiting + 1, "one that is sent twice finds nothing to do"
    scene.assert_all_goes_on()


@EITHER_WAY
def test_an_import_that_dies_before_its_commit_has_taken_nothing_and_takes_all_the_next_time(
    scene: Scene, kind: str
) -> None:
    path = a_file(scene.folder, *(a_body(f"I-{number}") for number in range(3)))
    before = scene.amount("orders")

    scene.strike("intake.stored", kind)

    assert scene.amount("orders") == before
    assert counts(taken_in(scene.database, scene.keys, path)) == (3, 0, 0)
    scene.assert_all_goes_on()


@EITHER_WAY
@pytest.mark.parametrize(("name", "named"), [("document.written", 0), ("document.renamed", 1)])
def test_a_document_whose_writer_dies_is_whole_or_absent_and_there_at_the_next_request(
    scene: Scene, name: str, named: int, kind: str
) -> None:
    scene.strike(name, kind)

    assert len(scene.documents()) == named
    assert scene.run("render")[0] == 0
    assert len(scene.documents()) == 1
    assert len([path for path in (scene.folder / "documents").rglob("*") if path.is_file()]) == 1
    assert scene.amount("utleverans WHERE note_due") == scene.amount("utleverans") - 1
    scene.assert_all_goes_on()


@pytest.mark.parametrize("kind", ["exit", "exception"])
def test_a_look_that_ends_before_its_log_is_committed_shows_nothing(scene: Scene, kind: str) -> None:
    assert scene.strike("access.logged", kind) == ""
    assert scene.amount("access_log") == 0

    assert "Person(" in scene.run("look")[1]
    assert scene.amount("access_log") > 0


@pytest.mark.parametrize("name", [name for name, action in COMES_TO.items() if action == "rotate"])
def test_a_change_of_keys_that_dies_leaves_everybody_found_and_is_gone_on_with(scene: Scene, name: str) -> None:
    scene.strike(name)

    def is_found() -> bool:
        index = index_of(load_keys(scene.folder / "keys.json"), PERSONNUMMER)
        with scene.database.transaction() as tx:
            return find_patient(tx, index) is not None

    assert is_found()
    assert scene.run("rotate")[0] == 0
    assert is_found()
    assert load_keys(scene.folder / "keys.json").current == "k2"
    assert scene.amount("patient WHERE other_lookup IS NOT NULL OR substr(sealed, 2, 2) <> 'k2'") == 0


def test_a_refill_that_dies_before_it_began_is_tried_again_and_ordered_once(scene: Scene) -> None:
    keep_times(scene.database, {"refill": time(5)}, datetime.now(UTC))
    with scene.database.transaction() as tx:
        tx.execute("INSERT INTO stock_target (store, article, reorder_point, target) VALUES ('50401', 'A1', 2, 10)")
        tx.execute("UPDATE daily_job SET due_at = now()")
    ordered = f"orders WHERE created_by = 'orderflode' AND ordered_on > '{TODAY}'"

    scene.strike("daily.claimed")

    assert scene.amount(ordered) == 0
    assert scene.amount("daily_job WHERE last_finished_at IS NULL AND due_at > now()") == 1
    with scene.database.transaction() as tx:
        tx.execute("UPDATE daily_job SET due_at = now()")
    assert scene.run("refill")[0] == 0
    assert scene.amount(ordered) == 1


@pytest.mark.long
@pytest.mark.parametrize("name", [name for name, action in COMES_TO.items() if action == "work"])
def test_while_a_worker_stands_still_others_work_on_and_then_it_ends_its_own(scene: Scene, name: str) -> None:
    arm(scene.points, name, "stall")
    process = scene.begin("work")
    wait_for(lambda: fired(scene.points), what="the stall")

    later = store(scene.database, an_order(("A2", 1)), a_lagerflytt(("A2", 1)))
    run_all(scene.database)
    assert set(states(scene.database, later)) == {"delivered"}
    assert process.poll() is None, "it still stands"

    assert process.wait(60) == 0
    scene.assert_all_goes_on()


def test_a_point_fires_once_whoever_comes_and_for_the_process_that_it_was_armed_for(tmp_path: Path) -> None:
    arm(tmp_path, "step.worked", "exception", pid=1)
    arm(tmp_path, "step.worked", "exception", pid=os.getpid())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("config.fault_points._folder", str(tmp_path))
        with pytest.raises(InjectedFault):
            fault_point("step.worked")
        fault_point("step.worked")
        fault_point("step.before_claim")
    assert fired(tmp_path) == [("step.worked", os.getpid())]
    assert disarm(tmp_path) == ["step.worked.1"]


def test_a_misspelt_point_is_not_armed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"step\.done"):
        arm(tmp_path, "step.done", "exit")
    assert list(tmp_path.iterdir()) == []
