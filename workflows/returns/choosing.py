"""Which units does a person mean? Pure: from piles of units, some known by serial number, those that were named.

What is most precise is taken first: serial numbers, then units of a line or an article, then "all the rest".
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from workflows.returns.refusals import MoreThanIsThere, NothingThere, SayWhichDevice


@dataclass(frozen=True, slots=True)
class Pick:
    """What a person names: a device by its number, units of an article or line, or all of what is left.

    `to` is where it is to go, when that differs between what is named.
    """

    article: str | None = None
    line_no: int | None = None
    units: int | None = None
    serial_number: str | None = None
    to: str = ""

    @property
    def vagueness(self) -> int:
        """0 for a device, 1 for a number of units, 2 for all that is left."""
        return 0 if self.serial_number is not None else 1 if self.units is not None else 2

    @property
    def name(self) -> str:
        """As the person said it."""
        where = [self.article, f"rad {self.line_no}" if self.line_no else None, self.serial_number]
        return " ".join(part for part in where if part)


class Pile(NamedTuple):
    """Units of one line that can be chosen; `source` is the order, the holding or the return it belongs to.

    `serial_numbers` are those of the `units` that are known by number. `receiver` is who has them: a unit's code, or
    `patient`.
    """

    source: int
    line_no: int
    article: str
    units: int
    serial_numbers: tuple[str, ...]
    receiver: str


class Chosen(NamedTuple):
    """Units of a pile that go `to` one place."""

    pile: Pile
    to: str
    units: int
    serial_numbers: tuple[str, ...]


@dataclass(slots=True)
class _Left:
    """What is left of a pile, and what was taken of it, by where it goes."""

    pile: Pile
    unmarked: int
    serial_numbers: list[str]
    taken: dict[str, int] = field(default_factory=dict)
    taken_numbers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def units(self) -> int:
        return self.unmarked + len(self.serial_numbers)

    def take_unmarked(self, to: str, units: int) -> int:
        """Up to `units` without a number; returns how many."""
        taken = min(units, self.unmarked)
        self.unmarked -= taken
        if taken:
            self.taken[to] = self.taken.get(to, 0) + taken
        return taken

    def take_device(self, to: str, serial_number: str) -> None:
        self.serial_numbers.remove(serial_number)
        self.taken[to] = self.taken.get(to, 0) + 1
        self.taken_numbers.setdefault(to, []).append(serial_number)

    def take_all(self, to: str) -> None:
        self.take_unmarked(to, self.unmarked)
        for each in list(self.serial_numbers):
            self.take_device(to, each)


def choose(piles: Iterable[Pile], picks: Sequence[Pick]) -> list[Chosen]:
    """The units that `picks` name, in the order of the piles.

    Raises NothingThere, MoreThanIsThere, and SayWhichDevice where units are named and it matters which.
    """
    left = [_Left(pile, pile.units - len(pile.serial_numbers), list(pile.serial_numbers)) for pile in piles]
    for pick in sorted(picks, key=lambda each: each.vagueness):
        _take(left, pick)
    return [
        Chosen(each.pile, to, units, tuple(each.taken_numbers.get(to, ())))
        for each in left
        for to, units in each.taken.items()
    ]


def _take(left: list[_Left], pick: Pick) -> None:
    meant = [
        each
        for each in left
        if (pick.article is None or each.pile.article == pick.article)
        and (pick.line_no is None or each.pile.line_no == pick.line_no)
    ]
    if pick.serial_number is not None:
        found = [each for each in meant if pick.serial_number in each.serial_numbers]
        if not found:
            raise MoreThanIsThere(pick.name, 1, 0)
        if len(found) > 1:
            raise SayWhichDevice(pick.serial_number, [f"{each.pile.article}={pick.serial_number}" for each in found])
        found[0].take_device(pick.to, pick.serial_number)
        return
    there = sum(each.units for each in meant)
    if pick.units is None or pick.units == there:
        if not there:
            raise NothingThere
        for each in meant:
            each.take_all(pick.to)
        return
    _take_units(meant, pick, pick.units, there)


def _take_units(meant: list[_Left], pick: Pick, units: int, there: int) -> None:
    if units > there:
        raise MoreThanIsThere(pick.name, units, there)
    if units > sum(each.unmarked for each in meant):
        raise SayWhichDevice(pick.name, [number for each in meant for number in each.serial_numbers])
    for each in meant:
        units -= each.take_unmarked(pick.to, units)
