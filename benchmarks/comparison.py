"""What is measured, in which order, and with how many orders? Next: lineup.py, rounds.py and a file a measurement."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from benchmarks.api import measure_api
from benchmarks.documents import measure_documents
from benchmarks.figures import Figure, figure
from benchmarks.growth import measure_growth, memory_figures, store_finished, work_many
from benchmarks.imports import measure_imports
from benchmarks.latency import measure_latency
from benchmarks.lineup import lineup
from benchmarks.machine import machine, versions
from benchmarks.pages import measure_pages
from benchmarks.reads import measure_reads
from benchmarks.report import Report
from benchmarks.rounds import peaks, ratios, run_rounds
from benchmarks.servers import Servers, throw_away_servers

MEASUREMENTS = ("import", "latency", "api", "documents", "growth", "reads", "pages")
"""Beside the backlog's contenders. The last three are of the large comparison."""

FULL_ROUNDS, SHORT_ROUNDS = 3, 1
IMPORTED, IMPORTED_SHORT = 50_000, 3_000
SECONDS, SECONDS_SHORT = 12.0, 3.0
"""Of arrivals at each pace."""
NOTES, NOTES_SHORT = 600, 60
MILLION = 1_000_000
PARTS = (100, 10)
"""An order's CPU is measured beside so small parts of the million, and beside all of it."""
BESIDE = 20_000
"""Orders worked beside them."""

Say = Callable[[str], None]


def compare(
    name: str, wanted: Collection[str], *, rounds: int | None, seed: int, say: Say, stored: int = MILLION
) -> Report:
    """Measure what is `wanted` of the comparison `bench`, `large` (with `stored` orders) or `short`.

    Raises WrongEndState.
    """
    with throw_away_servers() as servers:
        report = Report(name, datetime.now().astimezone(), seed, machine(servers), versions(servers))
        if name == "large":
            _large(servers, report, wanted, rounds or FULL_ROUNDS, stored, say)
        else:
            is_short = name == "short"
            _backlog(servers, report, wanted, rounds or (SHORT_ROUNDS if is_short else FULL_ROUNDS), say)
            _others(servers, report, wanted, rounds or (SHORT_ROUNDS if is_short else FULL_ROUNDS), say)
        return report


def _backlog(servers: Servers, report: Report, wanted: Collection[str], rounds: int, say: Say) -> None:
    entries, report.missing = lineup(wanted, short=report.name == "short")
    for name, reason in report.missing.items():
        say(f"{name} does not take part: {reason}")
    runs = run_rounds(servers, entries, rounds, report.seed, say)
    for entry in entries:
        report.add_backlog(entry, runs[entry.contender.name])
    report.figures += ratios(runs)
    if "orderflode" in runs:
        report.figures += peaks(runs["orderflode"])


def _others(servers: Servers, report: Report, wanted: Collection[str], rounds: int, say: Say) -> None:
    is_short = report.name == "short"
    if "import" in wanted:
        orders = IMPORTED_SHORT if is_short else IMPORTED
        _add(report, "import", measure_imports(servers, orders, rounds, report.seed, say))
    if "latency" in wanted:
        names = ["orderflode"] if is_short else ["orderflode", "naive-celery"]
        seconds = SECONDS_SHORT if is_short else SECONDS
        _add(report, "latency", measure_latency(servers, seconds, report.seed, names, say))
    if "api" in wanted:
        seconds = SECONDS_SHORT if is_short else SECONDS
        _add(report, "api", measure_api(servers, seconds, report.seed, say))
    if "documents" in wanted:
        notes = NOTES_SHORT if is_short else NOTES
        _add(report, "documents", measure_documents(servers, notes, report.seed, say))


def _large(servers: Servers, report: Report, wanted: Collection[str], rounds: int, stored: int, say: Say) -> None:
    largest, curves = work_many(servers, stored, report.seed, say)
    _add(report, "memory", (curves, memory_figures(curves)))
    if "reads" in wanted:
        _add(report, "reads", _reads(servers.database_url(largest)))
    if "pages" in wanted:
        _add(report, "pages", measure_pages(servers, servers.database_url(largest), say))
    if "growth" in wanted:
        stores = {stored // part: store_finished(servers, stored // part, report.seed) for part in PARTS}
        found = measure_growth(servers, stores | {stored: largest}, BESIDE, rounds, report.seed, say)
        _add(report, "growth", found)


def _reads(url: str) -> tuple[list[dict[str, object]], list[Figure]]:
    """What a person waits for. The slowest of all reads is what has a target."""
    found = [{"what": what, "p50_ms": p50, "p99_ms": p99} for what, p50, p99 in measure_reads(url)]
    figures = [
        figure(f"reads.{each['what']}.p99", f"{each['what']}, p99", "ms", float(str(each["p99_ms"]))) for each in found
    ]
    slowest = max(each.value for each in figures)
    return found, [*figures, figure("reads.p99", "the slowest read, p99", "ms", slowest)]


def _add(report: Report, name: str, found: tuple[Any, list[Any]]) -> None:
    details, figures = found
    report.details[name] = details
    # Of the same figure the later is kept: the peak of a million orders, not of a round.
    later = {figure.key for figure in figures}
    report.figures = [figure for figure in report.figures if figure.key not in later] + figures
