"""What does a stock count book? What was counted less what stood there at that moment, whatever moves meanwhile.

Next: test_stock_count_meanwhile.py, test_stock_count_guards.py (what is refused), test_stock_count_devices.py
(individually marked articles).
"""

import pytest
from at_once import at_once
from builders import (
    CONFIRMED,
    a_world,
    an_order,
    balance,
    everything,
    history,
    receive,
    run_all,
    states,
    store,
)
from count_world import booked, closed, counted, opened

from config.database import Database
from workflows.allocation import Goods
from workflows.correcting import BelowNothing
from workflows.counting import BeingCounted, adjust_stock
from workflows.counts.closing import cancel_count
from workflows.counts.entering import Entry, enter
from workflows.counts.machine import CountEnded
from workflows.counts.opening import open_count
from workflows.counts.reading import show_count

pytestmark = pytest.mark.usefixtures("sound_afterwards")


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
