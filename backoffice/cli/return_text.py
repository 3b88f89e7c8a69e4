"""How does a return read, and how are its units named? The long forms behind the commands of returns.py."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from backoffice.cli.output import UNUSABLE, fail, print_table, print_text
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF
from workflows.returns.machine import swedish_return_state
from workflows.returns.reading import find_return
from workflows.returns.refusals import ReturnNotFound

PLACES = {
    "receiver": "hos mottagaren", "inspection": "granskas", "repair": "reparation", "store": "hylla",
    "written_off": "svinn",
}  # fmt: skip
_UNITS = re.compile(r"(.+)=([1-9][0-9]{0,3})")
_DEVICE = re.compile(r"([^=]+)=(.+)")
_LINE = re.compile(r"([1-9][0-9]{0,3})(?:=([1-9][0-9]{0,3}))?")

EVERYTHING = "all"
"""The word for all that is left."""


def return_ids(references: Sequence[str]) -> list[int]:
    """The ids in `R-12 R-13`, each once; ends the command where one is none."""
    ids = []
    for each in references:
        return_id = find_return(each)
        if return_id is None:
            fail(f"{each}: {ReturnNotFound.__doc__}")
        ids.append(return_id)
    return list(dict.fromkeys(ids))


def picked(texts: Iterable[str] | None, to: str = "") -> list[Pick]:
    """What is named: `ARTICLE=UNITS`, a serial number (`ARTICLE=NUMBER` where two articles share it), or `all`."""
    return [_picked(text, to) for text in texts or ()]


def _picked(text: str, to: str) -> Pick:
    if text == EVERYTHING:
        return Pick(to=to)
    if units := _UNITS.fullmatch(text):
        return Pick(article=units[1], units=int(units[2]), to=to)
    if device := _DEVICE.fullmatch(text):
        return Pick(article=device[1], serial_number=device[2], to=to)
    return Pick(serial_number=text, to=to)


def picked_lines(texts: Iterable[str] | None) -> list[Pick]:
    """Lines that are named: `NO=UNITS`, or `NO` for all of the line."""
    picks = []
    for text in texts or ():
        line = _LINE.fullmatch(text)
        if line is None:
            fail(f"--line {text}: skriv RAD=ANTAL eller RAD (write NO=UNITS or NO)", UNUSABLE)
        picks.append(Pick(line_no=int(line[1]), units=int(line[2]) if line[2] else None))
    return picks


def picked_articles(texts: Iterable[str] | None) -> list[Pick]:
    """Articles that are named: `ARTICLE=UNITS`, or `ARTICLE` for all of it."""
    picks = []
    for text in texts or ():
        units = _UNITS.fullmatch(text)
        picks.append(Pick(article=units[1], units=int(units[2])) if units else Pick(article=text))
    return picks


def judgement(shelf: list[str] | None, repair: list[str] | None, write_off: list[str] | None) -> list[Pick]:
    """What goes where."""
    return picked(shelf, SHELF) + picked(repair, REPAIR) + picked(write_off, WRITTEN_OFF)


def left_behind(accessory: dict[str, Any]) -> str:
    """That an accessory of a device that comes back is still out."""
    where = f"{accessory['units']} {accessory['article']} (order {accessory['order']} rad {accessory['line']})"
    return f"Tillbehör är kvar: {where}; begär det åter med --with-accessories (an accessory is still out)"


def print_return(found: dict[str, Any]) -> None:
    """The return, its lines and its history."""
    print_text(f"Retur {found['number']}  {swedish_return_state(found['state'])}  till lager {found['store']}")
    print_text(f"Orsak (reason): {found['reason']}")
    print_return_lines(found, heading=False)
    print_text()
    print_table(
        ("händelse", "från", "till", "när", "vem", "orsak", "enheter"),
        (
            (
                each["event"], each["from"], each["to"], each["at"], each["actor"], each["reason"],
                [_units(unit) for unit in each["units"] or ()],
            )
            for each in found["history"]
        ),
    )  # fmt: skip


def _units(unit: dict[str, Any]) -> str:
    names = f" ({', '.join(unit['serial_numbers'])})" if unit["serial_numbers"] else ""
    return f"{unit['units']} {unit['article']}{names} → {PLACES[unit['to']]}"


def print_return_lines(found: dict[str, Any], *, heading: bool = True) -> None:
    """What came back and what became of it."""
    if heading:
        print_text()
        print_text(f"Retur {found['number']}  {swedish_return_state(found['state'])}  till lager {found['store']}")
    print_table(
        ("artikel", "från", "begärt", "mottaget", "granskas", "hylla", "reparation", "svinn", "individer"),
        (
            (
                each["article"],
                each["holding"] or f"order {each['order']} rad {each['order_line']}",
                each["requested"], each["received"], each["in_inspection"], each["restocked"] + each["mended"],
                each["in_repair"], each["written_off"] + each["scrapped"],
                [f"{device['serial_number']} ({PLACES[device['place']]})" for device in each["devices"]],
            )
            for each in found["lines"]
        ),
    )  # fmt: skip
