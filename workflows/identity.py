"""Whose number is this? Personnummer, samordningsnummer and reservnummer, in every form people write them.

One person gives one canonical text, whatever the form: 10 or 12 digits, `-` or `+`. No number is ever in a
repr or an exception. Next: rules/, which never see a patient's number at all.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

_WRITTEN = re.compile(r"([0-9]{2})?([0-9]{2})([0-9]{2})([0-9]{2})([-+]?)([0-9]{4})")
_LOOKS_LIKE_A_NUMBER = re.compile(r"(?<!\d)(?:\d{6}|\d{8})[-+\u2010-\u2015\u2212 ]?\d{4}(?!\d)")
_WRITTEN_SOMEHOW = re.compile(r"([0-9]{2})?([0-9]{2})([0-9]{2})([0-9]{2})[-+\s\u2010-\u2015\u2212]?([0-9]{4})")
_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
"""Luhn: the digit sum of twice a digit."""
_FIRST_BIRTH_YEAR = 1840
"""Numbers were first given in 1947; nobody alive then was born before."""
_LAST_BIRTH_YEAR = 2099
"""Where no clock is at hand: later years are article numbers and the like, not births."""
_ANY_CENTURY = 2000
"""10 digits without a clock: 2000 is a leap year, so every day that is real in some century is real here."""


class IdentityKind(StrEnum):
    """Which register a patient's number comes from."""

    PERSONNUMMER = "personnummer"
    SAMORDNINGSNUMMER = "samordningsnummer"
    RESERVNUMMER = "reservnummer"


@dataclass(frozen=True, slots=True)
class Identity:
    """A valid number: `canonical` is YYYYMMDDNNNN, or a reservnummer in capitals; the repr hides it."""

    kind: IdentityKind
    canonical: str = field(repr=False)


def identity_of(text: str, *, on: date, reservnummer_patterns: Sequence[re.Pattern[str]] = ()) -> Identity | None:
    """Read a patient's number as it stood on the day `on`; None when it is nobody's.

    Accepted: YYMMDD-NNNN, YYMMDD+NNNN (`+` from the year of the 100th birthday), YYMMDDNNNN (read as with
    `-`), YYYYMMDDNNNN and YYYYMMDD-NNNN; ASCII digits, Luhn, a real day, not born after `on`. With 12 digits
    a `+` must be true, because a false one shows that the century or the sign is mistyped. A reservnummer is
    what a configured pattern matches whole, after strip and upper-case, ASCII too. Interim numbers (T220) are
    refused, unless the region's own pattern takes in what looks like one.
    """
    stripped = text.strip()
    written = _WRITTEN.fullmatch(stripped)
    if written is not None:
        century, year, month, day, sign, serial = written.groups()
        born = _birth_year(century, int(year), sign, on)
        if born is not None and _is_real(born, month, day, serial, on) and _luhn(year + month + day + serial):
            kind = IdentityKind.SAMORDNINGSNUMMER if day >= "60" else IdentityKind.PERSONNUMMER
            return Identity(kind, f"{born}{month}{day}{serial}")
    reservnummer = stripped.upper()
    if reservnummer.isascii() and any(pattern.fullmatch(reservnummer) for pattern in reservnummer_patterns):
        return Identity(IdentityKind.RESERVNUMMER, reservnummer)
    return None


def is_personal_number(text: str) -> bool:
    """Say whether a code or external id is really somebody's personnummer or samordningsnummer.

    Needs no clock: a day that is real is enough. Wider than `identity_of`, because a number that slips
    through would lie in clear (P7): full-width digits, any dash, and a blank before the last four count too.
    """
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    written = _WRITTEN_SOMEHOW.fullmatch(plain.strip())
    if written is None:
        return False
    century, year, month, day, serial = written.groups()
    born = int(century + year) if century else _ANY_CENTURY + int(year)
    return (
        _FIRST_BIRTH_YEAR <= born <= _LAST_BIRTH_YEAR
        and _is_real(born, month, day, serial, date.max)
        and _luhn(year + month + day + serial)
    )


def holds_personal_number(text: str) -> bool:
    """Whether free text, a reason or a reference, has somebody's number in it: it would lie in clear (P7)."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return any(is_personal_number(found.group()) for found in _LOOKS_LIKE_A_NUMBER.finditer(plain))


def looks_like_personal_number(text: str) -> bool:
    """Whether digits in it are written as somebody's number is, a mistyped one too."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _LOOKS_LIKE_A_NUMBER.search(plain) is not None


def _birth_year(century: str | None, year: int, sign: str, on: date) -> int | None:
    """The year of birth in four digits; None where it contradicts the sign or lies before anybody's."""
    if century is None:
        newest = on.year - 100 if sign == "+" else on.year
        born = newest - (newest - year) % 100
    else:
        born = int(century) * 100 + year
        if sign == "+" and on.year - born < 100:
            return None
    return born if born >= _FIRST_BIRTH_YEAR else None


def _is_real(born: int, month: str, day: str, serial: str, on: date) -> bool:
    """Whether the day exists and is not after `on`, and the serial number is one that is given (not 000).

    A samordningsnummer has 60 added to its day; month 00 and day 00 (written 60) mean unknown: Skatteverket's
    own test series holds such.
    """
    month_number, day_number = int(month), int(day)
    if day_number >= 60:
        month_number, day_number = month_number or 1, day_number - 60 or 1
    try:
        return date(born, month_number, day_number) <= on and not serial.startswith("000")
    except ValueError:
        return False


def _luhn(ten_digits: str) -> bool:
    """Whether the last of the ten digits is the check digit of the others."""
    doubled = sum([_DOUBLED[int(digit)] for digit in ten_digits[::2]])
    return (doubled + sum(map(int, ten_digits[1::2]))) % 10 == 0
