"""Which differences are listed for follow-up, with which sign, and who has looked into them?"""

from datetime import date, timedelta
from typing import Any

import psycopg
import pytest
from at_once import at_once
from builders import CONFIRMED, a_world, in_state, own_store_order, run_all, store
from return_world import came_back

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import adjust_stock
from workflows.counts.closing import close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.differences import (
    AlreadySettled,
    DifferenceFilter,
    NoDifference,
    NoteMissing,
    list_differences,
    settle,
    totals,
)
from workflows.free_text import PersonalNumberInText
from workflows.period import Period
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, WRITTEN_OFF, judge_returns, mend_returns
from workflows.steps import deliver, pick
from workflows.steps.cancel import CANCEL
from workflows.steps.unreserve import STEP as UNRESERVE

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def listed(database: Database, **wanted: Any) -> list[dict[str, Any]]:
    with database.transaction() as tx:
        return list_differences(tx, DifferenceFilter(**wanted))


def shown(database: Database, **wanted: Any) -> list[tuple[str, str, str, int]]:
    return [(each["store"], each["kind"], each["article"], each["units"]) for each in listed(database, **wanted)]


def test_every_kind_is_listed_with_its_sign_and_cause(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 20, ("10", "A2"): 5, ("10", "A4"): 3}, **CONFIRMED)
    (own,) = store(database, own_store_order(("A3", 2)))
    run_all(database)
    short = in_state(database, "validated", ("A4", 3))
    run_named(database, pick.STEP, short, actor="bo", short={"A4": 1})
    lost = in_state(database, "utleverans", ("A1", 3))
    run_named(database, deliver.STEP, lost, actor="bo", short={"A1": 2})
    adjust_stock(database, Goods("10", "A2"), 6, reason="återfunnen", actor="cia")
    count_id = open_count(database, "10", articles=["A2"], actor="anna")
    enter(database, count_id, [Entry("A2", 4)], actor="anna")
    close_count(database, count_id, cause="kvartal", actor="anna")
    return_id = came_back(database, lost)
    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick(to=REPAIR)], actor="dan")
        mend_returns(tx, [return_id], [Pick(to=WRITTEN_OFF)], actor="dan", cause="går inte att laga")

    found = listed(database)

    assert [(each["store"], each["kind"], each["units"], each["order"], each["actor"]) for each in found] == [
        ("50301", "difference", 2, own, "orderflode"),
        ("10", "short_pick", -1, short, "bo"),
        ("10", "short_delivery", -2, lost, "bo"),
        ("10", "adjust", 1, None, "cia"),
        ("10", "count", -2, None, "anna"),
        ("10", "write_off", -1, None, "dan"),
    ]
    assert [each["cause"] for each in found][3:5] == ["återfunnen", "kvartal"]
    assert found[5]["document"] == f"return {return_id} 4"
    assert (found[4]["document"], found[4]["name"]) == (f"count {count_id}", "Artikel 2")
    assert totals(found)[-1] == {"store": "50301", "kind": "difference", "count": 1, "found": 2, "missing": 0}
    assert shown(database, store="50301") == [("50301", "difference", "A3", 2)]
    assert shown(database, kind="short_delivery") == [("10", "short_delivery", "A1", -2)]


def test_what_was_reversed_is_no_difference(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 1}, picking_50301="confirmed")
    cancelled = in_state(database, "validated", ("A1", 4), sender="50301")
    assert shown(database) == [("50301", "difference", "A1", 3)]

    run_named(database, CANCEL, cancelled, actor="anna", reason="ångrat")

    assert shown(database) == []


def test_a_difference_booked_anew_is_listed_once(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 1}, picking_50301="confirmed")
    order_id = in_state(database, "validated", ("A1", 4), sender="50301")
    for _ in range(2):
        run_named(database, UNRESERVE, order_id, actor="anna", reason="omprövning")
        run_all(database)

    assert shown(database) == [("50301", "difference", "A1", 3)]


def test_a_period_is_of_whole_days_here(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    adjust_stock(database, Goods("10", "A1"), 4, reason="sen kväll", actor="bo")
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        # Half past midnight in Stockholm; still the day before in UTC.
        owner.execute("UPDATE movement SET at = '2026-07-01 22:30+00' WHERE kind = 'adjust'")

    day = date(2026, 7, 2)
    assert len(listed(database, period=Period(day, day))) == 1
    before, after = day - timedelta(days=1), day + timedelta(days=1)
    assert listed(database, period=Period(None, before)) == listed(database, period=Period(after, None)) == []


def test_a_difference_is_settled_once_and_then_listed_only_when_asked(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    adjust_stock(database, Goods("10", "A1"), 4, reason="brister", actor="bo")
    (difference,) = listed(database)

    def settling(name: str) -> Any:
        def settle_it(other: Database) -> str:
            try:
                settle(other, difference["id"], note=" stod på fel hylla ", actor=name)
            except AlreadySettled:
                return "late"
            return name

        return settle_it

    answers = at_once(database.url, settling("anna"), settling("bo"))

    assert sorted(map(str, answers)) in (["anna", "late"], ["bo", "late"])
    assert listed(database) == []
    (settled,) = listed(database, settled=True)
    assert settled["settled"]["note"] == "stod på fel hylla"
    assert settled["settled"]["by"] in answers


def test_what_is_no_difference_cannot_be_settled(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    adjust_stock(database, Goods("10", "A1"), 4, reason="brister", actor="bo")
    (difference,) = listed(database)
    with database.transaction() as tx:
        receipt = tx.execute("SELECT id FROM movement WHERE kind = 'receive'").fetchone()
    assert receipt is not None

    for number in (receipt[0], 4711):
        with pytest.raises(NoDifference):
            settle(database, number, note="x", actor="anna")
    with pytest.raises(NoteMissing):
        settle(database, difference["id"], note=" ", actor="anna")
    with pytest.raises(PersonalNumberInText):
        settle(database, difference["id"], note="finns hos 200001011493", actor="anna")
    settle(database, difference["id"], note="klart", actor="anna")
    for change in ("UPDATE difference_followup SET note = 'annat'", "DELETE FROM difference_followup"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
            tx.execute(change.encode())
        with pytest.raises(psycopg.errors.RestrictViolation), database.session() as owner:
            owner.execute(change.encode())
