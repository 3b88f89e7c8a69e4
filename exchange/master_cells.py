"""What may one cell of the master data hold? Checks of single values: pieces, codes of classes, days, hours, addresses.

A check takes what stands in the cell and returns it clean, or what was Expected; it never repeats the value.
Next: master_tables.py, the columns that use them.
"""

import re
from datetime import time
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from exchange.shape_check import NO_PERSONAL_NUMBER, Check, Expected, code, one_of
from workflows.identity import holds_personal_number
from workflows.master_data import Role

MOST_PIECES = 999_999_999
"""The largest balance or level a file may give: what fits the database's integers with room to grow."""
MOST_DAYS = 60
"""The most working days a lead class may promise."""

CODE: Final = code(64)
NAME: Final[Check] = code(200)
"""A name may be anything but a person's number: people do paste one into the wrong column."""

_DAY_NAMES: Final = (
    ("mån", "mon", "måndag", "monday"),
    ("tis", "tue", "tisdag", "tuesday"),
    ("ons", "wed", "onsdag", "wednesday"),
    ("tor", "thu", "torsdag", "thursday"),
    ("fre", "fri", "fredag", "friday"),
    ("lör", "sat", "lördag", "saturday"),
    ("sön", "sun", "söndag", "sunday"),
)
_ISO_WEEKDAY: Final = {name: day for day, names in enumerate(_DAY_NAMES, start=1) for name in (*names, str(day))}
_WEEKDAYS = Expected(
    "ska vara veckodagar (mån, tis … sön) åtskilda av ;",
    "must be weekdays (mon, tue … sun) separated by ;",
)
_CLOCK_TIME = Expected("ska vara ett klockslag som TT:MM", "must be a time of day as HH:MM")
_ADDRESS = Expected(
    "ska vara mailto: och en adress, eller en http- eller https-länk",
    "must be mailto: and an address, or an http or https link",
)
_MAIL = re.compile(r"mailto:[A-Za-z0-9.!#$&'*+/=_{|}~^-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_LONGEST_ADDRESS = 500


def zero_or_one(value: object) -> bool | Expected:
    """A truth value as the files write it."""
    clean = str(value).strip()
    return clean == "1" if clean in ("0", "1") else Expected("ska vara 0 eller 1", "must be 0 or 1")


def pieces(value: object) -> int | Expected:
    """A number of pieces, never negative."""
    return _whole_number(value, MOST_PIECES)


def number_of_days(value: object) -> int | Expected:
    """A number of working days, 0–60."""
    return _whole_number(value, MOST_DAYS)


def _whole_number(value: object, most: int) -> int | Expected:
    clean = str(value).strip()
    if re.fullmatch(r"[0-9]{1,12}", clean) and int(clean) <= most:
        return int(clean)
    return Expected(f"ska vara ett heltal från 0 till {most}", f"must be a whole number from 0 to {most}")


def iso_9999(value: object) -> str | Expected:
    """A class of ISO 9999 or the beginning of one, as digits; "12 22 03" is written 122203."""
    clean = re.sub(r"\s", "", str(value))
    if re.fullmatch(r"[0-9]{2,10}", clean):
        return clean
    return Expected(
        "ska vara en ISO 9999-kod med 2–10 siffror",
        "must be an ISO 9999 code of 2–10 digits",
    )


def gtin(value: object) -> str | Expected:
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


def roles(value: object) -> frozenset[str] | Expected:
    """Roles, separated by semicolons."""
    given = frozenset(role.strip() for role in str(value).split(";") if role.strip())
    if given <= set(Role):
        return given
    names = ", ".join(Role)
    return Expected(
        f"ska vara roller bland {names}, åtskilda av ;",
        f"must be roles among {names}, separated by ;",
    )


def member(values: type[StrEnum]) -> Check:
    """One of the values of a closed list, as that value."""
    is_one = one_of(*values)

    def check(value: object) -> object:
        clean = is_one(value)
        return values(clean) if isinstance(clean, str) else clean

    return check


def weekdays(value: object) -> frozenset[int] | Expected:
    """Weekdays separated by semicolons, in Swedish or English or as ISO numbers, as ISO numbers (1 is Monday)."""
    names = [name.strip().casefold() for name in str(value).split(";") if name.strip()]
    days = frozenset(_ISO_WEEKDAY.get(name, 0) for name in names)
    return _WEEKDAYS if 0 in days else days


def clock_time(value: object) -> time | Expected:
    """An hour of the day, written HH:MM."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", str(value).strip())
    return time(int(found[1]), int(found[2])) if found else _CLOCK_TIME


def notice_address(value: object) -> str | Expected:
    """Where notices go: one mail address, or a link that takes a POST. No name or password stands in a link: it is
    shown to people."""
    clean = str(value).strip()
    if len(clean) > _LONGEST_ADDRESS or not clean.isascii() or not clean.isprintable() or " " in clean:
        return _ADDRESS
    if holds_personal_number(clean):
        return NO_PERSONAL_NUMBER
    if _MAIL.fullmatch(clean):
        return clean
    try:
        link = urlsplit(clean)
        usable = link.scheme in ("http", "https") and link.hostname and link.port != 0 and link.username is None
    except ValueError:
        return _ADDRESS
    return clean if usable else _ADDRESS
