"""Which units does a form about a return name, and where are they to go? Next: workflows/returns/choosing.py.

A field is called by where units go and their line (`hylla:2`, `antal:2` where it is plain where), or by a device and
its line (`individ:2 SN-1`), whose value is where it goes.
"""

from backoffice.pages.forms import Fields
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF
from workflows.returns.refusals import ReturnRefused

WHERE = {"hylla": SHELF, "reparation": REPAIR, "svinn": WRITTEN_OFF}
"""How forms call the places where units go."""

_MOST_UNITS, _DIGITS = 9_999, 20


def picks_of(form: Fields) -> list[Pick]:
    """What the form names. Raises ReturnRefused for what is no number of units, and where nothing is named."""
    picks = [pick for field in form if (pick := _pick(field, form[field][0].strip())) is not None]
    if not picks:
        raise ReturnRefused("Skriv hur många, eller välj individer (write how many, or choose devices)")
    return picks


def _pick(field: str, value: str) -> Pick | None:
    kind, _, what = field.partition(":")
    line, _, number = what.partition(" ")
    if not value or value == "0" or kind not in {*WHERE, "antal", "individ"} or not _is_number(line):
        return None
    if kind == "individ":
        return Pick(line_no=int(line), serial_number=number, to=WHERE.get(value, ""))
    if not _is_number(value):
        raise ReturnRefused(f"Antal ska vara heltal från 0 till {_MOST_UNITS} (units are whole numbers)")
    return Pick(line_no=int(line), units=int(value), to=WHERE.get(kind, ""))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS and int(text) <= _MOST_UNITS
