"""A small region as files of master data, and how a test loads some of them."""

from pathlib import Path

from config.database import Database
from exchange.load_master import Loaded, load_master
from exchange.master_files import read_master_files

REGION = {
    "lead_classes.csv": "code,name,working_days,cut_off\nlager,Lagervara,3,11:30",
    "stores.csv": "code,name,kind,kommun,picking,refill_by,lead_class,notice_to\n"
    "10,HMS,hms,,confirmed,,lager,mailto:lager@example.org\n50301,Karlstad,kommun,Karlstad,automatic,best,,",
    "units.csv": "code,name,kommun,own_store,tour_days\n03-05,Hemvården,Karlstad,50301,mån;tor",
    "articles.csv": "number,name,iso_class\nA1,Rollator,120606\nA2,Duschpall,093307",
    "people.csv": "id,name,profession,licensed,roles,unit\nbest,Beställare,,0,orderer,03-05\n"
    "forsk,Förskrivare,arbetsterapeut,1,prescriber,03-05",
    "prescribing_rights.csv": "person,unit,iso_prefix,valid_from,valid_to\nforsk,03-05,12,2026-01-01,\n"
    "forsk,03-05,09,,2026-12-31",
    "stock.csv": "store,article,on_hand,reorder_point,target,lead_class,shelf\n10,A1,7,2,9,lager,B-12\n"
    "50301,A1,0,1,3,,",
}


def loaded(database: Database, folder: Path, **texts: str) -> Loaded:
    """Load a folder of these files alone; a file is named without its ending."""
    return loaded_from(database, folder, {f"{name}.csv": text for name, text in texts.items()})


def loaded_from(database: Database, folder: Path, texts: dict[str, str]) -> Loaded:
    """Load a folder of these files alone, named in full."""
    place = folder / f"load {len(list(folder.iterdir()))}"
    place.mkdir()
    for name, text in texts.items():
        (place / name).write_text(text, encoding="utf-8")
    return load_master(database, read_master_files(place), actor="test")
