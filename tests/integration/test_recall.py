"""Does a recall find everything: with receivers, on its way, in stores and beside the shelf, and each unit once?

Next: workflows/recalls.py, and test_recall_list.py (what the file says).
"""

from itertools import count

import psycopg
import pytest
from builders import CONFIRMED, a_lagerflytt, a_world, an_order, receive, run_all, states, store
from devices_world import mark
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import (
    ANOTHER_PERSONNUMMER,
    LOOK,
    PERSONNUMMER,
    RESERVNUMMER,
    a_holding,
    delivered_to,
    index_of,
    logged,
    patient_of,
    register,
)
from return_world import came_back

from config.database import Database
from workflows.article_stops import NotStopped, lift_stop
from workflows.cohort import run_named
from workflows.ledger import Movement, book
from workflows.patient_looks import join_numbers
from workflows.patients import Keys
from workflows.recall_rows import RecallRow, pages_of
from workflows.recalls import Found, Recalled, UnknownArticle, WrongRange, recall, serial_order
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, WRITTEN_OFF, judge_returns, mend_returns
from workflows.steps.main_line import STEPS

ARTICLES = count(1)


def found(database: Database, article: str = "A1", *serials: str | None) -> Found:
    return recall(database, Recalled(article, *serials), LOOK)


def rows_of(database: Database, result: Found) -> list[RecallRow]:
    return [row for page in pages_of(database, result.recall) for row in page]


def places(database: Database, *wanted: str | None) -> list[tuple[str, str | None, int, str]]:
    """(place, serial number, units, store) of each row."""
    result = found(database, "A1", *wanted)
    return [(row.place, row.serial_number, row.units, row.store) for row in rows_of(database, result)]


@pytest.mark.usefixtures("sound_afterwards")
def test_counted_units_are_found_wherever_they_are(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 50, ("50301", "A1"): 4, ("10", "A2"): 9}, **CONFIRMED)
    ids = store(database, an_order(("A1", 3)), an_order(("A1", 2)), an_order(("A1", 5)), a_lagerflytt(("A1", 7)))
    run_all(database)
    for event, orders in (("pick", ids[:2] + ids[3:]), ("create_utleverans", ids[:1] + ids[3:])):
        for order_id in orders:
            run_named(database, STEPS[event], order_id, actor="lager")
    run_named(database, STEPS["deliver"], ids[0], actor="lager")
    run_named(database, STEPS["deliver"], ids[3], actor="lager")
    assert states(database, ids) == ["delivered", "picked", "validated", "delivered"]
    came_back(database, ids[0], Pick(units=1))
    earlier = a_holding(database, keys, "A1", "03-05", 7)
    broken = came_back(database, None, Pick(units=3), holdings=(earlier,))
    with database.transaction() as tx:
        judge_returns(tx, [broken], [Pick(to=REPAIR)], actor="lars")
        mend_returns(tx, [broken], [Pick("A1", units=1, to=WRITTEN_OFF)], actor="lars", cause="trasig")

    result = found(database)

    assert places(database) == [
        ("receiver", None, 2, "10"),
        ("receiver", None, 4, "10"),
        ("outbound", None, 2, "10"),
        ("store", None, 38, "10"),
        ("store", None, 11, "50301"),
        ("inspection", None, 1, "10"),
        ("repair", None, 2, "10"),
    ]
    assert result.units == {"receiver": 6, "outbound": 2, "store": 49, "inspection": 1, "repair": 2}
    assert (result.rows, result.without_serial, result.patients, result.open_orders) == (7, 60, 0, [ids[2]])


def test_devices_are_found_wherever_they_are_and_units_are_not_counted_twice(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 6})
    first = delivered_to(database, keys, PERSONNUMMER, ("A1", 2))
    register(database, "A1", ["SN-9", "SN-10"], "receiver", order_id=first, line_no=1)
    register(database, "A1", ["SN-1", "SN-2", "SN-3"], "store")
    register(database, "A1", ["SN-4"], "difference")
    register(database, "A1", ["SN-5"], "written_off")
    a_holding(database, keys, "A1", "03-05", serial_number="SN-8")
    with database.transaction() as tx:
        book(tx, [Movement("return", "A1", 2, "receiver", "x", "inspection", "10", document="R-1")], [], "x")
    register(database, "A1", ["SN-6"], "inspection")

    assert places(database) == [
        ("receiver", "SN-8", 1, "10"),
        ("receiver", "SN-9", 1, "10"),
        ("receiver", "SN-10", 1, "10"),
        ("store", "SN-1", 1, "10"),
        ("store", "SN-2", 1, "10"),
        ("store", "SN-3", 1, "10"),
        ("store", None, 1, "10"),
        ("inspection", "SN-6", 1, "10"),
        ("inspection", None, 1, "10"),
        ("difference", "SN-4", 1, "10"),
    ]


def test_a_range_has_its_ends_and_what_no_serial_number_rules_out(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = delivered_to(database, keys, PERSONNUMMER, ("A1", 4))
    register(database, "A1", ["SN-8", "SN-9", "SN-10"], "receiver", order_id=order_id, line_no=1)
    register(database, "A1", ["SN-11"], "store")

    assert [row[1] for row in places(database, "SN-9", "SN-10")] == ["SN-9", "SN-10", None]
    assert [row[1] for row in places(database, "SN-10", None)] == ["SN-10", None, "SN-11"]
    assert [row[1] for row in places(database, None, "SN-8")] == ["SN-8", None]
    assert found(database, "A1", "SN-9", "SN-10").without_serial == 1
    with pytest.raises(WrongRange):
        found(database, "A1", "SN-10", "SN-9")


@given(
    serials=st.lists(st.text("aAzZ09-åÖ ", min_size=1, max_size=4), min_size=1, max_size=12, unique=True),
    ends=st.tuples(st.integers(0, 99), st.integers(0, 99)),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_and_the_program_have_one_order_of_serial_numbers(
    database: Database, serials: list[str], ends: tuple[int, int]
) -> None:
    article = f"article {next(ARTICLES)}"
    with database.session() as owner:
        owner.execute(
            "INSERT INTO store (code, name, kind, picking, delivery, shortage) "
            "VALUES ('10', 'HMS', 'hms', 'automatic', 'automatic', 'backorder') ON CONFLICT DO NOTHING"
        )
        owner.execute(
            "INSERT INTO article (number, name, individual, withdrawn) VALUES (%s, '', true, false)", (article,)
        )
    register(database, article, serials, "store")
    first, last = sorted((serials[end % len(serials)] for end in ends), key=serial_order)

    between = [row.serial_number for row in rows_of(database, found(database, article, first, last))]

    inside = [each for each in serials if serial_order(first) <= serial_order(each) <= serial_order(last)]
    assert between == sorted(inside, key=serial_order)


@pytest.mark.usefixtures("sound_afterwards")
def test_what_a_swap_took_back_is_no_longer_with_its_receiver(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 5})
    mark(database, "A1")
    first = delivered_to(database, keys, PERSONNUMMER, ("A1", 1), serials="SN-1")
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1), serials="SN-2")
    swapped = came_back(database, first)
    with database.transaction() as tx:
        judge_returns(tx, [swapped], [Pick(to=REPAIR)], actor="lars")

    assert places(database) == [("receiver", "SN-2", 1, "10"), ("store", None, 3, "10"), ("repair", "SN-1", 1, "10")]


def test_what_was_sent_instead_of_another_article_is_found_under_its_own(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = delivered_to(database, keys, PERSONNUMMER, ("A1", 1))
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE order_line SET ordered_article = 'A2' WHERE order_id = %s", (order_id,))

    rows = rows_of(database, found(database))
    assert [(row.article, row.ordered_article, row.place) for row in rows] == [
        ("A1", "A2", "receiver"),
        ("A1", None, "store"),
    ]
    assert found(database, "A2").rows == 0


def test_every_patient_in_the_list_is_logged_under_both_numbers(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 9, ("10", "A2"): 9})
    delivered_to(database, keys, RESERVNUMMER, ("A1", 1))
    delivered_to(database, keys, ANOTHER_PERSONNUMMER, ("A2", 1))
    old, new = patient_of(database, keys, RESERVNUMMER), patient_of(database, keys, PERSONNUMMER)
    join_numbers(database, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)
    before = len(logged(database))

    result = found(database, "A1", "1", "9")

    assert result.patients == 1
    assert logged(database)[before:] == [("recall", patient, LOOK.actor, LOOK.why) for patient in (old, new)]
    with database.transaction() as tx:
        (details,) = tx.execute("SELECT DISTINCT details FROM access_log WHERE action = 'recall'").fetchone() or ()
    assert details == {"recall": result.recall, "article": "A1", "from_serial": "1", "to_serial": "9"}


def test_a_recall_that_finds_nobody_is_logged_and_one_of_an_unknown_article_is_refused(database: Database) -> None:
    a_world(database)
    assert found(database).rows == 0
    assert logged(database) == [("recall", None, LOOK.actor, LOOK.why)]
    with pytest.raises(UnknownArticle):
        found(database, "A99")
    assert len(logged(database)) == 1


def test_a_stop_lets_no_new_order_take_the_article_until_it_is_lifted(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9})
    recall(database, Recalled("A1"), LOOK, stop=True)
    (refused,) = store(database, an_order(("A1", 1)))
    run_all(database)
    assert states(database, [refused]) == ["rejected"]

    recall(database, Recalled("A1"), LOOK, stop=True)
    with database.transaction() as tx:
        # What the next load of master data says.
        tx.execute("UPDATE article SET withdrawn = false")
        assert tx.execute("SELECT number FROM article WHERE withdrawn").fetchall() == [("A1",)]

    lift_stop(database, "A1", by="beata", why="felet är åtgärdat")
    (taken,) = store(database, an_order(("A1", 1)))
    run_all(database)
    assert states(database, [taken]) == ["delivered"]
    with pytest.raises(NotStopped):
        lift_stop(database, "A1", by="beata", why="igen")


def test_what_a_recall_found_stands(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 9})
    found(database)
    for statement in ("UPDATE recall_row SET units = 1", "DELETE FROM recall", "TRUNCATE recall_row"):
        with pytest.raises(psycopg.errors.RestrictViolation), database.session() as owner:
            owner.execute(statement.encode())


def test_a_list_of_many_pages_has_each_row_once(database: Database, keys: Keys) -> None:
    a_world(database)
    receive(database, {("10", "A1"): 2_345})
    register(database, "A1", [f"{n:05}" for n in range(2_345)], "store")

    result = found(database)
    pages = list(pages_of(database, result.recall))

    assert [len(page) for page in pages] == [1_000, 1_000, 345]
    assert [row.serial_number for page in pages for row in page] == [f"{n:05}" for n in range(2_345)]
