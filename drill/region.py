"""On what master data does the drill run? A small region where many ask for the same goods, and some are scarce.

Lager 10 works by itself, and so does the kommunlager of Karlstad, which refills itself; in Kil people confirm.
Next: load.py, what is ordered.
"""

import tempfile
from pathlib import Path
from typing import Final

from config.database import Database
from exchange.load_master import load_master
from exchange.master_files import read_master_files

PLENTIFUL: Final = tuple(f"N-{number:02}" for number in range(1, 31))
SCARCE: Final = tuple(f"S-{number:02}" for number in range(1, 7))
"""Articles of which many orders ask for the last units."""
LAST_UNITS: Final = 12
"""Units of each scarce article that lager 10 begins with."""
ENOUGH: Final = 1_000_000

STORES: Final = {"50301": "03-05", "50401": "04-01"}
"""Each kommunlager with its vårdenhet."""
CONFIRMING: Final = "50401"
"""The kommunlager where a person confirms pick and delivery."""

_FILES: Final = {
    "stores.csv": "code,name,kind,kommun,picking,delivery,shortage,refill_by\n"
    "10,Hjälpmedelsservice,hms,,automatic,automatic,backorder,\n"
    "50301,Kommunlager Karlstad,kommun,Karlstad,automatic,automatic,difference,lager-1\n"
    f"{CONFIRMING},Kommunlager Kil,kommun,Kil,confirmed,confirmed,backorder,lager-1\n",
    "units.csv": "code,name,kommun,own_store,street,postal_code,city\n"
    "03-05,Hemvården,Karlstad,50301,Påhittsvägen 1,652 25,Karlstad\n"
    "04-01,Rehab,Kil,50401,Påhittsvägen 2,665 30,Kil\n",
    "people.csv": "id,name,profession,licensed,roles,unit\n"
    "lager-1,Lagerpersonal 1,lagerpersonal,0,lagerpersonal,03-05\n"
    "best-1,Beställare 1,undersköterska,0,orderer,03-05\n"
    "forsk-1,Förskrivare 1,arbetsterapeut,1,prescriber,03-05\n",
    "person_units.csv": "person,unit\nlager-1,04-01\nbest-1,04-01\nforsk-1,04-01\n",
    "prescribing_rights.csv": "person,unit,iso_prefix\nforsk-1,03-05,12\nforsk-1,04-01,12\n",
}


def load_region(database: Database) -> None:
    """Load the region, as `orderflode load` does."""
    articles = [f"{number},Hjälpmedel {number},122203\n" for number in (*PLENTIFUL, *SCARCE)]
    stock = [f"10,{article},{ENOUGH},,\n" for article in PLENTIFUL]
    stock += [f"10,{article},{LAST_UNITS},,\n" for article in SCARCE]
    stock += [f"{store},{article},20,15,30\n" for store in STORES for article in PLENTIFUL]
    files = _FILES | {
        "articles.csv": "number,name,iso_class\n" + "".join(articles),
        "stock.csv": "store,article,on_hand,reorder_point,target\n" + "".join(stock),
    }
    with tempfile.TemporaryDirectory(prefix="orderflode-") as folder:
        for name, text in files.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        load_master(database, read_master_files(Path(folder)), actor="drill")
