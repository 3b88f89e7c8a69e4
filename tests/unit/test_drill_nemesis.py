"""Does the nemesis keep its word? The same seed strikes the same, every class in turn, and what was not seen again.

The faults here strike nothing: what real ones do, and that they are seen, is integration/test_drill_faults.py.
"""

import random
from dataclasses import dataclass, field
from typing import Any

from drill.fault import Evidence
from drill.nemesis import Nemesis

NO_WORLD: Any = None


@dataclass
class Knock:
    """A fault that is seen from its `seen_from`-th strike on, and notes what chance gave it."""

    name: str
    seen_from: int = 1
    tells: str = "Knocks."
    given: list[float] = field(default_factory=list)

    def strike(self, _world: Any, rng: random.Random) -> Evidence:
        self.given.append(rng.random())
        if len(self.given) == 1 and self.seen_from > 1:
            raise ConnectionError("what the row holds")
        return Evidence(len(self.given) >= self.seen_from, "knocked")


def raged(seed: int, *faults: Knock, least: int = 0, number: int = 0) -> Nemesis:
    """A nemesis that has raged for half a second, and made good."""
    names = [fault.name for fault in faults]
    nemesis = Nemesis(NO_WORLD, seed, bool, {"only": faults}, pause=(0.0, 0.02))
    nemesis.rage(names, 0.5)
    nemesis.make_good(names, least, number, 20)
    return nemesis


def test_the_same_seed_gives_each_class_the_same_chances() -> None:
    first, again, other = (Knock("a"), Knock("b")), (Knock("a"), Knock("b")), (Knock("a"), Knock("b"))
    raged(1, *first)
    raged(1, *again)
    raged(2, *other)
    for one, same, different in zip(first, again, other, strict=True):
        assert one.given[0] == same.given[0] != different.given[0]


def test_a_class_that_was_not_seen_strikes_again_until_it_is() -> None:
    late = Knock("late", seen_from=4)
    nemesis = raged(1, Knock("a"), late, least=2)
    assert nemesis.observed()["late"] >= 2
    assert len(late.given) >= 5


def test_so_many_strikes_are_seen_as_must_be() -> None:
    assert raged(1, Knock("a"), Knock("b"), number=12).observed().total() >= 12


def test_a_strike_that_raises_was_not_seen_and_its_error_is_not_quoted() -> None:
    nemesis = raged(1, Knock("a", seen_from=2))
    assert (nemesis.strikes[0].observed, nemesis.strikes[0].what) == (False, "ConnectionError")


def test_a_nemesis_without_classes_waits() -> None:
    nemesis = Nemesis(NO_WORLD, 1, bool)
    nemesis.rage([], 0.2)
    assert nemesis.strikes == []
