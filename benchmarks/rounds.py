"""Who is how many times as fast? All contenders in turn, round after round; ratios are taken within a round.

What a noisy neighbour slows down in one round it slows down for both sides of that round's ratio. Every second round
goes backwards, so that nobody always follows the same one. Next: backlog figures in figures.py, the table in table.py.
"""

from collections.abc import Callable, Mapping, Sequence

from benchmarks.contender import Run
from benchmarks.figures import Figure, figure
from benchmarks.lineup import Entry
from benchmarks.servers import Servers

RATIOS = (
    ("orderflode", "limit"),
    ("orderflode", "naive-celery"),
    ("orderflode", "procrastinate"),
    ("orderflode", "dbos"),
    ("orderflode", "dbos-batches"),
    ("orderflode", "tryton"),
    ("orderflode", "tryton-batches"),
    ("hot-articles", "orderflode"),
    ("orderflode", "one-worker"),
    ("with-documents", "orderflode"),
)
"""Whose orders per second are divided by whose."""

Runs = Mapping[str, Sequence[Run]]
"""Contender → its runs, one a round."""


def run_rounds(
    servers: Servers, entries: Sequence[Entry], rounds: int, seed: int, say: Callable[[str], None]
) -> dict[str, list[Run]]:
    """Every entry once a round. Raises WrongEndState."""
    runs: dict[str, list[Run]] = {entry.contender.name: [] for entry in entries}
    for number in range(1, rounds + 1):
        for entry in entries if number % 2 else reversed(entries):
            run = entry.contender.run(servers, entry.orders, seed)
            runs[entry.contender.name].append(run)
            say(
                f"round {number} of {rounds}: {entry.contender.name}, {run.orders:,} orders in {run.seconds:.1f} s: "
                f"{run.orders_per_second:,.0f}/s, {run.cpu_ms_per_order:.3f} ms CPU each"
            )
    return runs


def ratios(runs: Runs) -> list[Figure]:
    """The ratios whose both sides ran."""
    found = []
    for above, below in RATIOS:
        if above in runs and below in runs:
            pairs = zip(runs[above], runs[below], strict=True)
            by_round = [one.orders_per_second / other.orders_per_second for one, other in pairs]
            found.append(figure(f"{above}/{below}", f"orders/s of {above} against {below}", "×", by_round))
    return found


def peaks(runs: Sequence[Run]) -> list[Figure]:
    """The largest worker and dispatcher of the product's runs."""
    return [
        figure(
            f"peak.{kind}",
            f"largest {kind} of the backlog",
            "MB",
            [max(size for name, size in run.peaks_mb.items() if name.startswith(kind)) for run in runs],
        )
        for kind in ("worker", "dispatcher")
    ]
