"""What does the judge find? A kind of break, how often, and where; never a patient's number."""

from collections.abc import Iterable
from dataclasses import dataclass

SHOWN = 10
"""Places shown of a finding; all are counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked for. It is broken when its count is not zero."""

    name: str
    means: str
    count: int
    where: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """`{"name", "means", "count", "where"}`."""
        return {"name": self.name, "means": self.means, "count": self.count, "where": list(self.where)}


def found(name: str, means: str, where: Iterable[str]) -> Finding:
    """The finding with its places; none is as it must be."""
    places = list(where)
    return Finding(name, means, len(places), tuple(places[:SHOWN]))
