"""Where does a swap send the other device? To where the patient is said to live last, protected as the person is.

Next: test_swaps.py; workflows/swaps/ordering.py.
"""

from typing import Any

import pytest
from builders import TODAY, an_order, order_row, run_all, store
from devices_world import a_marked_world, naming
from people import LOOK, PERSONNUMMER, RESERVNUMMER, a_holding, delivered_to, index_of
from swaps_world import swapped

from config.database import Database
from workflows.patient_looks import join_numbers
from workflows.patients import Keys
from workflows.swaps.ordering import Orderer

pytestmark = pytest.mark.usefixtures("sound_afterwards")

BEFORE = {"name": "Mottagare", "address": "Gamla vägen 1"}
SINCE = {"name": "Mottagare", "address": "Skyddad"}


def a_patient_who_moved(database: Database, keys: Keys) -> tuple[int, int]:
    """S1 came under an earlier number; since then the person has another number, another address and protection, and
    the last order of all tells neither. Returns the orders that brought S1 and told the newest address."""
    a_marked_world(database, {"10": "S1 S2"})
    first = delivered_to(database, keys, RESERVNUMMER, ("A9", 1), serials="S1", told=BEFORE)
    moved = delivered_to(database, keys, PERSONNUMMER, ("A1", 1), told=SINCE, protected=True)
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1))
    join_numbers(database, index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER), LOOK)
    return first, moved


def sent_to(database: Database, order_id: int) -> tuple[Any, bool]:
    row = order_row(database, order_id)
    return row["recipient"], row["protected"]


def test_a_swap_goes_to_the_newest_address_under_the_protection_given_since(database: Database, keys: Keys) -> None:
    first, moved = a_patient_who_moved(database, keys)
    made = swapped(database)
    assert sent_to(database, made.order_id) == sent_to(database, moved) != sent_to(database, first)
    assert order_row(database, made.order_id)["patient_id"] == order_row(database, first)["patient_id"]
    run_all(database)
    assert order_row(database, made.order_id)["state"] == "delivered"


def test_so_does_the_swap_of_what_was_out_before_the_first_day(database: Database, keys: Keys) -> None:
    _, moved = a_patient_who_moved(database, keys)
    a_holding(database, keys, "A9", PERSONNUMMER, serial_number="OLD")
    made = swapped(database, "OLD", orderer=Orderer("forsk", "03-05", "forsk", TODAY, "J-2"))
    assert sent_to(database, made.order_id) == sent_to(database, moved)


def test_to_a_vardenhet_a_swap_goes_as_its_original_went(database: Database, keys: Keys) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    (original,) = store(database, naming("S1", order=an_order(protected=True)))
    run_all(database)
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1), told=SINCE)
    assert sent_to(database, swapped(database).order_id) == sent_to(database, original) == (None, True)
