"""How does a demo come about? The region's master data and a file of orders, the same for the same seed.

The orders are written one by one, so a million need no more memory than a thousand. Next: region.py, orders.py.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from itertools import cycle
from json import JSONEncoder
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple

from exchange.demo_data.assortment import make_assortment
from exchange.demo_data.faults import RULE_FAULTS, SHAPE_FAULTS, Fault
from exchange.demo_data.opening_stock import Demand, opening_stock
from exchange.demo_data.orders import MIX, Body, World, make_order
from exchange.demo_data.patients import make_patients
from exchange.demo_data.region import CLASSES_OF_THE_DEMO, Region, make_region
from exchange.demo_data.staff import Staff, make_staff
from exchange.master_rows import Table
from exchange.master_tables import (
    ARTICLES,
    LEAD_CLASSES,
    PEOPLE,
    PERSON_UNITS,
    PRESCRIBING_RIGHTS,
    STOCK,
    STORES,
    UNITS,
)

_BLOCK: Final = 1_000
"""Faults are spread evenly: so many in each block of orders."""
_BREAKING_RULES, _MALFORMED = 0.04, 0.005
_as_json = JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class DemoOrder(NamedTuple):
    """One order, and the code it will be refused with, if any: by the rules or for its shape."""

    body: Body
    breaks_rule: str | None
    malformed: str | None


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """What was written, and what is to be expected of it."""

    master: tuple[Path, ...]
    orders: Path
    by_type: dict[str, int]
    """Every order written, by order type."""
    breaking_rules: dict[str, int]
    """Orders that become `rejected`, by the code of their one violation."""
    malformed: dict[str, int]
    """Orders that are refused on arrival, likewise."""


def write_demo_data(folder: Path, *, orders: int, seed: int, today: date) -> DemoFiles:
    """Write the master data (CSV) and `orders` orders (orders.ndjson) into `folder`, which is made if needed.

    The same seed and day give the same bytes. Raises OSError where the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(f"demo {seed}")  # noqa: S311
    region = make_region(make_assortment(random), random)
    staff = make_staff(region, today, random)
    world = World(region, staff.teams, make_patients(region), today)

    demand = Demand()
    by_type: Counter[str] = Counter()
    breaking_rules: Counter[str] = Counter()
    malformed: Counter[str] = Counter()
    path = folder / "orders.ndjson"
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for order in demo_orders(world, orders, f"DEMO-{seed}-", random):
            file.write(_as_json(order.body) + "\n")
            by_type[order.body["order_type"]] += 1
            if order.breaks_rule is not None:
                breaking_rules[order.breaks_rule] += 1
            elif order.malformed is not None:
                malformed[order.malformed] += 1
            else:
                demand.add(order.body)
    master = _write_master_data(folder, region, staff, demand, random)
    return DemoFiles(master, path, dict(by_type), dict(breaking_rules), dict(malformed))


def demo_orders(world: World, count: int, prefix: str, random: Random) -> Iterator[DemoOrder]:
    """`count` orders; 4 % break one rule each, 0.5 % are malformed. A thousand hold every fault at least once.

    `prefix` begins every `external_id`.
    """
    kinds, shares = list(MIX), list(MIX.values())
    rule_faults, shape_faults = cycle(RULE_FAULTS), cycle(SHAPE_FAULTS)
    for first in range(0, count, _BLOCK):
        block = min(_BLOCK, count - first)
        malformed = len(SHAPE_FAULTS) if first == 0 and block == _BLOCK else round(_MALFORMED * block)
        spoilt = random.sample(range(block), round(_BREAKING_RULES * block) + malformed)
        at_arrival = {place: next(shape_faults) for place in spoilt[:malformed]}
        by_rules = {place: next(rule_faults) for place in spoilt[malformed:]}
        for place in range(block):
            number = first + place + 1
            fault: Fault | None = at_arrival.get(place) or by_rules.get(place)
            kind = fault.kind if fault is not None else random.choices(kinds, shares)[0]
            draft = make_order(kind, number, f"{prefix}{number:07}", world, random)
            if fault is not None:
                fault.spoil(draft, world, random)
            code = fault.code if fault is not None else None
            yield DemoOrder(draft.body, *((None, code) if place in at_arrival else (code, None)))


def _write_master_data(folder: Path, region: Region, staff: Staff, demand: Demand, random: Random) -> tuple[Path, ...]:
    units = [unit for kommun in region.kommuner for unit in kommun.units]
    articles = sorted(region.assortment.wanted + region.assortment.withdrawn, key=lambda article: article.number)
    return (
        _write_rows(folder / "lead_classes.csv", LEAD_CLASSES, CLASSES_OF_THE_DEMO),
        _write_rows(folder / "stores.csv", STORES, region.stores),
        _write_rows(folder / "units.csv", UNITS, units),
        _write_rows(folder / "articles.csv", ARTICLES, articles),
        _write_rows(folder / "people.csv", PEOPLE, staff.people),
        _write_rows(folder / "person_units.csv", PERSON_UNITS, staff.person_units),
        _write_rows(folder / "prescribing_rights.csv", PRESCRIBING_RIGHTS, staff.rights),
        _write_rows(folder / "stock.csv", STOCK, opening_stock(region, demand, random)),
    )


def _write_rows(path: Path, table: Table[Any], rows: Iterable[object]) -> Path:
    """One file in the columns of its table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table.columns)
        writer.writerows([_cell(getattr(row, name)) for name in table.columns] for row in rows)
    return path


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case time():
            return f"{value:%H:%M}"
        case frozenset():
            return ";".join(map(str, sorted(value)))
        case _:
            return str(value)
