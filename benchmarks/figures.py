"""What was found, and was it to be reached? A figure, its value in each round, and the target beside it.

The targets are those of docs/performance.md. Next: rounds.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Target:
    """What a figure is to reach, and what it should stretch to: at least, or at most."""

    reach: float
    stretch: float | None = None
    at_most: bool = False

    def is_reached_by(self, value: float) -> bool:
        """Whether a figure is good enough."""
        return value <= self.reach if self.at_most else value >= self.reach


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of what the rounds found."""

    key: str
    title: str
    unit: str
    by_round: tuple[float, ...]

    @property
    def value(self) -> float:
        """The median."""
        return median(self.by_round)

    @property
    def target(self) -> Target | None:
        """What it is measured against, if anything."""
        return TARGETS.get(self.key)

    def as_json(self) -> dict[str, object]:
        """The figure with its target and whether that is reached."""
        found: dict[str, object] = {
            "key": self.key, "title": self.title, "unit": self.unit, "median": self.value, "by_round": self.by_round,
        }  # fmt: skip
        if self.target is not None:
            found["target"] = {
                "reach": self.target.reach, "stretch": self.target.stretch, "at_most": self.target.at_most,
                "is_reached": self.target.is_reached_by(self.value),
            }  # fmt: skip
        return found


def figure(key: str, title: str, unit: str, by_round: Sequence[float] | float) -> Figure:
    """A figure of one value or of one a round."""
    return Figure(key, title, unit, tuple(by_round) if isinstance(by_round, Sequence) else (by_round,))


def shown(value: object) -> str:
    """A number as a person reads it: three significant digits, or all of a large one, with commas."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


TARGETS = {
    "orderflode/limit": Target(0.5, 0.75),
    "orderflode/naive-celery": Target(100, 200),
    "orderflode/procrastinate": Target(75, 150),
    "orderflode/dbos": Target(100, 200),
    "orderflode/tryton-batches": Target(300, 500),
    "hot-articles/orderflode": Target(0.7, 0.9),
    "orderflode/one-worker": Target(1.6),
    # "Documents never delay goods": a tenth is what two runs of the same differ by.
    "with-documents/orderflode": Target(0.9),
    "latency.orderflode.50.p50": Target(80, 40, at_most=True),
    "latency.orderflode.50.p99": Target(500, 200, at_most=True),
    "api.50.delivered.p50": Target(80, 40, at_most=True),
    "api.50.delivered.p99": Target(500, 200, at_most=True),
    "growth.100000/10000": Target(1.2, 1.05, at_most=True),
    "growth.1000000/10000": Target(1.2, 1.05, at_most=True),
    "peak.worker": Target(200, at_most=True),
    "peak.dispatcher": Target(200, at_most=True),
    "peak.import": Target(200, at_most=True),
    # Flat: the last quarter of a million orders against the second; the first still loads code.
    "flat.worker": Target(1.1, at_most=True),
    "flat.dispatcher": Target(1.1, at_most=True),
    "flat.import": Target(1.1, at_most=True),
    "reads.p99": Target(20, at_most=True),
    "pages.p99": Target(100, at_most=True),
    "pages.kB": Target(200, at_most=True),
}
"""Figure → target. Ratios and rates are at least, milliseconds, MB and growth at most."""
