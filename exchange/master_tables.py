"""What may stand in the files of master data? The rows, and for each file its columns, key and defaults.

The columns are those of the interface ("Master data"). Store, CareUnit, Article, LeadClass and PrescribingRight are the
domain's own values; a person, their units and the stock levels have rows of their own here.
Next: master_cells.py (what a cell may hold), master_files.py (the whole folder), master_rows.py (how a table is read).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from exchange.master_cells import (
    CODE,
    NAME,
    clock_time,
    gtin,
    iso_9999,
    member,
    notice_address,
    number_of_days,
    pieces,
    roles,
    weekdays,
    zero_or_one,
)
from exchange.master_rows import Column, Table
from exchange.shape_check import Expected, code, iso_date
from workflows.master_data import (
    Article,
    CareUnit,
    Confirmation,
    LeadClass,
    PrescribingRight,
    ShortagePolicy,
    Store,
    StoreKind,
)


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody who orders, prescribes or works in a store; `unit` is the one they mainly belong to, if any."""

    id: str
    name: str
    profession: str
    licensed: bool
    roles: frozenset[str]
    unit: str | None


@dataclass(frozen=True, slots=True)
class PersonUnitRow:
    """One unit a person belongs to."""

    person: str
    unit: str


@dataclass(frozen=True, slots=True)
class StockRow:
    """An article in a store, in pieces: its opening balance, and the levels that start and size a refill.

    `lead_class` says how soon the article is promised, `shelf` where in the store it lies."""

    store: str
    article: str
    on_hand: int
    reorder_point: int | None
    target: int | None
    lead_class: str | None = None
    shelf: str | None = None


def _usual_shortage(row: Mapping[str, Any]) -> ShortagePolicy:
    """A kommunlager books a difference where goods are missing; lager 10 always lets the order wait."""
    return ShortagePolicy.DIFFERENCE if row["kind"] == StoreKind.KOMMUN else ShortagePolicy.BACKORDER


def _store_disagreements(row: Mapping[str, Any]) -> Iterable[tuple[str, Expected]]:
    if row["kind"] == StoreKind.HMS and row["shortage"] == ShortagePolicy.DIFFERENCE:
        yield (
            "shortage",
            Expected("ska vara backorder när kind är hms", "must be backorder where kind is hms"),
        )


def _right_disagreements(row: Mapping[str, Any]) -> Iterable[tuple[str, Expected]]:
    if row["valid_from"] and row["valid_to"] and row["valid_to"] < row["valid_from"]:
        yield "valid_to", Expected("får inte ligga före valid_from", "must not lie before valid_from")


def _stock_disagreements(row: Mapping[str, Any]) -> Iterable[tuple[str, Expected]]:
    if None not in (row["reorder_point"], row["target"]) and row["target"] < row["reorder_point"]:
        yield (
            "target",
            Expected("får inte vara lägre än reorder_point", "must not be lower than reorder_point"),
        )


_KEY = Column(CODE, required=True, filled=True)
_CONFIRMATION = Column(member(Confirmation), default=Confirmation.AUTOMATIC)
_FALSE = Column(zero_or_one, default=False)

STORES: Final = Table(
    Store,
    {
        "code": _KEY,
        "name": Column(NAME, default=lambda row: row["code"]),
        "kind": Column(member(StoreKind), required=True, filled=True),
        "kommun": Column(NAME, default=""),
        "picking": _CONFIRMATION,
        "delivery": _CONFIRMATION,
        "shortage": Column(member(ShortagePolicy), default=_usual_shortage),
        "refill_by": Column(CODE),
        "lead_class": Column(CODE),
        "notice_to": Column(notice_address),
    },
    ("code",),
    _store_disagreements,
)
UNITS: Final = Table(
    CareUnit,
    {
        "code": _KEY,
        "name": Column(NAME, default=lambda row: row["code"]),
        "kommun": Column(NAME, default=""),
        "own_store": Column(CODE),
        "street": Column(NAME, default=""),
        "postal_code": Column(code(16), default=""),
        "city": Column(NAME, default=""),
        "tour_days": Column(weekdays, default=frozenset()),
    },
    ("code",),
)
LEAD_CLASSES: Final = Table(
    LeadClass,
    {
        "code": _KEY,
        "name": Column(NAME, default=lambda row: row["code"]),
        "working_days": Column(number_of_days, required=True, filled=True),
        "cut_off": Column(clock_time),
    },
    ("code",),
)
ARTICLES: Final = Table(
    Article,
    {
        "number": _KEY,
        "name": Column(NAME, default=lambda row: row["number"]),
        "iso_class": Column(iso_9999),
        "gtin": Column(gtin),
        "individual": _FALSE,
        "withdrawn": _FALSE,
        "successor": Column(CODE),
    },
    ("number",),
)
PEOPLE: Final = Table(
    PersonRow,
    {
        "id": _KEY,
        "name": Column(NAME, default=lambda row: row["id"]),
        "profession": Column(NAME, default=""),
        "licensed": _FALSE,
        "roles": Column(roles, default=frozenset()),
        "unit": Column(CODE),
    },
    ("id",),
)
PERSON_UNITS: Final = Table(PersonUnitRow, {"person": _KEY, "unit": _KEY}, ("person", "unit"))
PRESCRIBING_RIGHTS: Final = Table(
    PrescribingRight,
    {
        "person": _KEY,
        "unit": _KEY,
        "iso_prefix": Column(iso_9999, default="", required=True),
        "valid_from": Column(iso_date),
        "valid_to": Column(iso_date),
    },
    ("person", "unit", "iso_prefix", "valid_from"),
    _right_disagreements,
)
STOCK: Final = Table(
    StockRow,
    {
        "store": _KEY,
        "article": _KEY,
        "on_hand": Column(pieces, default=0),
        "reorder_point": Column(pieces),
        "target": Column(pieces),
        "lead_class": Column(CODE),
        "shelf": Column(code(32)),
    },
    ("store", "article"),
    _stock_disagreements,
)
