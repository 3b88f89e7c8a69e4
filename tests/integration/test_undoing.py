"""What becomes of an import that is undone? All of its orders end and its goods come free, or nothing happens."""

from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from at_once import at_once, working
from builders import CONFIRMED, a_world, balance, history, run_all, run_step, states
from order_files import a_body, a_file, counts, everything, rows, taken_in, to_a_patient

from config.database import Database
from exchange.import_file import Importer
from exchange.incoming.incoming_file import open_incoming
from exchange.incoming.raw_row import UnusableFile
from workflows.cohort import run_named
from workflows.free_text import PersonalNumberInText
from workflows.patients import Keys
from workflows.steps import deliver, pick
from workflows.steps.cancel import CANCEL, ReasonMissing
from workflows.undoing import AlreadyUndone, BatchNotFound, OrdersGoneOn, Undone, undo_import

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def undo(database: Database, batch: int, reason: str = "fel fil", *, dry_run: bool = False) -> Undone:
    return undo_import(database, batch, actor="test", reason=reason, dry_run=dry_run)


def ids(database: Database) -> dict[str, int]:
    return dict(rows(database, "SELECT external_id, id FROM orders ORDER BY id"))


def test_every_order_is_cancelled_and_its_goods_come_free(database: Database, keys: Keys, tmp_path: Path) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 3, ("10", "A3"): 2}, **CONFIRMED)
    bodies = [
        a_body("I-1"),
        a_body("I-2", lines=[{"article": "A1", "quantity": 99}]),
        a_body("I-3", lines=[{"article": "A2", "quantity": 5}], partial=True),
        a_body("I-4", lines=[{"article": "unknown", "quantity": 1}]),
        to_a_patient("I-5", lines=[{"article": "A3", "quantity": 2}]),
    ]
    first = taken_in(database, keys, a_file(tmp_path, *bodies))
    run_all(database)
    second = taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("I-6", note="x"), name="second.ndjson"))
    before = ids(database)
    assert dict(zip(before, states(database, list(before.values())), strict=True)) == {
        "I-1": "validated", "I-2": "backordered", "I-3": "validated", "I-4": "rejected", "I-5": "validated",
        f"REST-{before['I-3']}-1": "backordered", "I-6": "draft",
    }  # fmt: skip

    assert undo(database, first.batch) == Undone(6, 0)

    after = ids(database)
    assert set(after) == {"I-6", f"REST-{before['I-3']}-1", *(f"I-{n}~undone-{first.batch}" for n in range(1, 6))}
    assert set(states(database, [each for name, each in after.items() if name != "I-6"])) == {"cancelled"}
    assert [balance(database, "10", article) for article in ("A1", "A2", "A3")] == [(5, 0, 0), (3, 0, 0), (2, 0, 0)]
    assert history(database, before["I-1"])[-1] == ("cancel", "validated", "cancelled", "test", "fel fil")
    told = "SELECT undone_by, undone_reason, undone_at IS NOT NULL FROM intake_batch ORDER BY id"
    assert rows(database, told) == [("test", "fel fil", True), (None, None, False)]
    assert undo(database, second.batch) == Undone(1, 0)


def test_orders_of_others_that_waited_behind_go_on(database: Database, keys: Keys, tmp_path: Path) -> None:
    a_world(database, stock={("10", "A1"): 2}, **CONFIRMED)
    first = taken_in(database, keys, a_file(tmp_path, a_body("I-1")))
    run_all(database)
    taken_in(database, keys, a_file(tmp_path, a_body("I-2"), name="second.ndjson"))
    run_all(database)
    waiting = ids(database)["I-2"]
    assert states(database, [waiting]) == ["backordered"]

    undo(database, first.batch)
    run_all(database)

    assert states(database, [waiting]) == ["validated"]


@pytest.mark.parametrize("stage", ["picked", "utleverans", "delivered"])
def test_nothing_is_undone_once_an_order_has_been_picked(
    database: Database, keys: Keys, tmp_path: Path, stage: str
) -> None:
    a_world(database, stock={("10", "A1"): 9}, **CONFIRMED)
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("I-2"))).batch
    run_all(database)
    second = ids(database)["I-2"]
    run_named(database, pick.STEP, second, actor="test")
    if stage != "picked":
        run_all(database)
    if stage == "delivered":
        run_named(database, deliver.STEP, second, actor="test")
    before = everything(database)

    with pytest.raises(OrdersGoneOn) as refusal:
        undo(database, batch)

    assert [(order.external_id, order.state) for order in refusal.value.orders] == [("I-2", stage)]
    assert everything(database) == before


def test_a_dry_run_tells_the_same_and_changes_nothing(database: Database, keys: Keys, tmp_path: Path) -> None:
    a_world(database, stock={("10", "A1"): 3}, **CONFIRMED)
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("I-2"))).batch
    run_all(database)
    before = everything(database)
    assert undo(database, batch, dry_run=True) == Undone(2, 0)
    assert everything(database) == before
    assert undo(database, batch) == Undone(2, 0)


def test_undone_twice_says_so_and_does_nothing(database: Database, keys: Keys, tmp_path: Path) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"))).batch
    undo(database, batch)
    before = everything(database)
    with pytest.raises(AlreadyUndone, match=r"redan ångrad .* av test: fel fil"):
        undo(database, batch, "igen")
    with pytest.raises(BatchNotFound):
        undo(database, batch + 1)
    assert everything(database) == before


def test_a_reason_is_needed_and_holds_nobodys_number(database: Database, keys: Keys, tmp_path: Path) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, a_body("I-1"))).batch
    with pytest.raises(ReasonMissing):
        undo(database, batch, " ")
    with pytest.raises(PersonalNumberInText):
        undo(database, batch, "fel för 20000101-1493")
    assert states(database, list(ids(database).values())) == ["draft"]


def test_the_mended_file_brings_new_orders_and_what_was_cancelled_before_stays_so(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    a_world(database, stock={("10", "A1"): 9}, **CONFIRMED)
    wrong = a_file(tmp_path, a_body("I-1"), a_body("I-2"), a_body("I-3"))
    batch = taken_in(database, keys, wrong).batch
    before = ids(database)
    run_named(database, CANCEL, before["I-3"], actor="test", reason="dubblett")
    assert undo(database, batch) == Undone(2, 1)

    mended = a_file(tmp_path, a_body("I-1", priority="akut"), a_body("I-2"), a_body("I-3"), name="mended.ndjson")
    result = taken_in(database, keys, mended)

    assert (counts(result), result.seen_before) == ((2, 0, 1), None)
    now = ids(database)
    assert now["I-3"] == before["I-3"] and not {now["I-1"], now["I-2"]} & set(before.values())
    again = taken_in(database, keys, mended)
    assert (counts(again), again.seen_before, again.seen_is_undone) == ((0, 0, 3), result.batch, False)
    assert undo(database, result.batch) == Undone(2, 0)
    assert f"I-1~undone-{result.batch}" in ids(database)


def test_the_same_file_again_makes_new_orders_unless_it_is_to_be_taken_once(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    path = a_file(tmp_path, a_body("I-1"))
    first = taken_in(database, keys, path)
    undo(database, first.batch)
    before = everything(database)
    job = Importer(database, keys, "import", "test", once=True)
    with pytest.raises(UnusableFile, match=f"batch {first.batch}"):
        job.run(path, open_incoming(path))
    assert everything(database) == before
    again = taken_in(database, keys, path)
    assert (counts(again), again.seen_before, again.seen_is_undone) == ((1, 0, 0), first.batch, True)
    other = a_file(tmp_path, a_body("I-9"), name="other.ndjson")
    assert counts(job.run(other, open_incoming(other))) == (1, 0, 0)


def test_undone_at_the_same_moment_as_workers_is_all_or_nothing(
    database: Database, database_url: str, keys: Keys, tmp_path: Path
) -> None:
    a_world(database, stock={("10", "A1"): 150, ("10", "A2"): 20})
    for attempt in range(6):
        bodies = [
            a_body(f"{attempt}-{n}", partial=True, lines=[{"article": f"A{1 + n % 2}", "quantity": 2}])
            for n in range(60)
        ]
        batch = taken_in(database, keys, a_file(tmp_path, *bodies)).batch
        if attempt % 2:
            run_step(database, "validate", limit=30)
        answer, *_ = at_once(database_url, lambda other, batch=batch: _undone(other, batch), working(7), working(7))
        found = rows(database, f"SELECT o.state FROM orders_of_batch({batch}) JOIN orders o ON o.id = order_id")
        ended = {state for (state,) in found}
        if isinstance(answer, Undone):
            assert ended == {"cancelled"} and answer.cancelled >= 60
        else:
            assert isinstance(answer, OrdersGoneOn) and "cancelled" not in ended


def _undone(database: Database, batch: int) -> object:
    try:
        return undo(database, batch)
    except OrdersGoneOn as refusal:
        return refusal


def test_two_who_undo_at_once_undo_it_once(database: Database, database_url: str, keys: Keys, tmp_path: Path) -> None:
    batch = taken_in(database, keys, a_file(tmp_path, *(a_body(f"I-{n}") for n in range(50)))).batch

    def attempt(other: Database) -> object:
        try:
            return undo(other, batch)
        except AlreadyUndone as refusal:
            return type(refusal)

    answers: Sequence[object] = at_once(database_url, attempt, attempt)
    assert sorted(map(str, answers)) == sorted(map(str, [Undone(50, 0), AlreadyUndone]))


def test_an_import_that_still_runs_stores_nothing_more(
    database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.import_file.CHUNK", 2)
    path = a_file(tmp_path, *(a_body(f"I-{n}") for n in range(6)))
    stored: list[int] = []

    def undo_in_between(phase: str, count: int) -> None:
        if phase == "orders" and not stored:
            stored.append(count)
            ((batch,),) = rows(database, "SELECT max(id) FROM intake_batch")
            assert undo(database, batch) == Undone(2, 0)

    importer = Importer(database, keys, "import", "test", progress=undo_in_between)
    with pytest.raises(psycopg.errors.RestrictViolation):
        importer.run(path, open_incoming(path))
    assert (stored, rows(database, "SELECT count(*) FROM orders")) == ([2], [(2,)])
