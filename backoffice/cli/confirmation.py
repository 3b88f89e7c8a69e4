"""What does a person say when they confirm? How many of an article are missing, and which devices they hold."""

import re
from typing import Annotated

import typer

from backoffice.cli.output import UNUSABLE, fail
from exchange.shape_check import code

Short = Annotated[
    list[str] | None,
    typer.Option(metavar="ARTICLE=QUANTITY", help="Så många saknas av artikeln (units missing of the article)"),
]
Serial = Annotated[
    list[str] | None,
    typer.Option(metavar="ARTICLE=SERIAL", help="Individ som plockats eller kommit fram (device picked or received)"),
]

_check_serial = code(64)


def read_units(given: list[str], what: str = "--short ") -> dict[str, int]:
    """ARTICLE=QUANTITY words as units by article; `what` they are is said when one cannot be read."""
    units: dict[str, int] = {}
    for each in given:
        article, _, quantity = each.rpartition("=")
        if not article or not re.fullmatch(r"[1-9][0-9]{0,3}", quantity):
            fail(f"{what}{each}: skriv ARTIKEL=ANTAL, antal 1–9999 (write ARTICLE=QUANTITY, 1–9999)", UNUSABLE)
        units[article] = units.get(article, 0) + int(quantity)
    return units


def read_serials(given: list[str]) -> dict[str, list[str]]:
    """Serial numbers by article; ends the command for what is not ARTICLE=SERIAL."""
    serials: dict[str, list[str]] = {}
    for each in given:
        article, _, serial = each.partition("=")
        clean = _check_serial(serial) if article and serial.strip() else None
        if not isinstance(clean, str):
            # What was given is not repeated: it may be somebody's number.
            fail("--serial: skriv ARTIKEL=INDIVIDNUMMER, inget personnummer (write ARTICLE=SERIAL)", UNUSABLE)
        serials.setdefault(article, []).append(clean)
    return serials
