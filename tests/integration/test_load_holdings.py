"""How does what was out before the first day get into the database? Each holding once, its patient sealed, its device
registered; whatever is wrong is told at once. Next: test_load_master.py, exchange/load_holdings.py.
"""

from datetime import date
from pathlib import Path

import pytest
from at_once import at_once
from order_files import NUMBER, everything, rows
from request_bodies import SAMORDNINGSNUMMER
from return_world import asked, one

from config.database import Database
from exchange.load_holdings import Registers
from exchange.load_master import Loaded, load_master
from exchange.master_files import MasterFiles, UnusableMasterFiles, read_master_files
from workflows.patients import Keys
from workflows.returns.choosing import Pick
from workflows.returns.judging import SHELF, judge_returns
from workflows.returns.receiving import receive_returns

pytestmark = pytest.mark.usefixtures("sound_afterwards")

TODAY = date(2026, 11, 20)
HEADING = "reference,receiver_kind,receiver_id,article,serial_number,quantity,since,store"
REGION = {
    "stores.csv": "code,name,kind\n10,HMS,hms\n50301,Karlstad,kommun",
    "units.csv": "code,own_store\n03-05,50301",
    "articles.csv": "number,name,individual\nA1,Rollator,0\nA2,Rullstol,1",
}
HOLDINGS = (
    f"H-1,patient,{NUMBER[2:8]}-{NUMBER[8:]},A2,S1,1,2024-05-01,10",
    "H-2,vardenhet,03-05,A1,,4,2023-01-31,50301",
    f"H-3,patient,{NUMBER},A1,,,2025-02-03,10",
)


def files(folder: Path, *holdings: str, **texts: str) -> MasterFiles:
    """The files of a folder with these holdings."""
    place = folder / f"load {len(list(folder.iterdir()))}"
    place.mkdir()
    for name, text in ({"holdings.csv": "\n".join((HEADING, *holdings))} | texts).items():
        (place / name).write_text(text, encoding="utf-8")
    return read_master_files(place)


def loaded(database: Database, keys: Keys, folder: Path, *holdings: str, **texts: str) -> Loaded:
    return load_master(database, files(folder, *holdings, **texts), actor="test", registers=Registers(keys, TODAY))


def problems(database: Database, keys: Keys, folder: Path, *holdings: str, **texts: str) -> list[tuple[int, str, str]]:
    """(row, column, sentence) of everything that is wrong; nothing is stored."""
    before = everything(database)
    with pytest.raises(UnusableMasterFiles) as unusable:
        loaded(database, keys, folder, *holdings, **texts)
    assert everything(database) == before
    told = f"{unusable.value!r} {unusable.value} {unusable.value.problems}"
    assert NUMBER[2:8] not in told
    return [(each.row, each.field, each.sv) for each in unusable.value.problems]


@pytest.fixture
def region(database: Database, keys: Keys, tmp_path: Path) -> Database:
    assert loaded(database, keys, tmp_path, *HOLDINGS, **REGION).opening_holdings == 3
    return database


def test_holdings_are_booked_to_their_receivers_and_devices_registered(region: Database) -> None:
    assert rows(
        region, "SELECT reference, unit, article, serial_number, quantity, since::text, store FROM holding"
    ) == [
        ("H-1", None, "A2", "S1", 1, "2024-05-01", "10"),
        ("H-2", "03-05", "A1", None, 4, "2023-01-31", "50301"),
        ("H-3", None, "A1", None, 1, "2025-02-03", "10"),
    ]
    assert rows(
        region,
        "SELECT kind, quantity, from_place, to_place, to_store, document FROM movement ORDER BY document",
    ) == [
        ("opening", 1, "supplier", "receiver", "patient", "holding H-1"),
        ("opening", 4, "supplier", "receiver", "03-05", "holding H-2"),
        ("opening", 1, "supplier", "receiver", "patient", "holding H-3"),
    ]
    assert rows(
        region, "SELECT d.serial_number, place, d.store, reference FROM device d JOIN holding h ON h.id = d.holding"
    ) == [("S1", "receiver", "10", "H-1")]
    assert rows(region, "SELECT count(*) FROM stock_balance") == [(0,)]


def test_one_patient_is_one_row_whatever_the_form_and_never_in_clear(region: Database, keys: Keys) -> None:
    ((lookup, sealed),) = rows(region, "SELECT lookup, sealed FROM patient")
    assert lookup == keys.index_of("patient.number", NUMBER.encode())
    assert keys.unseal(bytes(sealed), f"patient.sealed {bytes(lookup).hex()}") == NUMBER.encode()
    assert rows(region, "SELECT count(DISTINCT patient_id) FROM holding WHERE unit IS NULL") == [(1,)]
    stored = str(everything(region))
    assert NUMBER not in stored and NUMBER[2:8] + "-" not in stored
    assert NUMBER.encode().hex() not in stored


def test_a_row_shows_its_patient_to_nobody(tmp_path: Path) -> None:
    assert NUMBER[2:8] not in repr(files(tmp_path, *HOLDINGS))


def test_loading_the_same_again_changes_nothing_and_more_adds(region: Database, keys: Keys, tmp_path: Path) -> None:
    before = everything(region)
    assert loaded(region, keys, tmp_path, *HOLDINGS, **REGION).opening_holdings == 0
    assert everything(region) == before
    more = "H-4,vardenhet,03-05,A2,S2,,2024-01-01,10"
    assert loaded(region, keys, tmp_path, *HOLDINGS, more).opening_holdings == 1


def test_a_row_that_contradicts_what_is_stored_is_named(region: Database, keys: Keys, tmp_path: Path) -> None:
    said = "har tidigare lästs in med ett annat värde under samma reference."
    assert problems(
        region, keys, tmp_path,
        f"H-1,patient,{SAMORDNINGSNUMMER},A2,S1,1,2024-05-01,50301",
        "H-2,vardenhet,03-05,A1,,5,2023-02-28,50301",
    ) == [
        (2, "receiver_id", f"receiver_id: {said}"),
        (2, "store", f"store: {said}"),
        (3, "quantity", f"quantity: {said}"),
        (3, "since", f"since: {said}"),
    ]  # fmt: skip


def test_everything_that_is_wrong_is_told_at_once_by_row_and_column(
    region: Database, keys: Keys, tmp_path: Path
) -> None:
    nobody = "H-9,patient,200001011494,A1,,1,2024-01-01,10"
    found = problems(
        region, keys, tmp_path,
        nobody,
        f"H-10,vardenhet,{NUMBER},A9,,1,2024-01-01,99",
        "H-11,vardenhet,99-99,A2,S1,1,2030-01-01,10",
        "H-12,vardenhet,03-05,A2,S7,1,2024-01-01,10",
        "H-13,vardenhet,03-05,A2,S7,1,2024-01-01,10",
        "H-14,vardenhet,03-05,A1,S8,1,2024-01-01,10",
        **{"stock.csv": "store,article,on_hand\n10,A404,1"},
    )  # fmt: skip
    assert found == [
        (0, "article", "article: A404 finns inte."),
        (2, "receiver_id", "receiver_id: är inte ett giltigt personnummer, samordningsnummer eller reservnummer."),
        (3, "receiver_id", "receiver_id: får inte vara ett personnummer."),
        (3, "article", "article: artikeln finns inte."),
        (3, "store", "store: lagret finns inte."),
        (4, "receiver_id", "receiver_id: vårdenheten finns inte."),
        (4, "since", "since: får inte ligga efter i dag."),
        (4, "serial_number", "serial_number: individen finns redan någon annanstans."),
        (6, "serial_number", "serial_number: individen står redan på rad 5."),
        (7, "serial_number", "serial_number: artikeln är inte individmärkt."),
    ]


def test_what_is_no_holding_at_all_is_told_by_row_and_column(tmp_path: Path) -> None:
    with pytest.raises(UnusableMasterFiles) as unusable:
        files(
            tmp_path,
            "H-1,kommunlager,50301,A1,,0,2024-13-01,10",
            f"{NUMBER},vardenhet,03-05,A2,S1,2,2024-01-01,10",
            "H-3,vardenhet,03-05,A2,S1,2,2024-01-01,10",
            "H-3,vardenhet,,A2,S1,1,,10",
        )  # fmt: skip
    assert NUMBER not in str(unusable.value.problems)
    assert {(each.row, each.field) for each in unusable.value.problems} == {
        (2, "receiver_kind"), (2, "quantity"), (2, "since"), (3, "reference"), (4, "quantity"),
        (5, "reference"), (5, "receiver_id"), (5, "since"),
    }  # fmt: skip


def test_two_loads_at_the_same_moment_store_each_holding_once(database: Database, keys: Keys, tmp_path: Path) -> None:
    loaded(database, keys, tmp_path, **REGION)
    told = files(tmp_path, *HOLDINGS)

    def load(database: Database) -> int:
        return load_master(database, told, actor="test", registers=Registers(keys, TODAY)).opening_holdings

    assert sorted(map(int, map(str, at_once(database.url, load, load, load)))) == [0, 0, 3]


def test_a_holding_comes_back_as_a_delivery_does(region: Database) -> None:
    return_id = asked(region, None, holdings=("H-1", "H-2"), to="50301")
    with region.transaction() as tx:
        receive_returns(tx, [return_id], actor="lars", came=[Pick(serial_number="S1"), Pick("A1", units=1)])
        judge_returns(tx, [return_id], [Pick(to=SHELF)], actor="lars")
    assert one(region, return_id)["state"] == "closed"
    assert rows(region, "SELECT reference, returned FROM holding ORDER BY 1") == [("H-1", 1), ("H-2", 1), ("H-3", 0)]
    assert rows(region, "SELECT place, store, holding FROM device") == [("store", "50301", None)]
    assert rows(region, "SELECT from_store, quantity FROM movement WHERE kind = 'return' ORDER BY 1") == [
        ("03-05", 1),
        ("patient", 1),
    ]
