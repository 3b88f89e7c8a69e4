"""What is kept of a comparison? Everything that was measured, as JSON, as a table and as a picture.

Next: table.py, picture.py.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median

from benchmarks.contender import Run
from benchmarks.figures import Figure
from benchmarks.lineup import Entry

Measured = Mapping[str, object]


@dataclass(slots=True)
class Report:
    """A comparison: its name (`bench`, `large`, `short`), what it ran on, and what it found."""

    name: str
    began: datetime
    seed: int
    machine: Measured
    versions: Measured
    backlog: list[dict[str, object]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    details: dict[str, object] = field(default_factory=dict)
    """Measurement → all that it told."""
    missing: dict[str, str] = field(default_factory=dict)
    """Contender → why it did not take part."""

    def add_backlog(self, entry: Entry, runs: Sequence[Run]) -> None:
        """A contender's runs, one a round, and their medians."""
        contender = entry.contender
        self.backlog.append(
            {
                "name": contender.name,
                "title": contender.title,
                "favours": contender.favours,
                "orders": entry.orders,
                "orders_per_second": median(run.orders_per_second for run in runs),
                "cpu_ms_per_order": median(run.cpu_ms_per_order for run in runs),
                "peak_mb": max((max(run.peaks_mb.values(), default=0.0) for run in runs), default=0.0),
                "runs": [_run_as_json(run) for run in runs],
            }
        )

    def as_json(self) -> dict[str, object]:
        """All of it."""
        return {
            "name": self.name,
            "began": self.began.isoformat(timespec="seconds"),
            "seed": self.seed,
            "machine": dict(self.machine),
            "versions": dict(self.versions),
            "backlog": self.backlog,
            "figures": [each.as_json() for each in self.figures],
            "details": self.details,
            "missing": self.missing,
        }

    def stem(self) -> str:
        """What its files are called, without their endings: the date, and for another than `bench` its name."""
        date = self.began.date().isoformat()
        return date if self.name == "bench" else f"{date}-{self.name}"

    def write(self, folder: Path, table: str) -> Path:
        """Write the JSON and the table; the JSON's path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.stem()}.json"
        path.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        path.with_suffix(".txt").write_text(table + "\n", encoding="utf-8")
        return path


def _run_as_json(run: Run) -> dict[str, object]:
    return {
        "orders": run.orders,
        "seconds": run.seconds,
        "orders_per_second": run.orders_per_second,
        "cpu_ms_per_order": run.cpu_ms_per_order,
        "cpu": dict(run.cpu),
        "peaks_mb": dict(run.peaks_mb),
        "counted": dict(run.counted),
    }
