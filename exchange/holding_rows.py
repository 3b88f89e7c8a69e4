"""What may stand in holdings.csv? What was with a patient or a vårdenhet before the first day, one row a holding.

A patient's number is read where it is sealed, and no repr shows it. Next: load_holdings.py.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from exchange.master_rows import Column, Table
from exchange.shape_check import QUANTITY, Expected, code, iso_date, one_of, reference, text
from workflows.order_types import ReceiverKind

HOLDINGS_FILE: Final = "holdings.csv"


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """One holding as the file says it; `row_no` is where. `receiver_id` is a unit's code, or a patient's number."""

    row_no: int
    reference: str
    receiver_kind: str
    receiver_id: str = field(repr=False)
    article: str
    serial_number: str | None
    quantity: int
    since: date
    store: str


def _units(value: object) -> int | Expected:
    """A number of units, 1–9999."""
    clean = str(value).strip()
    return int(clean) if re.fullmatch(r"[1-9][0-9]{0,3}", clean) else QUANTITY


def _disagreements(row: Mapping[str, Any]) -> Iterable[tuple[str, Expected]]:
    if row["serial_number"] is not None and row["quantity"] != 1:
        yield "quantity", Expected("ska vara 1 där serial_number står", "must be 1 where there is a serial_number")


_CODE = code(64)

HOLDINGS: Final = Table(
    HoldingRow,
    {
        "reference": Column(reference(64), required=True, filled=True),
        "receiver_kind": Column(one_of(ReceiverKind.PATIENT, ReceiverKind.VARDENHET), required=True, filled=True),
        "receiver_id": Column(text(64), required=True, filled=True),
        "article": Column(_CODE, required=True, filled=True),
        "serial_number": Column(_CODE),
        "quantity": Column(_units, default=1),
        "since": Column(iso_date, required=True, filled=True),
        "store": Column(_CODE, required=True, filled=True),
    },
    ("reference",),
    _disagreements,
    numbered=True,
)
