"""What takes part in a comparison? A contender brings the same orders from draft to delivered, and proves that it did.

Next: workload.py (the orders), servers.py (what all run on), __main__.py (who runs them in turn).
"""

from dataclasses import dataclass
from typing import Protocol

from benchmarks.servers import Servers


class WrongEndState(Exception):
    """A contender did not do the work that it is measured by: its figures would be worth nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """One measured run: orders, wall seconds from the first due to the last delivered, CPU seconds by whose they are
    (`own`, `postgres`, `broker`), and the largest own process in MB."""

    orders: int
    seconds: float
    cpu: dict[str, float]
    peak_mb: float

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

    name: str
    title: str
    """One line for the table."""
    favours: str
    """What in this comparison favours it, or us."""

    def run(self, servers: Servers, orders: int, seed: int) -> Run:
        """Prepare (not timed), run (timed), and verify the end state. Raises WrongEndState."""
        ...
