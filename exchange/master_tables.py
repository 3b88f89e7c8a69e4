"""What may stand in the files of master data? The rows, and for each file its columns, key and defaults.

The columns are those of the interface ("Master data"). Store, CareUnit, Article and PrescribingRight are the domain's
own values; a person, their units and the stock levels have rows of their own here.
Next: master_files.py (the whole folder), master_rows.py (how a table is read).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from exchange.master_rows import Column, Table
from exchange.shape_check import Check, Expected, code, iso_date, one_of
from workflows.master_data import (
    Article,
    CareUnit,
    Confirmation,
    PrescribingRight,
    Role,
    ShortagePolicy,
    Store,
    StoreKind,
)

MOST_PIECES = 999_999_999
"""The largest balance or level a file may give: what fits the database's integers with room to grow."""


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
    """An article in a store, in pieces: its opening balance, and the levels that start and size a refill."""

    store: str
    article: str
    on_hand: int
    reorder_point: int | None
    target: int | None


def _zero_or_one(value: object) -> bool | Expected:
    """A truth value as the files write it."""
    clean = str(value).strip()
    return clean == "1" if clean in ("0", "1") else Expected("ska vara 0 eller 1", "must be 0 or 1")


def _pieces(value: object) -> int | Expected:
    """A number of pieces, never negative."""
    clean = str(value).strip()
    if re.fullmatch(r"[0-9]{1,12}", clean) and int(clean) <= MOST_PIECES:
        return int(clean)
    return Expected(
        f"ska vara ett heltal från 0 till {MOST_PIECES}",
        f"must be a whole number from 0 to {MOST_PIECES}",
    )


def _iso_9999(value: object) -> str | Expected:
    """A class of ISO 9999 or the beginning of one, as digits; "12 22 03" is written 122203."""
    clean = re.sub(r"\s", "", str(value))
    if re.fullmatch(r"[0-9]{2,10}", clean):
        return clean
    return Expected(
        "ska vara en ISO 9999-kod med 2–10 siffror",
        "must be an ISO 9999 code of 2–10 digits",
    )


def _gtin(value: object) -> str | Expected:
    """A GTIN-8, -12, -13 or -14 whose check digit is right; another one can never be scanned."""
    clean = str(value).strip()
    if re.fullmatch(r"[0-9]{8}|[0-9]{12,14}", clean):
        odd, even = clean[-1::-2], clean[-2::-2]
        if (sum(map(int, odd)) + 3 * sum(map(int, even))) % 10 == 0:
            return clean
    return Expected(
        "ska vara ett GTIN med 8, 12, 13 eller 14 siffror och rätt kontrollsiffra",
        "must be a GTIN of 8, 12, 13 or 14 digits with a right check digit",
    )


def _roles(value: object) -> frozenset[str] | Expected:
    """Roles, separated by semicolons."""
    roles = frozenset(role.strip() for role in str(value).split(";") if role.strip())
    if roles <= set(Role):
        return roles
    names = ", ".join(Role)
    return Expected(
        f"ska vara roller bland {names}, åtskilda av ;",
        f"must be roles among {names}, separated by ;",
    )


def _member(values: type[StrEnum]) -> Check:
    """One of the values of a closed list, as that value."""
    is_one = one_of(*values)

    def check(value: object) -> object:
        clean = is_one(value)
        return values(clean) if isinstance(clean, str) else clean

    return check


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


_CODE = code(64)
_NAME: Check = code(200)
"""A name may be anything but a person's number: people do paste one into the wrong column."""


_KEY = Column(_CODE, required=True, filled=True)
_CONFIRMATION = Column(_member(Confirmation), default=Confirmation.AUTOMATIC)
_FALSE = Column(_zero_or_one, default=False)

STORES: Final = Table(
    Store,
    {
        "code": _KEY,
        "name": Column(_NAME, default=lambda row: row["code"]),
        "kind": Column(_member(StoreKind), required=True, filled=True),
        "kommun": Column(_NAME, default=""),
        "picking": _CONFIRMATION,
        "delivery": _CONFIRMATION,
        "shortage": Column(_member(ShortagePolicy), default=_usual_shortage),
    },
    ("code",),
    _store_disagreements,
)
UNITS: Final = Table(
    CareUnit,
    {
        "code": _KEY,
        "name": Column(_NAME, default=lambda row: row["code"]),
        "kommun": Column(_NAME, default=""),
        "own_store": Column(_CODE),
        "street": Column(_NAME, default=""),
        "postal_code": Column(code(16), default=""),
        "city": Column(_NAME, default=""),
    },
    ("code",),
)
ARTICLES: Final = Table(
    Article,
    {
        "number": _KEY,
        "name": Column(_NAME, default=lambda row: row["number"]),
        "iso_class": Column(_iso_9999),
        "gtin": Column(_gtin),
        "individual": _FALSE,
        "withdrawn": _FALSE,
        "successor": Column(_CODE),
    },
    ("number",),
)
PEOPLE: Final = Table(
    PersonRow,
    {
        "id": _KEY,
        "name": Column(_NAME, default=lambda row: row["id"]),
        "profession": Column(_NAME, default=""),
        "licensed": _FALSE,
        "roles": Column(_roles, default=frozenset()),
        "unit": Column(_CODE),
    },
    ("id",),
)
PERSON_UNITS: Final = Table(PersonUnitRow, {"person": _KEY, "unit": _KEY}, ("person", "unit"))
PRESCRIBING_RIGHTS: Final = Table(
    PrescribingRight,
    {
        "person": _KEY,
        "unit": _KEY,
        "iso_prefix": Column(_iso_9999, default="", required=True),
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
        "on_hand": Column(_pieces, default=0),
        "reorder_point": Column(_pieces),
        "target": Column(_pieces),
    },
    ("store", "article"),
    _stock_disagreements,
)
