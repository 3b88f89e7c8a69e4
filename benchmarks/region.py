"""What does the product work on when it is measured? Three stores, six people and the workload's articles and orders.

Everything runs by itself and nothing is short: a third of the orders each is a lagerflyttsorder from lager 10, a
beställning from the own store and a förskrivning from lager 10.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

from benchmarks.workload import OPENING, drafts

_STORES = (
    "code,name,kind,kommun,picking,delivery,shortage",
    "10,HMS,hms,,automatic,automatic,backorder",
    "50301,Karlstad,kommun,Karlstad,automatic,automatic,difference",
    "50401,Kil,kommun,Kil,automatic,automatic,difference",
)
_UNITS = (
    "code,name,kommun,own_store,street,postal_code,city",
    "03-05,Hemrehab Karlstad,Karlstad,50301,,,",
    "04-01,Hemrehab Kil,Kil,50401,,,",
)
_PEOPLE = (
    "id,name,profession,licensed,roles,unit",
    *(f"lager{n},Lagerpersonal {n},,0,lagerpersonal,{unit}" for n, unit in enumerate(("03-05", "04-01"))),
    *(f"best{n},Beställare {n},,0,orderer,{unit}" for n, unit in enumerate(("03-05", "04-01"))),
    *(f"forsk{n},Förskrivare {n},arbetsterapeut,1,prescriber,{unit}" for n, unit in enumerate(("03-05", "04-01"))),
)
_RIGHTS = (
    "person,unit,iso_prefix,valid_from,valid_to",
    "forsk0,03-05,12,2020-01-01,",
    "forsk1,04-01,12,2020-01-01,",
)


def write_master_data(folder: Path, articles: int) -> None:
    """The CSV files that `orderflode load` reads."""
    stores = ("10", "50301", "50401")
    tables = {
        "stores": _STORES,
        "units": _UNITS,
        "people": _PEOPLE,
        "prescribing_rights": _RIGHTS,
        "articles": (
            "number,name,iso_class,individual,withdrawn",
            *(f"{_article(index)},Rullstol {index},122203,0,0" for index in range(articles)),
        ),
        "stock": (
            "store,article,on_hand",
            *(f"{store},{_article(index)},{OPENING}" for store in stores for index in range(articles)),
        ),
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_orders(path: Path, orders: int, seed: int, articles: int) -> None:
    """The workload as a file of orders, one JSON document a line."""
    with path.open("w", encoding="utf-8") as file:
        for body in bodies(orders, seed, articles):
            file.write(json.dumps(body) + "\n")


def bodies(orders: int, seed: int, articles: int) -> Iterator[dict[str, object]]:
    """The workload as callers of the API send it."""
    numbers = _test_numbers()
    for draft in drafts(orders, seed, articles):
        lines = [{"article": _article(index), "quantity": units} for index, units in draft.lines]
        yield _parties(draft.number, numbers) | {"external_id": f"B-{draft.number}", "lines": lines}


def _article(index: int) -> str:
    return f"A{index:05}"


def _parties(number: int, patients: Sequence[str]) -> dict[str, object]:
    kommun = number // 3 % 2
    unit, store = ("03-05", "50301") if kommun == 0 else ("04-01", "50401")
    if number % 3 == 0:
        return {
            "order_type": "lagerflyttsorder", "customer_order_type": "lagerflytt", "sender": "10",
            "receiver": {"kind": "kommunlager", "id": store}, "orderer": {"person": f"lager{kommun}", "unit": unit},
        }  # fmt: skip
    if number % 3 == 1:
        return {
            "order_type": "bestallning", "sender": store, "receiver": {"kind": "vardenhet", "id": unit},
            "orderer": {"person": f"best{kommun}", "unit": unit},
        }  # fmt: skip
    return {
        "order_type": "forskrivning", "customer_order_type": "forskrivning", "sender": "10",
        "receiver": {"kind": "patient", "id": patients[number % len(patients)]},
        "orderer": {"person": f"forsk{kommun}", "unit": unit}, "prescriber": f"forsk{kommun}",
        "medical_decision": {"date": date.today().isoformat(), "reference": f"J-{number}"},  # noqa: DTZ011
    }  # fmt: skip


def _test_numbers() -> list[str]:
    """Skatteverket's test numbers, as the demo uses them."""
    text = (files("exchange.demo_data") / "test_personnummer.csv").read_text(encoding="utf-8")
    return text.split()[1:]
