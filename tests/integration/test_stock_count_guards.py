"""What does a stock count refuse, and what does the database refuse whoever asks? Next: test_stock_count.py."""

from typing import Any

import psycopg
import pytest
from at_once import at_once
from builders import a_world, balance
from integration.test_stock_count import closed, counted, opened

from config.database import Database
from workflows.counting import UnknownGoods
from workflows.counts.closing import close_count
from workflows.counts.entering import Entry, UnusableEntries, enter
from workflows.counts.opening import AlreadyBeingCounted, CountNotFound, NothingToCount, open_count
from workflows.counts.reading import sheet, show_count
from workflows.free_text import PersonalNumberInText
from workflows.steps.cancel import ReasonMissing

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def shelves(database: Database, **shelf: str) -> None:
    with database.transaction() as tx:
        for article, place in shelf.items():
            tx.execute("INSERT INTO stock_target (store, article, shelf) VALUES ('10', %s, %s)", (article, place))


def test_an_article_is_in_one_open_count_of_a_store(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 5})
    first = opened(database, "A1", "A2")

    with pytest.raises(AlreadyBeingCounted, match=f"A2 i I-{first}"):
        opened(database, "A2", "A3")

    opened(database, "A2", store_code="50301")
    closed(database, first)
    opened(database, "A2", "A3")


def test_two_who_open_the_same_at_once_open_one_count(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})

    def open_all(database: Database) -> object:
        try:
            return open_count(database, "10", actor="anna")
        except AlreadyBeingCounted:
            return "taken"

    answers = at_once(database.url, open_all, open_all, open_all)

    assert answers.count("taken") == 2


def test_a_store_its_shelves_or_articles_are_counted(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A4"): 1, ("50301", "A5"): 1})
    shelves(database, A1="B-02", A2="A-01", A3="A-02", A6="AB-1")

    def articles(count_id: int) -> list[str]:
        with database.transaction() as tx:
            return [line["article"] for line in sheet(tx, count_id, show_expected=False)["lines"]]

    by_shelf = open_count(database, "10", shelf="A-", actor="anna")
    assert articles(by_shelf) == ["A2", "A3"]
    closed(database, by_shelf)
    # Along the shelves; what has no place comes last.
    assert articles(open_count(database, "10", actor="anna")) == ["A2", "A3", "A6", "A1", "A4"]


def test_the_sheet_is_blind_unless_asked(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)

    with database.transaction() as tx:
        (blind,) = sheet(tx, count_id, show_expected=False)["lines"]
        (seeing,) = sheet(tx, count_id, show_expected=True)["lines"]

    assert blind == {"article": "A1", "name": "Artikel 1", "shelf": None, "individual": False, "counted": None}
    assert seeing == blind | {"expected": 5}


@pytest.mark.parametrize(
    ("what", "refusal"),
    [
        ({"store": "99"}, UnknownGoods),
        ({"store": "10", "articles": ["A1", "A99"]}, UnknownGoods),
        ({"store": "10", "shelf": "Z"}, NothingToCount),
        ({"store": "50301"}, NothingToCount),
    ],
)
def test_a_count_of_nothing_is_not_opened(database: Database, what: dict[str, Any], refusal: type[Exception]) -> None:
    a_world(database, stock={("10", "A1"): 5})

    with pytest.raises(refusal):
        open_count(database, actor="anna", **what)

    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM stock_count").fetchone() == (0,)


def test_all_that_cannot_be_entered_is_named_and_nothing_is_entered(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 5})
    with database.transaction() as tx:
        tx.execute("UPDATE article SET individual = true WHERE number = 'A2'")
    count_id = opened(database, "A1", "A2")
    wrong = [Entry("A9", 1), Entry("A2", 2), Entry("A1", 1, ("S1",))]

    with pytest.raises(UnusableEntries) as refusal:
        enter(database, count_id, [Entry("A1", 3), *wrong], actor="bo")

    assert [reason.partition(":")[0] for reason in refusal.value.reasons] == ["A9", "A2", "A1"]
    with database.transaction() as tx:
        assert show_count(tx, count_id)["entered"] == 0
    with pytest.raises(CountNotFound):
        enter(database, 4711, [Entry("A1", 1)], actor="bo")


def test_a_count_is_closed_with_a_cause_that_names_nobody(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)

    with pytest.raises(ReasonMissing):
        close_count(database, count_id, cause=" ", actor="anna")
    with pytest.raises(PersonalNumberInText):
        close_count(database, count_id, cause="hos 200001011493", actor="anna")

    counted(database, count_id, A1=5)


ROUND_THE_COUNT = [
    "UPDATE stock_count_line SET counted = 9 WHERE count_id = {closed}",
    "UPDATE stock_count_line SET booked = 9 WHERE count_id = {closed}",
    "UPDATE stock_count SET state = 'open', ended_at = NULL, ended_by = NULL, reason = NULL WHERE id = {closed}",
    "UPDATE stock_count SET reason = 'en annan' WHERE id = {closed}",
    "UPDATE stock_count SET state = 'closed' WHERE id = {open}",
    "UPDATE stock_count SET state = 'lost', ended_at = now(), ended_by = 'x', reason = 'x' WHERE id = {open}",
    "UPDATE stock_count SET store = '50301' WHERE id = {open}",
    "UPDATE stock_count_line SET state = 'closed' WHERE count_id = {open}",
    "UPDATE stock_count_line SET counted = -1 WHERE count_id = {open}",
    "UPDATE stock_count_line SET counted_at = entered_at + interval '1 second' WHERE count_id = {open}",
    "UPDATE stock_count_line SET serial_numbers = '{{a,b}}' WHERE count_id = {open}",
    "INSERT INTO stock_count_line (count_id, article, store) VALUES ({closed}, 'A3', '10')",
    "INSERT INTO stock_count_line (count_id, article, store) VALUES ({open}, 'A3', '50301')",
    "DELETE FROM stock_count_line",
    "DELETE FROM stock_count",
    "UPDATE stock_count SET state = 'closed', ended_at = now(), ended_by = 'x', reason = 'x' WHERE id = {open}",
]
"""What the role of the processes may not do. The last: a counted line without what it booked."""


def test_the_database_refuses_what_goes_round_the_count(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 5})
    ended, going_on = opened(database), opened(database, "A2")
    counted(database, ended, A1=4)
    counted(database, going_on, A2=4)
    closed(database, ended)

    done = []
    for statement in ROUND_THE_COUNT:
        try:
            with database.transaction() as tx:
                tx.execute(statement.format(closed=ended, open=going_on).encode())
        except (psycopg.errors.IntegrityError, psycopg.errors.InsufficientPrivilege):
            continue
        done.append(statement)

    assert done == []
    assert balance(database, "10", "A1") == (4, 0, 0)
