"""When does what break? A seeded schedule of strikes, phase by phase, two at a time, each with its evidence.

Every chosen class of a phase strikes in turn, in an order that the seed decides; classes that were seen too seldom
strike again at the end. Next: faults/, the classes; judge/recovery.py, how soon orders moved again.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

from drill.fault import Fault
from drill.faults import PHASES
from drill.world import World

LANES = 2
"""Strikes at the same time: while one freezes something for long, others go on."""
PAUSE = (0.2, 1.0)
"""Seconds between two strikes of a lane."""
LATE_TRIES = 3
"""How often a class that was not seen strikes again at the end."""


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
    strikes: list[Strike] = field(default_factory=list)
    _rages: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def rage(self, classes: Collection[str], seconds: float, least: int) -> None:
        """Let the `classes` strike for `seconds`, each phase in its share; each is to be seen `least` times."""
        self._rages += 1
        phases = [(name, [each for each in faults if each.name in classes]) for name, faults in PHASES.items()]
        phases = [(name, faults) for name, faults in phases if faults]
        number = sum(len(faults) for _, faults in phases)
        for name, faults in phases:
            self.say(f"fas {name} (phase): {len(faults)} felklasser (classes)")
            self._phase(faults, time.monotonic() + seconds * len(faults) / number)
        self._make_good([each for _, faults in phases for each in faults], least)

    def _phase(self, faults: Sequence[Fault], deadline: float) -> None:
        turns = self._turns(faults)
        lanes = [threading.Thread(target=self._lane, args=(turns, deadline), daemon=True) for _ in range(LANES)]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()

    def _turns(self, faults: Sequence[Fault]) -> Iterator[tuple[Fault, random.Random]]:
        """Each class once in every round; what a strike chooses depends on the seed, its class and its round alone."""
        order = random.Random(f"{self.seed} {self._rages} {[each.name for each in faults]}")  # noqa: S311
        for turn in count():
            for fault in order.sample(faults, len(faults)):
                yield fault, random.Random(f"{self.seed} {self._rages} {fault.name} {turn}")  # noqa: S311

    def _lane(self, turns: Iterator[tuple[Fault, random.Random]], deadline: float) -> None:
        while time.monotonic() < deadline:
            with self._lock:
                fault, chance = next(turns)
            self._strike(fault, chance)
            time.sleep(min(chance.uniform(*PAUSE), max(0.0, deadline - time.monotonic())))

    def _make_good(self, faults: Sequence[Fault], least: int) -> None:
        for attempt in range(LATE_TRIES * least):
            seen = self.observed()
            for fault in [each for each in faults if seen[each.name] < least]:
                self._strike(fault, random.Random(f"{self.seed} {fault.name} late {attempt}"))  # noqa: S311

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
