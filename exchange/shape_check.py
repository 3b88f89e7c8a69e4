"""Is one value of the right shape? A check takes a value and returns it clean, or what was Expected.

`read_fields` runs a table of field → check over an object and collects every violation with its path.
No rule of the domain belongs here. Next: order_shape.py, whose tables use these checks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple
from unicodedata import normalize

from workflows.identity import holds_personal_number, is_personal_number
from workflows.violations import Violation, violation

MOST_VIOLATIONS = 5_000
"""One body of a megabyte can break the shape a hundred thousand times; nobody reads further than this."""

# Controls (NUL among them), line and paragraph separators, bidi overrides and isolates, surrogates.
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PERSONAL_NUMBER_LENGTH = 10


@dataclass(frozen=True, slots=True)
class Expected:
    """What a value should have been: how the two sentences go on after the field's name, and the code."""

    sv: str
    en: str
    code: str = "field-format"


Check = Callable[[object], object]
"""Takes a value as given; returns it clean, or Expected."""


class Field(NamedTuple):
    """One field of an object: the check of its value, and whether it must be there."""

    check: Check
    required: bool = False


NO_PERSONAL_NUMBER = Expected("får inte vara ett personnummer", "must not be a personal identity number")
AN_OBJECT = Expected("ska vara ett objekt med fält", "must be an object with fields")
QUANTITY = Expected("ska vara ett heltal från 1 till 9999", "must be a whole number from 1 to 9999", "quantity")
A_DATE = Expected("ska vara ett datum som ÅÅÅÅ-MM-DD", "must be a date as YYYY-MM-DD")
TRUE_OR_FALSE = Expected("ska vara sant eller falskt (true, false)", "must be true or false")


class Findings(list[Violation]):
    """Every violation of one body; `place` writes a path as the sender knows it."""

    def __init__(self, place: Callable[[str], str] = str) -> None:
        super().__init__()
        self._place = place

    def add(self, code: str, path: str, **values: object) -> None:
        """One more violation, `code` at `path`."""
        if len(self) < MOST_VIOLATIONS:
            self.append(violation(code, self._place(path), choices=(), **values))

    def add_expected(self, path: str, expected: Expected) -> None:
        """The value at `path` is not what was expected."""
        self.add(expected.code, path, expected_sv=expected.sv, expected_en=expected.en)


def read_fields(given: Mapping[str, object], fields: Mapping[str, Field], path: str, found: Findings) -> dict[str, Any]:
    """Every field of `fields` with its clean value, None where it is missing, blank or refused.

    Blank text is the same as no value: a form sends "" for what nobody filled in. A value that is Expected
    was refused already, by the reader of a file format.
    """
    clean: dict[str, Any] = {}
    for name, (check, required) in fields.items():
        value = given.get(name)
        if value is None or (isinstance(value, str) and (not value or value.isspace())):
            clean[name] = None
            if required:
                found.add("field-missing", path + name)
            continue
        if not isinstance(value, Expected):
            value = check(value)
        if isinstance(value, Expected):
            found.add_expected(path + name, value)
            value = None
        clean[name] = value
    if not given.keys() <= fields.keys():
        for name in given:
            if name not in fields:
                found.add("field-unknown", path + shown_name(name))
    return clean


def text(longest: int) -> Check:
    """Text of at most `longest` characters: NFC, stripped, without control characters and bidi overrides."""
    expected = Expected(
        f"ska vara text på högst {longest} tecken, utan styrtecken",
        f"must be text of at most {longest} characters, without control characters",
    )

    def check(value: object) -> str | Expected:
        if not isinstance(value, str):
            return expected
        clean = value.strip()
        # Before NFC, which takes quadratic time over a long run of combining marks; it joins four at most.
        if len(clean) > 4 * longest:
            return expected
        if not clean.isascii():
            clean = normalize("NFC", clean)
        if len(clean) > longest or (not clean.isprintable() and _FORBIDDEN.search(clean)):
            return expected
        return clean

    return check


def code(longest: int) -> Check:
    """A number or code of ours or of the caller's: text that is no personal identity number (P7)."""
    is_text = text(longest)

    def check(value: object) -> object:
        clean = is_text(value)
        if not isinstance(clean, str) or len(clean) < _PERSONAL_NUMBER_LENGTH:
            return clean
        # A zero-width or no-break space does not hide a number.
        seen = clean if clean.isprintable() else "".join(filter(str.isprintable, clean))
        return NO_PERSONAL_NUMBER if is_personal_number(seen) else clean

    return check


def reference(longest: int) -> Check:
    """What somebody refers to, in their own words: text with no personal identity number in it (P7)."""
    is_code = code(longest)

    def check(value: object) -> object:
        clean = is_code(value)
        return NO_PERSONAL_NUMBER if isinstance(clean, str) and holds_personal_number(clean) else clean

    return check


RESERVED_SOURCE = "orderflode"
"""The source of what the system makes itself (restorder): nobody else may send as it."""

_SOURCE = code(32)


def source(value: object) -> object:
    """Who sends: a code, but not the system's own name."""
    clean = _SOURCE(value)
    if clean == RESERVED_SOURCE:
        return Expected(f"{RESERVED_SOURCE} är systemets eget namn", f"{RESERVED_SOURCE} is the system's own name")
    return clean


def codes(longest: int) -> Check:
    """A list of codes, as a tuple."""
    is_code = code(longest)
    expected = Expected("ska vara en lista av texter", "must be a list of texts")

    def check(value: object) -> object:
        if not isinstance(value, list):
            return expected
        clean = [is_code(item) for item in value]
        wrong = next((item for item in clean if isinstance(item, Expected)), None)
        return wrong or (tuple(clean) if all(clean) else expected)

    return check


def one_of(*allowed: str) -> Check:
    """One of the values of a closed list, which the refusal names."""
    expected = Expected(f"ska vara något av {', '.join(allowed)}", f"must be one of {', '.join(allowed)}")

    def check(value: object) -> str | Expected:
        clean = value.strip() if isinstance(value, str) else value
        return clean if isinstance(clean, str) and clean in allowed else expected

    return check


def iso_date(value: object) -> date | Expected:
    """A day of the calendar, written YYYY-MM-DD."""
    clean = value.strip() if isinstance(value, str) else ""
    # fromisoformat alone also takes 20260131 and 2026-W05-6.
    if not _ISO_DATE.fullmatch(clean):
        return A_DATE
    try:
        return date.fromisoformat(clean)
    except ValueError:
        return A_DATE


def true_or_false(value: object) -> bool | Expected:
    """A truth value; 1 and "true" are none."""
    return value if isinstance(value, bool) else TRUE_OR_FALSE


def quantity(value: object) -> int | Expected:
    """A number of pieces, 1–9999; true, 1.0 and "1" are none."""
    return value if type(value) is int and 1 <= value <= 9999 else QUANTITY


def an_object(value: object) -> dict[str, object] | Expected:
    """An object with fields of its own, which are read by themselves."""
    return value if isinstance(value, dict) else AN_OBJECT


def shown_name(name: str) -> str:
    """A field's or column's name as an error may show it: "?" where it may be a person's number."""
    is_name = len(name) <= 40 and name.isprintable() and sum(map(str.isdigit, name)) < 8
    return name if is_name else "?"
