"""Is a device either in a store or out? What devices.csv and holdings.csv say of one is told by row, and not stored.

Next: test_load_holdings.py; exchange/load_devices.py.
"""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from at_once import at_once
from builders import TODAY, run_all, store
from devices_world import naming
from order_files import NUMBER, everything, rows

from config.database import Database
from exchange.load_holdings import Registers
from exchange.load_master import load_master
from exchange.master_files import MasterFiles, UnusableMasterFiles, read_master_files
from workflows.patients import Keys

pytestmark = pytest.mark.usefixtures("sound_afterwards")

REGION = {
    "stores": "code,name,kind\n10,HMS,hms\n50301,Karlstad,kommun",
    "units": "code,own_store\n03-05,50301",
    "articles": "number,name,individual\nA2,Rullstol,1",
}
HEADING = "reference,receiver_kind,receiver_id,article,serial_number,quantity,since,store"
HOLDING = f"{HEADING}\nH-1,patient,{NUMBER},A2,S1,1,2024-05-01,10"
DEVICES = "store,article,serial_number\n10,A2,S9\n10,A2,S1"
ELSEWHERE = "serial_number: individen finns redan någon annanstans: se orderflode device show."


def files(folder: Path, **texts: str) -> MasterFiles:
    """The files of a folder, each by its name."""
    place = folder / f"load {len(list(folder.iterdir()))}"
    place.mkdir()
    for name, text in texts.items():
        (place / f"{name}.csv").write_text(text, encoding="utf-8")
    return read_master_files(place)


def loaded(database: Database, keys: Keys, folder: Path, **texts: str) -> None:
    load_master(database, files(folder, **texts), actor="test", registers=Registers(keys, TODAY))


def problems(database: Database, keys: Keys, folder: Path, **texts: str) -> list[tuple[str, int, str]]:
    """(file, row, sentence) of everything that is wrong; nothing is stored."""
    before = everything(database)
    with pytest.raises(UnusableMasterFiles) as unusable:
        loaded(database, keys, folder, **texts)
    assert everything(database) == before
    return [(each.file, each.row, each.sv) for each in unusable.value.problems]


def test_one_folder_does_not_say_that_a_device_is_in_a_store_and_out(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    loaded(database, keys, tmp_path, **REGION)
    assert problems(database, keys, tmp_path, holdings=HOLDING, devices=DEVICES) == [
        ("devices.csv", 3, "serial_number: individen står också i holdings.csv, rad 2: den är antingen i lagret "
         "eller ute."),
    ]  # fmt: skip
    assert rows(database, "SELECT FROM device") == []


def test_a_device_that_is_out_is_not_in_a_store(database: Database, keys: Keys, tmp_path: Path) -> None:
    loaded(database, keys, tmp_path, holdings=HOLDING, **REGION)
    assert problems(database, keys, tmp_path, devices=DEVICES) == [("devices.csv", 3, ELSEWHERE)]
    assert problems(database, keys, tmp_path, devices=DEVICES, holdings=HOLDING) == [("devices.csv", 3, ELSEWHERE)]
    loaded(database, keys, tmp_path, devices="store,article,serial_number\n10,A2,S9")
    elsewhere = "store,article,serial_number\n50301,A2,S9"
    assert problems(database, keys, tmp_path, devices=elsewhere) == [("devices.csv", 2, ELSEWHERE)]


def test_a_file_that_was_loaded_before_is_loaded_again_wherever_its_devices_went(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    told = {"devices": DEVICES, "stock": "store,article,on_hand\n10,A2,2"}
    people = {"people": "id,name,profession,roles,unit\nbest,B,undersköterska,orderer,03-05"}
    loaded(database, keys, tmp_path, **REGION, **people, **told)
    store(database, naming("S1", article="A2"))
    run_all(database)
    loaded(database, keys, tmp_path, **told)
    assert rows(database, "SELECT place FROM device ORDER BY serial_number") == [("receiver",), ("store",)]


def test_of_two_loads_at_the_same_moment_one_is_told_where_the_device_is(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    loaded(database, keys, tmp_path, **REGION)
    both = files(tmp_path, holdings=HOLDING), files(tmp_path, devices=DEVICES)

    def loading(told: MasterFiles) -> Callable[[Database], str]:
        def load(database: Database) -> str:
            try:
                load_master(database, told, actor="test", registers=Registers(keys, TODAY))
            except UnusableMasterFiles:
                return "told"
            except psycopg.Error as error:
                return type(error).__name__
            return "stored"

        return load

    assert sorted(map(str, at_once(database.url, *(loading(each) for each in both)))) == ["stored", "told"]
