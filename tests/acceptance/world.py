"""A small region for the acceptance tests, as files: master data to load, and orders to import.

Lager 10 (HMS) and kommunlager 50301 with its vårdenhet 03-05, one person for each role, four articles. The names are
those of request_bodies.py, so that its förskrivning is right here too.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ARTICLES = ("12345", "00890", "A-1", "A-2")


def write_master_data(folder: Path, stock: Mapping[tuple[str, str], int], **policies: str) -> Path:
    """Write the folder for `orderflode load`; returns it. `policies` are lager 10's: picking, delivery."""
    folder.mkdir(exist_ok=True)
    lager_10 = ["10", "HMS", "hms", "", policies.get("picking", "automatic"), policies.get("delivery", "automatic")]
    write_table(
        folder / "stores.csv",
        "code,name,kind,kommun,picking,delivery",
        [lager_10, ["50301", "Karlstad", "kommun", "Karlstad", "automatic", "automatic"]],
    )
    units = [["03-05", "Hemvården Norr", "Karlstad", "50301", "Rådhusgatan 2", "652 25", "Karlstad"]]
    write_table(folder / "units.csv", "code,name,kommun,own_store,street,postal_code,city", units)
    write_table(
        folder / "articles.csv", "number,name,iso_class", ((each, f"Rollator {each}", "122203") for each in ARTICLES)
    )
    people = [
        ["best-1", "Beata Beställare", "undersköterska", "0", "orderer", "03-05"],
        ["lager-1", "Lars Lager", "lagerpersonal", "0", "lagerpersonal", "03-05"],
        ["forsk-1", "Frida Förskrivare", "arbetsterapeut", "1", "prescriber", "03-05"],
    ]
    write_table(folder / "people.csv", "id,name,profession,licensed,roles,unit", people)
    write_table(folder / "prescribing_rights.csv", "person,unit,iso_prefix", [["forsk-1", "03-05", "12"]])
    write_table(folder / "stock.csv", "store,article,on_hand", ([*goods, units] for goods, units in stock.items()))
    return folder


def an_order(external_id: str, *lines: tuple[str, int], **changes: object) -> dict[str, Any]:
    """A beställning from lager 10 to vårdenhet 03-05, of (article, quantity) lines, as JSON says it."""
    return {
        "external_id": external_id,
        "order_type": "bestallning",
        "sender": "10",
        "receiver": {"kind": "vardenhet", "id": "03-05"},
        "orderer": {"person": "best-1", "unit": "03-05"},
        "lines": [{"article": article, "quantity": quantity} for article, quantity in lines],
    } | changes


def write_orders(file: Path, orders: Iterable[Mapping[str, Any]]) -> Path:
    """Write orders as NDJSON; returns the file."""
    file.write_text("".join(f"{json.dumps(order)}\n" for order in orders), encoding="utf-8")
    return file


def write_table(file: Path, header: str, rows: Iterable[Sequence[object]]) -> None:
    """Write a CSV file with `header`, its columns separated by commas."""
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle)
        writer.writerow(header.split(","))
        writer.writerows(rows)
