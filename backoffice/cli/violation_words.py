"""How does a person read a refusal? Its field once, and the lines and rows of an order counted from one, in words.

JSON keeps the paths as they are (`lines[0].quantity`).
"""

import re
from collections.abc import Mapping

_LINE = re.compile(r"\blines\[([0-9]+)\]\.?")
_ROW = re.compile(r"\brows\[([0-9]+)\]\.?")


def refusal_text(violation: Mapping[str, str]) -> str:
    """One violation (`code`, `field`, `sv`, `en`): where it is, unless the sentence says so, and why, in both."""
    field = violation["field"]
    where = "" if field in violation["sv"] else f"{_counted(field, 'orderrad', 'rad')} "
    sv = _counted(violation["sv"], "orderrad", "rad")
    return f"{where}{violation['code']}: {sv} ({_counted(violation['en'], 'order line', 'row')})"


def _counted(text: str, line: str, row: str) -> str:
    """Paths of lines and rows in `text` in words; a line's path counts from 0, a row's is the file's own number."""
    text = _LINE.sub(lambda found: _place(found, line, int(found[1]) + 1), text)
    return _ROW.sub(lambda found: _place(found, row, int(found[1])), text)


def _place(found: re.Match[str], what: str, number: int) -> str:
    return f"{what} {number}" + (" " if found.group().endswith(".") else "")
