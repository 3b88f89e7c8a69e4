"""What takes part in a comparison? A contender brings the same orders from draft to delivered, and proves that it did.

Next: workload.py (the orders), servers.py (what all run on), rounds.py (who runs when).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.servers import Servers


class WrongEndState(Exception):
    """A contender did not do the work that it is measured by: its figures would be worth nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: orders, wall seconds from the first due to the last delivered, CPU seconds by whose they are
    (`own`, `postgres`, `broker`), the largest size of each own process in MB, and what else a contender counts."""

    orders: int
    seconds: float
    cpu: Mapping[str, float]
    peaks_mb: Mapping[str, float] = field(default_factory=dict)
    counted: Mapping[str, float] = field(default_factory=dict)

    @property
    def orders_per_second(self) -> float:
        """Orders delivered per second."""
        return self.orders / self.seconds

    @property
    def cpu_ms_per_order(self) -> float:
        """CPU milliseconds an order cost all processes together: the steadiest figure on a noisy machine."""
        return 1000 * sum(self.cpu.values()) / self.orders


class Contender(Protocol):
    """One way to do the work."""

    @property
    def name(self) -> str:
        """What it is called in the results and on the command line."""
        ...

    @property
    def title(self) -> str:
        """One line for the table."""
        ...

    @property
    def favours(self) -> str:
        """What in this comparison favours it, or us."""
        ...

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Prepare (not timed), run (timed), and verify the end state. Raises WrongEndState."""
        ...
