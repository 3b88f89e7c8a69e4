"""How soon did orders move again? For each class, seconds from the heal until the next step that ran by itself; and
when nothing moved at all."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from drill.judge.end_state import EndState
from drill.nemesis import Strike

SHOWN = 3


@dataclass(frozen=True, slots=True)
class Recovery:
    """One class: how often it struck and was seen to, and the seconds until orders moved again."""

    name: str
    struck: int
    observed: int
    median_seconds: float | None
    longest_seconds: float | None

    def as_json(self) -> dict[str, object]:
        """By name."""
        return {
            "name": self.name, "struck": self.struck, "observed": self.observed,
            "median_seconds": self.median_seconds, "longest_seconds": self.longest_seconds,
        }  # fmt: skip


def recoveries(classes: Iterable[str], strikes: Sequence[Strike], state: EndState) -> list[Recovery]:
    """The classes by name; one that never struck is among them."""
    moments = sorted(step.at for step in state.steps if step.actor == "orderflode")
    by_class: dict[str, list[Strike]] = {name: [] for name in classes}
    for strike in strikes:
        by_class[strike.name].append(strike)
    return [_recovery(name, by_class[name], moments) for name in sorted(by_class)]


def _recovery(name: str, strikes: Sequence[Strike], moments: Sequence[float]) -> Recovery:
    waits = []
    for strike in strikes:
        place = bisect_right(moments, strike.healed)
        if place < len(moments):
            waits.append(moments[place] - strike.healed)
    return Recovery(
        name,
        len(strikes),
        sum(strike.observed for strike in strikes),
        round(median(waits), 2) if waits else None,
        round(max(waits), 2) if waits else None,
    )


@dataclass(frozen=True, slots=True)
class Standstill:
    """A time in which no order moved by itself, though clients were at work, and the classes that struck meanwhile."""

    seconds: float
    classes: tuple[str, ...]


def standstills(strikes: Sequence[Strike], state: EndState, until: float) -> list[Standstill]:
    """The longest first, `SHOWN` of them; `until` is when the clients stopped."""
    moments = sorted(step.at for step in state.steps if step.actor == "orderflode" and step.at <= until)
    gaps = sorted(((after - before, before, after) for before, after in pairwise(moments)), reverse=True)[:SHOWN]
    return [
        Standstill(
            round(seconds, 1),
            tuple(sorted({each.name for each in strikes if each.began < after and each.healed > before})),
        )
        for seconds, before, after in gaps
    ]
