"""May this one ask again already? A bucket each, that fills up by so much a second and is emptied one by one.

In this process's memory, and bounded: of more than MOST who ask, those who have not asked for longest begin anew.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

MOST = 10_000


class Buckets:
    """`rate` takings a second for long, and twice as many at once, for each key."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self.burst = 2 * rate
        self._clock = clock
        self._held: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        """Key → how much was in the bucket, and when."""

    def __contains__(self, key: Hashable) -> bool:
        return key in self._held

    def __len__(self) -> int:
        return len(self._held)

    def take(self, key: Hashable) -> float:
        """Take one; 0 where there was one, else the seconds until there is."""
        now = self._clock()
        left, at = self._held.get(key, (self.burst, now))
        left = min(self.burst, left + (now - at) * self.rate)
        wait = 0.0 if left >= 1 else (1 - left) / self.rate
        self._held[key] = (left if wait else left - 1, now)
        self._held.move_to_end(key)
        while len(self._held) > MOST:
            self._held.popitem(last=False)
        return wait
