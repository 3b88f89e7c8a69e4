"""When does what break? A seeded schedule of strikes, phase by phase, a few at a time, each with its evidence.

Every chosen class of a phase strikes in turn, in an order that the seed decides; classes that were seen too seldom
strike again at the end. Next: faults/, the classes; judge/recovery.py, how soon orders moved again.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count

from drill.fault import Fault
from drill.faults import PHASES
from drill.world import World

LANES = 3
"""Strikes at the same time at most: while one freezes something for long, others go on."""
CLASSES_OF_A_LANE = 4
"""A few classes strike in fewer lanes: where a worker is killed every second, none ever works."""
PAUSE = (0.5, 1.5)
"""Seconds between two strikes of a lane."""


@dataclass(frozen=True, slots=True)
class Strike:
    """One strike: when it began and when its damage was healed (seconds since the epoch), and its evidence."""

    name: str
    began: float
    healed: float
    observed: bool
    what: str


@dataclass(slots=True)
class Nemesis:
    """Strikes a world. `strikes` holds what has happened so far."""

    world: World
    seed: int
    say: Callable[[str], object]
    phases: Mapping[str, Sequence[Fault]] = field(default_factory=lambda: PHASES)
    pause: tuple[float, float] = PAUSE
    strikes: list[Strike] = field(default_factory=list)
    _rages: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rage(self, classes: Collection[str], seconds: float) -> None:
        """Let the `classes` strike for `seconds`, each phase in its share."""
        self._rages += 1
        phases = [(name, [each for each in faults if each.name in classes]) for name, faults in self.phases.items()]
        phases = [(name, faults) for name, faults in phases if faults]
        number = sum(len(faults) for _, faults in phases)
        if not number:
            time.sleep(seconds)
        for name, faults in phases:
            self.say(f"fas {name} (phase): {len(faults)} felklasser (classes)")
            deadline = time.monotonic() + seconds * len(faults) / number
            self._strike_until(self._turns(faults), partial(_has_passed, deadline), len(faults))

    def make_good(self, classes: Collection[str], least: int, number: int, seconds: float) -> None:
        """Let classes that were seen less than `least` times strike again, and any until `number` strikes were seen;
        for so many seconds at most."""
        faults = [each for phase in self.phases.values() for each in phase if each.name in classes]
        deadline = time.monotonic() + seconds

        def is_good() -> bool:
            seen = self.observed()
            return _has_passed(deadline) or (seen.total() >= number and all(seen[name] >= least for name in classes))

        self._strike_until(self._missing(faults, least), is_good, len(faults))

    def _strike_until(
        self, turns: Iterator[tuple[Fault, random.Random]], is_over: Callable[[], bool], classes: int
    ) -> None:
        number = min(LANES, -(-classes // CLASSES_OF_A_LANE))
        lanes = [threading.Thread(target=self._lane, args=(turns, is_over), daemon=True) for _ in range(number)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()

    def _lane(self, turns: Iterator[tuple[Fault, random.Random]], is_over: Callable[[], bool]) -> None:
        while not is_over():
            with self._lock:
                fault, chance = next(turns)
            self._strike(fault, chance)
            time.sleep(chance.uniform(*self.pause))

    def _turns(self, faults: Sequence[Fault]) -> Iterator[tuple[Fault, random.Random]]:
        """Each class once in every round; what a strike chooses depends on the seed, its class and its round alone."""
        names = [each.name for each in faults]
        order = random.Random(f"{self.seed} {self._rages} {names}")  # noqa: S311
        for turn in count():
            for fault in order.sample(faults, len(faults)):
                yield fault, random.Random(f"{self.seed} {self._rages} {fault.name} {turn}")  # noqa: S311

    def _missing(self, faults: Sequence[Fault], least: int) -> Iterator[tuple[Fault, random.Random]]:
        """Those that were seen too seldom, one after the other; when there are none, any."""
        begun = Counter(strike.name for strike in self.strikes if strike.observed)
        for turn in count():
            rare = [each for each in faults if begun[each.name] < least]
            fault = (rare or faults)[turn % len(rare or faults)]
            begun[fault.name] += 1
            if not rare:
                begun = Counter(strike.name for strike in self.strikes if strike.observed)
            yield fault, random.Random(f"{self.seed} late {fault.name} {turn}")  # noqa: S311

    def _strike(self, fault: Fault, chance: random.Random) -> None:
        began = time.time()
        try:
            evidence = fault.strike(self.world, chance)
            observed, what = evidence.observed, evidence.what
        except Exception as error:
            observed, what = False, f"{type(error).__name__}"
        with self._lock:
            self.strikes.append(Strike(fault.name, began, time.time(), observed, what))
        self.say(f"{fault.name}: {what}{'' if observed else ' – INTE SEDD (not seen)'}")

    def observed(self) -> Counter[str]:
        """How often each class was seen to take effect."""
        with self._lock:
            return Counter(strike.name for strike in self.strikes if strike.observed)


def _has_passed(moment: float) -> bool:
    return time.monotonic() >= moment
