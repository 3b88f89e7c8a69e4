"""What does the back office see of a person? Orders and things held under every number, right after swaps and returns.

Next: workflows/patient_records.py and workflows/whereabouts.py.
"""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from builders import CONFIRMED, TODAY, a_world, run_all, states
from devices_world import arrive, mark
from people import (
    ANOTHER_PERSONNUMMER,
    LOOK,
    PERSONNUMMER,
    RESERVNUMMER,
    SAMORDNINGSNUMMER,
    a_holding,
    delivered_to,
    index_of,
    logged,
    patient_of,
    register,
)
from return_world import came_back

from config.database import Database
from workflows.cohort import run_named
from workflows.patient_looks import Person, join_numbers, show_person, unjoin_number
from workflows.patients import Keys
from workflows.returns.choosing import Pick
from workflows.steps.main_line import STEPS
from workflows.swaps.swapping import SwapRequest, swap_device

STOCKHOLM = ZoneInfo("Europe/Stockholm")


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", f"A{n}"): 100 for n in (1, 2, 3)})
    return database


def seen(database: Database, keys: Keys, number: str) -> Person:
    return show_person(database, index_of(keys, number), LOOK)


def held(person: Person) -> list[tuple[str, str | None, int, str]]:
    return [(each["article"], each["serial_number"], each["units"], each["place"]) for each in person.held]


def test_a_joined_person_is_seen_whole_under_either_number(world: Database, keys: Keys) -> None:
    first = delivered_to(world, keys, RESERVNUMMER, ("A2", 2))
    second = delivered_to(world, keys, PERSONNUMMER, ("A3", 1))
    other = delivered_to(world, keys, ANOTHER_PERSONNUMMER, ("A1", 1))
    old, new = patient_of(world, keys, RESERVNUMMER), patient_of(world, keys, PERSONNUMMER)
    join_numbers(world, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)

    for number in (RESERVNUMMER, PERSONNUMMER):
        before = len(logged(world))
        person = seen(world, keys, number)
        assert [(each.id, each.kind, each.current) for each in person.numbers] == [
            (new, "personnummer", True),
            (old, "reservnummer", False),
        ]
        assert [(order["id"], order["patient"]) for order in person.orders] == [(second, new), (first, old)]
        assert held(person) == [("A2", None, 2, "receiver"), ("A3", None, 1, "receiver")]
        assert [row[:2] for row in logged(world)[before:]] == [("patient_show", old), ("patient_show", new)]

    unjoin_number(world, index_of(keys, RESERVNUMMER), LOOK)
    assert [order["id"] for order in seen(world, keys, RESERVNUMMER).orders] == [first]
    assert [order["id"] for order in seen(world, keys, ANOTHER_PERSONNUMMER).orders] == [other]


def test_devices_and_counted_units_of_one_line_are_not_seen_twice(world: Database, keys: Keys) -> None:
    order_id = delivered_to(world, keys, PERSONNUMMER, ("A1", 3))
    register(world, "A1", ["SN-1", "SN-2"], "receiver", order_id=order_id, line_no=1)

    assert sorted(held(seen(world, keys, PERSONNUMMER)), key=str) == [
        ("A1", "SN-1", 1, "receiver"),
        ("A1", "SN-2", 1, "receiver"),
        ("A1", None, 1, "receiver"),
    ]


def test_a_serial_number_that_only_the_order_knows_is_told(world: Database, keys: Keys) -> None:
    order_id = delivered_to(world, keys, PERSONNUMMER, ("A1", 2))
    with world.session() as session:
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE order_line SET serial_numbers = '{SN-7}' WHERE order_id = %s", (order_id,))
    assert sorted(held(seen(world, keys, PERSONNUMMER)), key=str) == [
        ("A1", "SN-7", 1, "receiver"),
        ("A1", None, 1, "receiver"),
    ]


@pytest.mark.usefixtures("sound_afterwards")
def test_after_a_swap_the_person_has_the_device_that_came_and_not_the_one_that_went(
    world: Database, keys: Keys
) -> None:
    mark(world, "A1")
    arrive(world, "10", "SN-1 SN-2", article="A1")
    first = delivered_to(world, keys, PERSONNUMMER, ("A1", 1), serials="SN-1")
    with world.transaction() as tx:
        swap = swap_device(tx, SwapRequest("SN-1", "SN-2", "trasig", received=True), today=TODAY, actor="anna").order_id
    run_all(world)

    person = seen(world, keys, PERSONNUMMER)
    assert held(person) == [("A1", "SN-2", 1, "receiver")]
    assert [(order["id"], order["swap_of"]) for order in person.orders] == [(swap, first), (first, None)]


@pytest.mark.usefixtures("sound_afterwards")
def test_what_was_returned_is_not_held(world: Database, keys: Keys) -> None:
    order_id = delivered_to(world, keys, PERSONNUMMER, ("A1", 3))
    came_back(world, order_id, Pick("A1", units=2))
    assert held(seen(world, keys, PERSONNUMMER)) == [("A1", None, 1, "receiver")]
    came_back(world, order_id)
    assert held(seen(world, keys, PERSONNUMMER)) == []


@pytest.mark.usefixtures("sound_afterwards")
def test_what_was_out_before_the_first_day_is_held_until_it_comes_back(world: Database, keys: Keys) -> None:
    some = a_holding(world, keys, "A2", SAMORDNINGSNUMMER, 5)
    came_back(world, None, Pick(units=2), holdings=(some,))
    marked = a_holding(world, keys, "A1", SAMORDNINGSNUMMER, serial_number="SN-9")
    for gone in (
        a_holding(world, keys, "A1", SAMORDNINGSNUMMER, serial_number="SN-8"),
        a_holding(world, keys, "A1", SAMORDNINGSNUMMER),
    ):
        came_back(world, None, holdings=(gone,))
    a_holding(world, keys, "A1", "03-05", 7)

    person = seen(world, keys, SAMORDNINGSNUMMER)
    assert held(person) == [("A1", "SN-9", 1, "receiver"), ("A2", None, 3, "receiver")]
    # What `return request --holding` wants, and the day it went out, not the day of the load.
    assert [each["holding"] for each in person.held] == [marked, some]
    assert {each["since"].astimezone(STOCKHOLM).date() for each in person.held} == {date(2020, 2, 3)}


def test_a_serial_number_that_only_the_holding_knows_is_told(world: Database, keys: Keys) -> None:
    a_holding(world, keys, "A3", SAMORDNINGSNUMMER, serial_number="SN-OLD")
    with world.session() as owner:
        owner.execute("DELETE FROM device")
    assert held(seen(world, keys, SAMORDNINGSNUMMER)) == [("A3", "SN-OLD", 1, "receiver")]


def test_what_is_on_its_way_is_seen_as_that_and_what_is_not_picked_is_not(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 100}, **CONFIRMED)
    order_id = delivered_to(database, keys, PERSONNUMMER, ("A1", 2))
    assert states(database, [order_id]) == ["validated"]
    assert held(seen(database, keys, PERSONNUMMER)) == []

    run_named(database, STEPS["pick"], order_id, actor="lager")
    assert held(seen(database, keys, PERSONNUMMER)) == [("A1", None, 2, "outbound")]
