"""Which requests and judgements of returns are refused, and what do they leave? Next: test_returns.py."""

import pytest
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_world,
    in_state,
    store,
)
from return_world import asked, one, rows_of

from config.database import Database
from workflows.free_text import PersonalNumberInText
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF, judge_returns, mend_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.refusals import (
    CauseMissing,
    DeliveryNotFound,
    MoreThanIsThere,
    NotDelivered,
    NothingThere,
    ReturnReasonMissing,
    ReturnRefused,
    StoreUnknown,
    WentToAStore,
)

pytestmark = pytest.mark.usefixtures("sound_afterwards")

NUMBER = "200001011493"
"""An official test number."""


@pytest.fixture
def delivered(database: Database) -> int:
    """Five A1 and two A2, delivered to vårdenhet 03-05."""
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 2})
    return in_state(database, "delivered", ("A1", 5), ("A2", 2))


def test_a_request_that_is_refused_takes_no_number(database: Database, delivered: int) -> None:
    for refused in (Pick("A1", units=99), Pick(line_no=7)):
        with pytest.raises(ReturnRefused):
            asked(database, delivered, refused, reference="K-1")
    assert asked(database, delivered, reference="K-1") == 1
    assert asked(database, delivered, reference="K-1") == 1


def test_what_is_not_delivered_or_went_to_a_store_is_not_returned(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    picked = in_state(database, "picked")
    (flytt,) = store(database, a_lagerflytt(("A1", 1)))
    with pytest.raises(NotDelivered):
        asked(database, picked)
    with pytest.raises(WentToAStore, match="inventering"):
        asked(database, flytt)
    with pytest.raises(DeliveryNotFound):
        asked(database, flytt + 1)
    assert rows_of(database, "SELECT count(*) FROM return_order") == [(0,)]


def test_a_request_names_a_known_store_and_a_reason_and_nobodys_number(database: Database, delivered: int) -> None:
    with pytest.raises(StoreUnknown):
        asked(database, delivered, to="99")
    with pytest.raises(ReturnReasonMissing):
        asked(database, delivered, reason=" ")
    for told in ({"reason": f"hos {NUMBER}"}, {"reference": NUMBER}):
        with pytest.raises(PersonalNumberInText):
            asked(database, delivered, **told)
    assert rows_of(database, "SELECT count(*) FROM return_order") == [(0,)]


def test_a_write_off_has_a_cause_with_nobodys_number_in_it(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars")
    for cause, refusal in ((None, CauseMissing), ("  ", CauseMissing), (f"hos {NUMBER}", PersonalNumberInText)):
        with pytest.raises(refusal), database.transaction() as tx:
            judge_returns(tx, [return_id], [Pick("A1", units=1, to=WRITTEN_OFF)], actor="lars", cause=cause)
    assert one(database, return_id)["version"] == 2


def test_no_more_is_judged_or_mended_than_came(database: Database, delivered: int) -> None:
    return_id = asked(database, delivered)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars", came=[Pick("A1", units=2)])
    three = [Pick("A1", units=2, to=SHELF), Pick("A1", units=1, to=REPAIR)]
    with pytest.raises(MoreThanIsThere), database.transaction() as tx:
        judge_returns(tx, [return_id], three, actor="lars")
    with pytest.raises(NothingThere), database.transaction() as tx:
        mend_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
    with database.transaction() as tx:
        judge_returns(tx, [return_id], [Pick(to=REPAIR)], actor="lars")
        mend_returns(tx, [return_id], [Pick("A1", units=1, to=WRITTEN_OFF)], actor="lars", cause="går inte att laga")
    assert one(database, return_id)["state"] == "received"
