"""Which serial numbers must an order name, and which may it? Every place a known device can be in has its sentence."""

from dataclasses import replace

import pytest
from unit.test_rules_valid_orders import MASTER, USUAL, bestallning, direktforskrivning, forskrivning, lagerflytt

from workflows.master_data import KnownDevice
from workflows.rules import Order, OrderLine, check
from workflows.violations import Violation

UNNAMED = (OrderLine(1, "rullstol", 2, ()), OrderLine(2, "rollator", 1, ()))
NAMED = (OrderLine(1, "rullstol", 1, ("SN-1",)),)


def told(order: Order, device: KnownDevice | None = None) -> list[Violation]:
    master = replace(MASTER, devices={("rullstol", "SN-1"): device} if device else {})
    return [each for each in check(order, master, USUAL).violations if each.code == "serial-numbers"]


@pytest.mark.parametrize("order", [bestallning(lines=UNNAMED), direktforskrivning(lines=UNNAMED)])
def test_from_the_own_store_every_unit_has_its_number(order: Order) -> None:
    (found,) = told(order)
    assert found.field == "lines[0].serial_numbers"
    assert "rullstol" in found.sv and "2 saknas" in found.sv and "2 missing" in found.en


@pytest.mark.parametrize(
    "order", [bestallning(sender="10", lines=UNNAMED), forskrivning(lines=UNNAMED), lagerflytt(lines=UNNAMED)]
)
def test_from_lager_10_the_pick_may_settle_it(order: Order) -> None:
    assert told(order) == []


def test_a_forskrivning_with_the_wrong_store_is_told_of_the_store_alone() -> None:
    order = forskrivning(sender="50301", lines=UNNAMED)
    assert [each.code for each in check(order, MASTER, USUAL).violations] == ["forskrivning-sender"]


@pytest.mark.parametrize("order", [bestallning(lines=NAMED), forskrivning(lines=NAMED)])
def test_a_device_that_stands_free_in_the_sending_store_or_is_unknown_may_go(order: Order) -> None:
    assert told(order) == []
    assert told(order, KnownDevice("store", order.sender, reserved=False)) == []


@pytest.mark.parametrize(
    ("place", "store", "words"),
    [
        ("store", "60401", "står i lager 60401"),
        ("outbound", "10", "registrera återlämningen"),
        ("receiver", "10", "registrera återlämningen"),
        ("inspection", "10", "bedöm den"),
        ("repair", "10", "på reparation"),
        ("written_off", "10", "avskriven"),
        ("difference", "10", "räkna in den"),
    ],
)
def test_a_device_that_is_elsewhere_is_refused_with_what_is_right_to_do(place: str, store: str, words: str) -> None:
    (found,) = told(forskrivning(lines=NAMED), KnownDevice(place, store, reserved=False))
    assert words in found.sv and "ange en annan individ" in found.sv
    assert "SN-1" in found.sv and "SN-1" in found.en


def test_a_reserved_device_is_refused_without_telling_whose_it_is() -> None:
    (found,) = told(forskrivning(lines=NAMED), KnownDevice("store", "10", reserved=True))
    assert found.sv == "Individ SN-1 är reserverad för en annan order: ange en annan individ."


def test_a_line_is_told_everything_at_once() -> None:
    lines = (OrderLine(1, "rullstol", 2, ("SN-1",)),)
    (found,) = told(bestallning(lines=lines), KnownDevice("repair", "50301", reserved=False))
    assert "1 saknas" in found.sv and "på reparation" in found.sv
