"""What does a stock count book? What was counted less what stood there at that moment, whatever moves meanwhile.

Next: test_stock_count_guards.py (what is refused), test_stock_count_devices.py (individually marked articles).
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from at_once import at_once, somebody_waits
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    balance,
    everything,
    history,
    in_state,
    own_store_order,
    receive,
    run_all,
    states,
    store,
)
from waiting import wait_for

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.correcting import BelowNothing
from workflows.counting import BeingCounted, adjust_stock
from workflows.counts.closing import ClosedCount, cancel_count, close_count
from workflows.counts.entering import CountedInTheFuture, Entry, enter
from workflows.counts.machine import CountEnded
from workflows.counts.opening import open_count
from workflows.counts.reading import show_count
from workflows.ledger import Movement, book
from workflows.steps import pick

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def opened(database: Database, *articles: str, store_code: str = "10") -> int:
    return open_count(database, store_code, articles=articles or ("A1",), actor="anna")


def counted(database: Database, count_id: int, at: datetime | None = None, **units: int) -> None:
    enter(database, count_id, [Entry(article, number) for article, number in units.items()], actor="bo", at=at)


def closed(database: Database, count_id: int) -> ClosedCount:
    return close_count(database, count_id, cause="årsinventering", actor="anna")


def booked(database: Database, count_id: int) -> list[tuple[str, int, str, str, str]]:
    """(article, units, from, to, actor) of each movement of the count."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT article, quantity, from_place, to_place, actor FROM movement WHERE kind = 'count' "
            "AND document = %s ORDER BY article",
            (f"count {count_id}",),
        ).fetchall()


def now(database: Database) -> datetime:
    with database.transaction() as tx:
        row = tx.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def test_a_count_books_what_differs_and_nothing_else(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 5, ("10", "A3"): 5, ("10", "A4"): 5})
    count_id = opened(database, "A1", "A2", "A3", "A4", "A5")
    counted(database, count_id, A1=7, A2=3, A3=5, A5=1)

    outcome = closed(database, count_id)

    assert outcome.booked == {"A1": 2, "A2": -2, "A5": 1}
    assert booked(database, count_id) == [
        ("A1", 2, "difference", "store", "anna"),
        ("A2", 2, "store", "difference", "anna"),
        ("A5", 1, "difference", "store", "anna"),
    ]
    assert [balance(database, "10", f"A{n}")[0] for n in range(1, 6)] == [7, 3, 5, 5, 1]


def test_entering_again_replaces_and_what_is_not_entered_stays(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 5})
    count_id = opened(database, "A1", "A2")
    counted(database, count_id, A1=1)
    counted(database, count_id, A1=4)

    assert closed(database, count_id).booked == {"A1": -1}
    with database.transaction() as tx:
        lines = show_count(tx, count_id)["lines"]
    assert [(line["counted"], line["booked"]) for line in lines] == [(4, -1), (None, None)]


def test_a_count_is_closed_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)
    counted(database, count_id, A1=3)
    closed(database, count_id)
    before = everything(database)

    for again in (closed, lambda *_: cancel_count(database, count_id, reason="fel", actor="anna")):
        with pytest.raises(CountEnded):
            again(database, count_id)
    with pytest.raises(CountEnded):
        counted(database, count_id, A1=4)

    assert everything(database) == before


def test_two_who_close_at_once_book_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)
    counted(database, count_id, A1=3)

    def close(database: Database) -> str:
        try:
            closed(database, count_id)
        except CountEnded:
            return "ended"
        return "closed"

    assert sorted(map(str, at_once(database.url, close, close, close))) == ["closed", "ended", "ended"]
    assert balance(database, "10", "A1") == (3, 0, 0)


def test_a_cancelled_count_books_nothing(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)
    counted(database, count_id, A1=3)

    cancel_count(database, count_id, reason="fel hylla", actor="anna")

    assert balance(database, "10", "A1") == (5, 0, 0)
    assert closed(database, opened(database)).booked == {}


def test_goods_that_move_after_they_were_counted_are_no_difference(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    count_id = opened(database)
    counted(database, count_id, A1=9)
    store(database, an_order(("A1", 4)))
    run_all(database)
    receive(database, {("10", "A1"): 20})

    assert closed(database, count_id).booked == {"A1": -1}
    assert balance(database, "10", "A1") == (25, 0, 0)


def test_a_count_at_an_earlier_moment_is_computed_back(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    then = now(database)
    store(database, an_order(("A1", 4)))
    run_all(database)
    receive(database, {("10", "A1"): 1})
    count_id = opened(database)

    counted(database, count_id, at=then, A1=9)

    assert closed(database, count_id).booked == {"A1": -1}
    assert balance(database, "10", "A1") == (6, 0, 0)


def test_an_entry_waits_for_goods_that_are_just_moving(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    count_id = opened(database)
    with ThreadPoolExecutor(1) as threads:
        with database.transaction() as tx:
            book(tx, [Movement("receive", "A1", 5, "supplier", "", "store", "10", document="lastbil")], [], "test")
            entering = threads.submit(counted, database, count_id, A1=14)
            wait_for(lambda: entering.done() or somebody_waits(database), what="the entry's turn")
        entering.result(30)

    assert closed(database, count_id).booked == {"A1": -1}


def test_what_an_earlier_count_found_was_so_when_it_was_counted(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    first = opened(database)
    counted(database, first, A1=8)
    then = now(database)
    closed(database, first)
    second = opened(database)

    counted(database, second, at=then, A1=8)

    assert closed(database, second).booked == {}


def test_before_the_first_goods_came_nothing_was_there(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10})
    count_id = opened(database)

    counted(database, count_id, at=datetime(2020, 1, 1, tzinfo=UTC), A1=0)

    assert closed(database, count_id).booked == {}


def test_a_gap_that_a_picker_meets_after_the_count_is_booked_once(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    count_id = opened(database)
    counted(database, count_id, A1=3)
    order_id = in_state(database, "validated", ("A1", 5))
    run_named(database, pick.STEP, order_id, actor="bo", short={"A1": 2})

    assert closed(database, count_id).booked == {}
    assert balance(database, "10", "A1") == (0, 0, 3)


def test_goods_that_an_own_store_order_found_after_the_count_are_found_once(database: Database) -> None:
    a_world(database, stock={("50301", "A1"): 5})
    count_id = opened(database, store_code="50301")
    counted(database, count_id, A1=7)
    store(database, own_store_order(("A1", 6)))
    run_all(database)

    assert closed(database, count_id).booked == {"A1": 1}
    assert balance(database, "50301", "A1") == (1, 0, 0)


def test_when_more_has_left_than_was_counted_it_is_counted_again(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5, ("10", "A2"): 5})
    count_id = opened(database, "A1", "A2")
    counted(database, count_id, A1=1, A2=4)
    store(database, an_order(("A1", 5)))
    run_all(database)
    before = everything(database)

    with pytest.raises(BelowNothing, match="A1"):
        closed(database, count_id)

    assert everything(database) == before
    counted(database, count_id, A1=0)
    assert closed(database, count_id).booked == {"A2": -1}


def test_the_youngest_orders_wait_where_less_is_there_than_is_reserved(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 6, ("10", "A2"): 3, ("10", "A3"): 3}, **CONFIRMED)
    old, both, young, other = store(
        database,
        an_order(("A1", 2)),
        an_order(("A1", 2), ("A2", 1)),
        an_order(("A1", 2)),
        an_order(("A2", 2), ("A3", 1)),
    )
    run_all(database)
    count_id = opened(database, "A1", "A2", "A3")
    counted(database, count_id, A1=3, A2=3, A3=0)

    outcome = closed(database, count_id)

    assert outcome.gave_up == [both, young, other]
    assert history(database, young)[-1] == ("unreserve", "validated", "backordered", "anna", "årsinventering")
    assert states(database, [old, both, young, other]) == ["validated", *["backordered"] * 3]
    assert balance(database, "10", "A1") == (3, 2, 0)


def test_hundreds_of_articles_and_orders_are_corrected_together(database: Database) -> None:
    a_world(database)
    with database.session() as owner:
        owner.execute(
            "INSERT INTO article (number, name, individual, withdrawn) "
            "SELECT 'B' || n, 'Artikel', false, false FROM generate_series(1, 300) n"
        )
    receive(database, {("10", f"B{n}"): 2 for n in range(1, 301)})
    with database.transaction() as tx:
        tx.execute("UPDATE store SET picking = 'confirmed'")
    ids = store(database, *[an_order((f"B{n}", 1)) for n in range(1, 301) for _ in range(2)])
    run_all(database)
    count_id = open_count(database, "10", actor="anna")
    enter(database, count_id, [Entry(f"B{n}", 1) for n in range(1, 301)], actor="bo")

    outcome = closed(database, count_id)

    assert len(outcome.booked) == 300
    assert states(database, ids) == ["validated", "backordered"] * 300


def test_found_goods_go_to_whoever_waits(database: Database) -> None:
    a_world(database)
    (order_id,) = store(database, an_order(("A1", 2)))
    run_all(database)
    count_id = opened(database)
    counted(database, count_id, A1=2)

    closed(database, count_id)
    run_all(database)

    assert states(database, [order_id]) == ["delivered"]


def test_a_count_and_workers_at_once_end_where_they_would_one_by_one(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 40}, **CONFIRMED)
    count_id = opened(database)
    counted(database, count_id, A1=20)
    store(database, *[an_order(("A1", 1)) for _ in range(40)])

    at_once(database.url, run_all, lambda each: closed(each, count_id), lambda each: run_all(each, 3))
    run_all(database)

    assert balance(database, "10", "A1") == (20, 20, 0)


def test_what_is_counted_in_an_open_count_is_not_adjusted_beside_it(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)
    adjust_stock(database, Goods("10", "A1"), 4, reason="före", actor="bo")
    counted(database, count_id, A1=3)

    with pytest.raises(BeingCounted):
        adjust_stock(database, Goods("10", "A1"), 3, reason="samma", actor="bo")

    assert closed(database, count_id).booked == {"A1": -1}
    assert adjust_stock(database, Goods("10", "A1"), 2, reason="efter", actor="bo") == -1


def test_a_minute_from_now_nothing_has_been_counted_yet(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 5})
    count_id = opened(database)

    with pytest.raises(CountedInTheFuture):
        counted(database, count_id, at=now(database) + timedelta(minutes=1), A1=3)

    assert closed(database, count_id).booked == {}
