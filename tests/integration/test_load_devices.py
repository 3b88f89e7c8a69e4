"""How do the devices of devices.csv get into the register? Once, and only where they can be.

Next: test_load_master.py.
"""

from pathlib import Path

import pytest
from builders import an_order, balance, run_all, states, store
from load_world import REGION, loaded, loaded_from
from order_files import everything, rows

from config.database import Database
from exchange.master_files import UnusableMasterFiles
from workflows.devices import DeviceMove, move_devices
from workflows.verify.checking import verify


@pytest.fixture
def region(database: Database, tmp_path: Path) -> Database:
    loaded_from(database, tmp_path, REGION)
    return database


def test_devices_are_registered_once_and_stay_where_they_went(region: Database, tmp_path: Path) -> None:
    marked = "number,name,individual\nA3,Rullstol,1"
    told = "store,article,serial_number\n10,A3,S1\n10,A3,S2"
    stock = "store,article,on_hand\n10,A3,2"
    loaded(region, tmp_path, articles=marked, stock=stock, devices=told)
    with region.transaction() as tx:
        move_devices(tx, [DeviceMove("A3", "S2", "store", "repair", "10")], "repair", "test")
    before = everything(region)
    assert loaded(region, tmp_path, devices=told).rows["device"] == 2
    assert everything(region) == before
    assert rows(region, "SELECT serial_number, place FROM device ORDER BY 1") == [("S1", "store"), ("S2", "repair")]
    assert balance(region, "10", "A3") == (2, 0, 0)


def test_devices_of_unknown_stores_and_articles_and_of_unmarked_ones_are_named(
    region: Database, tmp_path: Path
) -> None:
    before = everything(region)
    with pytest.raises(UnusableMasterFiles) as unusable:
        loaded(region, tmp_path, devices="store,article,serial_number\n99,A1,S1\n10,A77,S2\n10,A2,S3")
    assert [problem.sv for problem in unusable.value.problems] == [
        "store: 99 finns inte.",
        "article: A77 finns inte.",
        "article: A1 är inte individmärkt.",
        "article: A2 är inte individmärkt.",
    ]
    assert {problem.file for problem in unusable.value.problems} == {"devices.csv"}
    assert everything(region) == before


def test_loaded_devices_wake_who_was_parked_for_them(region: Database, tmp_path: Path) -> None:
    loaded(region, tmp_path, stores="code,name,kind,kommun\n10,HMS,hms,", articles="number,individual\nA1,1")
    (order_id,) = store(region, an_order(("A1", 1), orderer_person="best", orderer_unit="03-05"))
    run_all(region)
    assert states(region, [order_id]) == ["validated"]
    loaded(region, tmp_path, devices="store,article,serial_number\n10,A1,S1")
    run_all(region)
    assert states(region, [order_id]) == ["delivered"]
    assert verify(region).broken == ()
