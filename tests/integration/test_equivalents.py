"""Is the equivalent sent where it may be, and does nobody wait in vain or get what was not accepted?

Next: tests/unit/test_allocation_equivalents.py (when), tests/unit/test_rules_equivalent.py (what).
"""

from typing import Any

import psycopg
import pytest
from builders import (
    CONFIRMED,
    a_prescription,
    a_world,
    an_order,
    balance,
    own_store_order,
    receive,
    rests_of,
    run_all,
    run_step,
    states,
    store,
)

from config.database import Database
from workflows.allocation import Goods
from workflows.backorders import list_backorders, list_queue
from workflows.cohort import run_named
from workflows.counting import adjust_stock
from workflows.queries import read_orders
from workflows.steps import pick
from workflows.utleveranser import find_utleverans

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def succession(database: Database, *pairs: tuple[str, str], withdrawn: tuple[str, ...] = ()) -> None:
    with database.transaction() as tx:
        for number, after in pairs:
            tx.execute("UPDATE article SET successor = %s WHERE number = %s", (after, number))
        tx.execute("UPDATE article SET withdrawn = true WHERE number = ANY(%s)", (list(withdrawn),))


def ask(database: Database, *lines: tuple[str, int], make: Any = an_order, **told: Any) -> int:
    """An order that accepts an equivalent, judged."""
    (order_id,) = store(database, make(*lines, **({"accept_equivalent": True} | told)))
    run_all(database)
    return order_id


def lines(database: Database, order_id: int) -> list[tuple[str, str | None, int]]:
    """(what is sent, what was ordered instead, units) of each line."""
    with database.transaction() as tx:
        (order,) = read_orders(tx, [order_id])
    return [(each["article"], each["ordered_article"], each["quantity"]) for each in order["lines"]]


def test_the_successor_of_a_withdrawn_article_is_delivered_and_papered(database: Database) -> None:
    a_world(database, stock={("10", "A3"): 5})
    succession(database, ("A1", "A2"), ("A2", "A3"), withdrawn=("A1", "A2"))

    order_id = ask(database, ("A1", 2))

    assert states(database, [order_id]) == ["delivered"]
    assert lines(database, order_id) == [("A3", "A1", 2)]
    assert balance(database, "10", "A3") == (3, 0, 0)
    with database.transaction() as tx:
        (order,) = read_orders(tx, [order_id])
        utleverans = find_utleverans(tx, order["utleveranser"][0])
    assert utleverans is not None
    assert [(each.article, each.ordered_article, each.sent) for each in utleverans.lines] == [("A3", "A1", 2)]


@pytest.mark.parametrize("after", [None, "A2", "A1"])
def test_a_withdrawn_article_is_refused_where_nothing_can_be_had_instead(database: Database, after: str | None) -> None:
    a_world(database, stock={("10", "A2"): 5})
    succession(database, *[("A1", after)] if after else [], ("A2", "A1"), withdrawn=("A1", "A2"))

    assert states(database, [ask(database, ("A1", 2))]) == ["rejected"]


def test_an_order_that_accepts_nothing_else_is_refused_or_waits(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 5, ("10", "A4"): 5})
    succession(database, ("A1", "A2"), ("A3", "A4"), withdrawn=("A1",))

    refused = ask(database, ("A1", 2), accept_equivalent=False)
    waits = ask(database, ("A3", 2), accept_equivalent=False)

    assert states(database, [refused, waits]) == ["rejected", "backordered"]


def test_what_lacks_is_replaced_and_what_does_not_is_sent(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 2, ("10", "A2"): 9}, **CONFIRMED)
    succession(database, ("A1", "A2"))

    as_ordered, instead = ask(database, ("A1", 2)), ask(database, ("A1", 1))

    assert lines(database, as_ordered) == [("A1", None, 2)]
    assert lines(database, instead) == [("A2", "A1", 1)]
    assert (balance(database, "10", "A1"), balance(database, "10", "A2")) == ((2, 2, 0), (9, 1, 0))


@pytest.mark.parametrize("comes", ["A1", "A2"])
def test_who_waits_goes_on_with_whichever_comes_first(database: Database, comes: str) -> None:
    a_world(database, stock={("10", "A2"): 1}, **CONFIRMED)
    succession(database, ("A1", "A2"))
    waits = ask(database, ("A1", 2))
    assert states(database, [waits]) == ["backordered"]

    receive(database, {("10", comes): 2})
    run_all(database)

    assert lines(database, waits) == [(comes, None if comes == "A1" else "A1", 2)]
    assert states(database, [waits]) == ["validated"]


def test_nobody_younger_passes_who_waits_for_either(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 1}, **CONFIRMED)
    succession(database, ("A1", "A2"))
    older, younger = ask(database, ("A1", 2)), ask(database, ("A2", 1), accept_equivalent=False)
    assert states(database, [older, younger]) == ["backordered"] * 2

    receive(database, {("10", "A1"): 2})
    run_all(database)
    # The older one has got what it ordered, and what it held up goes to who stood behind it.
    assert states(database, [older, younger]) == ["validated"] * 2


def test_the_list_of_backorders_tells_who_would_take_it_instead(database: Database) -> None:
    a_world(database)
    succession(database, ("A1", "A2"))
    ask(database, ("A1", 2))
    ask(database, ("A2", 3))

    with database.transaction() as tx:
        listed = [(each["article"], each["units"], each["equivalent"]) for each in list_backorders(tx, None, None)]
        queue = [(each["place"], each["units"], each["equivalent"]) for each in list_queue(tx, "10", "A2")]

    assert listed == [("A1", 2, 0), ("A2", 3, 1)]
    assert queue == [(1, 2, True), (2, 3, False)]


def test_a_patient_is_sent_only_what_the_right_covers(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 5, ("10", "A4"): 5})
    succession(database, ("A1", "A2"), ("A3", "A4"), withdrawn=("A3",))
    with database.transaction() as tx:
        tx.execute("UPDATE article SET iso_class = '093307' WHERE number IN ('A2', 'A4')")

    lacking = ask(database, ("A1", 1), make=a_prescription)
    withdrawn = ask(database, ("A3", 1), make=a_prescription)
    assert states(database, [lacking, withdrawn]) == ["backordered", "rejected"]

    with database.transaction() as tx:
        tx.execute("INSERT INTO prescribing_right (person, unit, iso_prefix) VALUES ('forsk', '03-05', '09')")
    again = ask(database, ("A3", 1), make=a_prescription)
    assert (states(database, [again]), lines(database, again)) == (["delivered"], [("A4", "A3", 1)])


def test_an_own_store_order_that_books_differences_is_sent_what_was_ordered_unless_it_is_withdrawn(
    database: Database,
) -> None:
    a_world(database, stock={("50301", "A2"): 5})
    succession(database, ("A1", "A2"), ("A3", "A4"), withdrawn=("A3",))

    lacking = ask(database, ("A1", 1), make=own_store_order)
    withdrawn = ask(database, ("A3", 1), make=own_store_order)

    assert states(database, [lacking, withdrawn]) == ["delivered"] * 2
    assert lines(database, lacking) == [("A1", None, 1)]
    assert lines(database, withdrawn) == [("A4", "A3", 1)]


def test_who_gives_up_an_equivalent_to_a_count_waits_for_either(database: Database) -> None:
    a_world(database, stock={("10", "A2"): 2}, **CONFIRMED)
    succession(database, ("A1", "A2"))
    order_id = ask(database, ("A1", 2))
    assert lines(database, order_id) == [("A2", "A1", 2)]

    adjust_stock(database, Goods("10", "A2"), 1, reason="inventering", actor="anna")
    run_all(database)
    assert states(database, [order_id]) == ["backordered"]

    receive(database, {("10", "A1"): 2})
    run_all(database)
    assert (states(database, [order_id]), lines(database, order_id)) == (["validated"], [("A1", None, 2)])


@pytest.mark.parametrize(("withdrawn", "waits_for"), [((), ("A1", None)), (("A1",), ("A2", "A1"))])
def test_the_rest_of_an_equivalent_is_asked_for_as_it_was_ordered_unless_that_is_withdrawn(
    database: Database, withdrawn: tuple[str, ...], waits_for: tuple[str, str | None]
) -> None:
    a_world(database, stock={("10", "A2"): 3}, **CONFIRMED)
    succession(database, ("A1", "A2"), withdrawn=withdrawn)
    order_id = ask(database, ("A1", 3))

    run_named(database, pick.STEP, order_id, actor="anna", short={"A2": 1})

    (rest,) = rests_of(database, order_id)
    assert lines(database, rest) == [(*waits_for, 1)]
    receive(database, {("10", "A2"): 1})
    run_all(database)
    assert (states(database, [rest]), lines(database, rest)) == (["validated"], [("A2", "A1", 1)])


@pytest.mark.parametrize(
    ("accepts", "change"),
    [
        (False, "article = 'A2', ordered_article = 'A1'"),
        (True, "article = 'A2', ordered_article = NULL"),
        (True, "ordered_article = 'A2'"),
    ],
)
def test_the_database_sends_nothing_that_was_not_accepted_and_forgets_no_order(
    database: Database, accepts: bool, change: str
) -> None:
    a_world(database)
    (order_id,) = store(database, an_order(("A1", 1), accept_equivalent=accepts))

    with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
        tx.execute(f"UPDATE order_line SET {change} WHERE order_id = {order_id}".encode())


def test_what_has_been_reserved_is_not_replaced_any_more(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 1}, **CONFIRMED)
    (order_id,) = store(database, an_order(("A1", 1), accept_equivalent=True))
    run_step(database, "validate")

    with pytest.raises(psycopg.errors.RestrictViolation), database.transaction() as tx:
        tx.execute("UPDATE order_line SET article = 'A2', ordered_article = 'A1'")
    assert states(database, [order_id]) == ["validated"]
