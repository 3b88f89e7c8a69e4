"""Does it hold? Everything that was found, put together: red when anything is broken, or a fault was never seen."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from statistics import quantiles
from typing import Any

from drill.faults import LEFT_OUT
from drill.history import Tried
from drill.judge.acknowledged import Counts
from drill.judge.finding import Finding
from drill.judge.recovery import Recovery, Standstill
from drill.nemesis import Strike


@dataclass(frozen=True, slots=True)
class Verdict:
    """The report of one drill."""

    seed: int
    minutes: float
    sabotage: str | None
    findings: tuple[Finding, ...]
    counts: Counts
    recoveries: tuple[Recovery, ...]
    standstills: tuple[Standstill, ...]
    least: int
    """How often each class must have been seen."""
    strikes: int
    """How many strikes must have been seen in all."""
    latency: dict[str, dict[str, float]]
    """p50 and p95 of the acknowledgement of an order, in milliseconds: in the `baseline`, during `faults`, and while
    `redis` alone was struck among the servers."""
    states: dict[str, int]
    seconds_to_quiet: float
    ended: float

    @property
    def unseen(self) -> list[str]:
        """What was seen less often than it must: classes, and the strikes in all."""
        seen = sum(each.observed for each in self.recoveries)
        few = [f"{seen} of {self.strikes} strikes"] if seen < self.strikes else []
        return [each.name for each in self.recoveries if each.observed < self.least] + few

    @property
    def broken(self) -> list[Finding]:
        """What does not hold."""
        return [finding for finding in self.findings if finding.count]

    @property
    def is_green(self) -> bool:
        """Whether everything holds, and every fault was seen."""
        return not self.broken and not self.unseen

    def as_json(self) -> dict[str, Any]:
        """The report as one document."""
        return {
            "seed": self.seed, "minutes": self.minutes, "sabotage": self.sabotage, "green": self.is_green,
            "findings": {finding.name: finding.as_json() for finding in self.findings},
            "operations": asdict(self.counts), "states": self.states, "latency_ms": self.latency,
            "faults": {
                "classes": len(self.recoveries),
                "injected": sum(each.struck for each in self.recoveries),
                "observed": sum(each.observed for each in self.recoveries),
                "unseen": self.unseen,
                "left_out": LEFT_OUT,
                "recovery": [each.as_json() for each in self.recoveries],
                "standstills": [asdict(each) for each in self.standstills],
            },
            "seconds_to_quiet": round(self.seconds_to_quiet, 1),
        }  # fmt: skip

    def as_text(self) -> str:
        """The report for a terminal, one line a figure."""
        counts, struck = self.counts, sum(each.struck for each in self.recoveries)
        seen = sum(each.observed for each in self.recoveries)
        lines = [
            f"frö (seed) {self.seed}, {self.minutes:g} min{f', sabotage {self.sabotage}' if self.sabotage else ''}",
            f"operationer (operations): {counts.tried} försökta, {counts.ok} ok, {counts.failed} nekade, "
            f"{counts.unknown} okända (unknown)",
            f"ordrar (orders): {counts.orders} kvitterade (acknowledged), {counts.recovered} okända som finns "
            f"(recovered), {counts.absent} okända som saknas (absent)",
            f"lägen (states): {', '.join(f'{state} {number}' for state, number in self.states.items())}",
            f"fel (faults): {struck} injicerade, {seen} sedda (observed), {len(self.recoveries)} klasser (classes)",
            *(f"  {name}: p50 {each['p50']:.0f} ms, p95 {each['p95']:.0f} ms" for name, each in self.latency.items()),
            f"lugnt efter (quiet after) {self.seconds_to_quiet:.1f} s",
            "",
            *(_finding_line(finding) for finding in self.findings),
            "",
            "återhämtning (recovery): klass, sedda/injicerade, median, längst",
            *(_recovery_line(each) for each in self.recoveries),
            *(
                f"stillestånd (standstill): {each.seconds} s, under {', '.join(each.classes)}"
                for each in self.standstills
            ),
            "",
            *(f"utelämnad (left out): {name}, {reason}" for name, reason in LEFT_OUT.items()),
            *(f"SÅGS INTE (never seen enough): {name}" for name in self.unseen),
            "GRÖNT: allt håller (green: everything holds)" if self.is_green else "RÖTT: det håller inte (red)",
        ]
        return "\n".join(lines)


def _finding_line(finding: Finding) -> str:
    where = f" – {finding.means}: {'; '.join(finding.where)}" if finding.count else ""
    return f"{finding.name:>22} {finding.count}{where}"


def _recovery_line(each: Recovery) -> str:
    times = f"{each.median_seconds} s, {each.longest_seconds} s" if each.median_seconds is not None else "–"
    return f"{each.name:>28} {each.observed}/{each.struck}  {times}"


def latencies(history: Sequence[Tried], strikes: Sequence[Strike]) -> dict[str, dict[str, float]]:
    """How long the acknowledgement of an order took: before the first strike, from then on, and beside Redis alone."""
    first = min((strike.began for strike in strikes), default=math.inf)
    taken: dict[str, list[float]] = {"baseline": [], "faults": [], "redis": []}
    for tried in history:
        if tried.kind == "order" and tried.answer == "ok":
            milliseconds = 1000 * (tried.answered - tried.invoked)
            taken["baseline" if tried.answered < first else "faults"].append(milliseconds)
            meanwhile = [each.name for each in strikes if each.began < tried.answered and each.healed > tried.invoked]
            if meanwhile and all(name.startswith("redis-") for name in meanwhile):
                taken["redis"].append(milliseconds)
    return {
        name: {"p50": round(cut[9], 1), "p95": round(cut[18], 1)}
        for name, times in taken.items()
        if len(times) > 1 and (cut := quantiles(times, n=20))
    }


def states_of(states: Sequence[str]) -> dict[str, int]:
    """How many orders are in each state, the most first."""
    return dict(Counter(states).most_common())
