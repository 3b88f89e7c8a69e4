"""Which units leave which lines when part of an order is cancelled? Pure: the last line gives first.

Serial numbers that are named say which devices the order is to bring: none is dropped unless it is named again.
Next: steps/reduce.py, which moves the goods.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


class ReduceTooMuch(Exception):
    """Så mycket finns inte kvar, eller inget blir kvar: makulera ordern i stället (too much, or all: cancel it)."""


class SerialNumbersNamed(Exception):
    """Individnumren är namngivna: säg med --serial vilka som utgår (say with --serial which numbers go)."""


class SerialNumberUnknown(Exception):
    """Ett individnummer finns inte på raderna som minskas (a serial number is not on the lines that are reduced)."""


@dataclass(frozen=True, slots=True)
class Line:
    """An order's line: the units it still is to bring, and the serial numbers named for them."""

    line_no: int
    article: str
    ordered_article: str | None
    left: int
    serial_numbers: tuple[str, ...]

    def named_in(self, articles: Collection[str]) -> str | None:
        """The one of `articles` that means this line: what is sent, or what was ordered."""
        return next((each for each in (self.article, self.ordered_article) if each and each in articles), None)


@dataclass(frozen=True, slots=True)
class Cut:
    """What leaves one line: units, and the serial numbers among them."""

    line: Line
    units: int
    dropped: tuple[str, ...]

    @property
    def kept(self) -> tuple[str, ...]:
        """The serial numbers that stay."""
        return tuple(each for each in self.line.serial_numbers if each not in self.dropped)


def cuts(lines: Sequence[Line], units: Mapping[str, int], serial_numbers: Sequence[str]) -> list[Cut]:
    """Spread `units` (article → how many, each ≥ 1) over `lines`; those with one of `serial_numbers` give it.

    Only lines that give something are in the answer. Raises ReduceTooMuch, SerialNumberUnknown, SerialNumbersNamed.
    """
    wanted = dict(units)
    given = {line.line_no: 0 for line in lines}
    dropped = _dropped(lines, serial_numbers, wanted, given)
    for line in reversed(lines):
        article = line.named_in(wanted)
        if article is not None:
            more = min(wanted[article], line.left - given[line.line_no])
            given[line.line_no] += more
            wanted[article] -= more
    if any(wanted.values()) or sum(given.values()) == sum(line.left for line in lines):
        raise ReduceTooMuch(ReduceTooMuch.__doc__)
    found = [Cut(line, given[line.line_no], tuple(dropped[line.line_no])) for line in lines if given[line.line_no]]
    if any(len(cut.kept) > cut.line.left - cut.units for cut in found):
        raise SerialNumbersNamed(SerialNumbersNamed.__doc__)
    return found


def _dropped(
    lines: Sequence[Line], serial_numbers: Sequence[str], wanted: dict[str, int], given: dict[int, int]
) -> dict[int, list[str]]:
    """The numbers that go, by line; takes their units from `wanted` and adds them to `given`."""
    dropped: dict[int, list[str]] = {line.line_no: [] for line in lines}
    for number in dict.fromkeys(serial_numbers):
        for line in lines:
            article = line.named_in(wanted)
            if article is not None and wanted[article] and number in line.serial_numbers:
                wanted[article] -= 1
                given[line.line_no] += 1
                dropped[line.line_no].append(number)
                break
        else:
            raise SerialNumberUnknown(SerialNumberUnknown.__doc__)
    return dropped
