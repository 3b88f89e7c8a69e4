"""Which columns does a table of orders have, and what does a cell's text mean?

One row is one order line; what belongs to the order stands on each of its rows. CSV and XLSX share this.
Next: table_order.py, which makes an order of its rows; ../mapping.py, for files with columns of their own.
"""

import re
from datetime import datetime
from functools import lru_cache

from exchange.shape_check import Expected

ORDER_COLUMNS = {
    "external_id": "external_id",
    "order_type": "order_type",
    "customer_order_type": "customer_order_type",
    "sender": "sender",
    "receiver_kind": "receiver.kind",
    "receiver_id": "receiver.id",
    "orderer_person": "orderer.person",
    "orderer_unit": "orderer.unit",
    "prescriber": "prescriber",
    "medical_decision_date": "medical_decision.date",
    "medical_decision_reference": "medical_decision.reference",
    "priority": "priority",
    "partial": "partial",
    "accept_equivalent": "accept_equivalent",
    "wanted_date": "wanted_date",
    "reference": "reference",
    "note": "note",
    "ordered_on": "ordered_on",
    "instruction_reference": "instruction.reference",
    "instruction_approved_by": "instruction.approved_by",
}
"""The columns of the order, alike on each of its rows, with their paths in an order's JSON body."""

LINE_COLUMNS = ("article", "quantity", "serial_numbers", "accessory_to")
"""The columns of the order line."""

COLUMNS = (*ORDER_COLUMNS, *LINE_COLUMNS)

REQUIRED_COLUMNS = (
    "external_id",
    "order_type",
    "sender",
    "receiver_kind",
    "receiver_id",
    "orderer_person",
    "orderer_unit",
    "article",
    "quantity",
)
"""Without these no row of a file can be an order."""

DATE_COLUMNS = ("ordered_on", "wanted_date", "medical_decision_date")

TRUTH_COLUMNS = ("partial", "accept_equivalent")

_DIGITS = re.compile(r"-?[0-9]{1,9}")
_TRUTH = dict.fromkeys(("true", "ja", "1", "sant"), True) | dict.fromkeys(("false", "nej", "0", "falskt"), False)
_YES_OR_NO = Expected("ska vara ja eller nej (true, false, 1, 0)", "must be yes or no: true, false, ja, nej, 1 or 0")


def whole_number(text: str, decimal_mark: str | None = None) -> int | str:
    """The number of pieces in a cell; with a decimal mark "6,00" is 6. What is no whole number stays text."""
    whole, mark, decimals = text.partition(decimal_mark) if decimal_mark else (text, "", "")
    # At most nine digits: int() of a million of them takes seconds, and no quantity needs more.
    is_whole = _DIGITS.fullmatch(whole) and (not mark or (decimals and not decimals.strip("0")))
    return int(whole) if is_whole else text


def truth(text: str) -> bool | Expected:
    """ja, nej, true, false, 1, 0, and the SANT and FALSKT of a Swedish spreadsheet."""
    return _TRUTH.get(text.casefold(), _YES_OR_NO)


def several(text: str) -> list[str]:
    """The texts of a cell that holds several, separated by `|`."""
    return text.split("|")


@lru_cache(maxsize=4096)
def day(text: str, formats: tuple[str, ...]) -> str | Expected:
    """The ISO date of a cell written in one of `formats` (strptime), the first that fits; none means ISO.

    Remembered, because strptime takes 8 µs and a file has few days.
    """
    if not formats:
        return text
    for form in formats:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - only the day is kept
        except ValueError:
            continue
    forms = ", ".join(formats)
    return Expected(f"ska vara ett datum som {forms}", f"must be a date as {forms}")
