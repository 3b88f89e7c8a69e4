"""How does a person read it? As one table: who reached what, then every figure with its target. Next: picture.py."""

from collections.abc import Iterator, Sequence
from io import StringIO

from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.figures import Figure, Target, shown
from benchmarks.report import Report

WIDTH = 118


def as_text(report: Report) -> str:
    """The report's table."""
    out = StringIO()
    console = Console(file=out, width=WIDTH, highlight=False, no_color=True)
    console.print(f"Orderflöde, {report.name}, {report.began:%Y-%m-%d %H:%M}, seed {report.seed}", markup=False)
    console.print(_told(report.machine), markup=False)
    console.print(_told(report.versions), markup=False)
    if report.backlog:
        console.print(_backlog(report))
        for each in report.backlog:
            if each["favours"]:
                console.print(f"{each['name']}: {each['favours']}", markup=False)
    if report.figures:
        console.print(_figures(report.figures))
    for name, reason in report.missing.items():
        console.print(f"{name} did not take part: {reason}", markup=False)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _told(values: object) -> str:
    assert isinstance(values, dict)
    return ", ".join(f"{name} {shown(value)}" for name, value in values.items() if value is not None)


def _backlog(report: Report) -> Table:
    table = Table("contender", box=box.SIMPLE, title="A backlog, draft → delivered", title_justify="left")
    for heading in ("orders", "orders/s", "least–most", "CPU ms/order", "own", "PostgreSQL", "broker", "largest MB"):
        table.add_column(heading, justify="right")
    for each in report.backlog:
        runs = each["runs"]
        assert isinstance(runs, list)
        rates = [run["orders_per_second"] for run in runs]
        table.add_row(
            str(each["name"]),
            f"{each['orders']:,}",
            shown(each["orders_per_second"]),
            f"{shown(min(rates))}–{shown(max(rates))}",
            shown(each["cpu_ms_per_order"]),
            *(shown(1000 * sum(run["cpu"].get(whose, 0.0) for run in runs) / sum(run["orders"] for run in runs))
              for whose in ("own", "postgres", "broker")),
            shown(each["peak_mb"]),
        )  # fmt: skip
    return table


def _figures(figures: Sequence[Figure]) -> Table:
    table = Table("figure", box=box.SIMPLE, title="Figures (medians of the rounds)", title_justify="left")
    for heading in ("found", "", "least–most", "reach", "stretch", ""):
        table.add_column(heading, justify="right")
    for each in figures:
        table.add_row(each.title, *_cells(each))
    return table


def _cells(figure: Figure) -> Iterator[str]:
    yield shown(figure.value)
    yield figure.unit
    yield f"{shown(min(figure.by_round))}–{shown(max(figure.by_round))}" if len(figure.by_round) > 1 else ""
    target = figure.target
    yield _bound(target, target.reach) if target else ""
    yield _bound(target, target.stretch) if target and target.stretch is not None else ""
    yield ("reached" if target.is_reached_by(figure.value) else "MISSED") if target else ""


def _bound(target: Target, value: float) -> str:
    return f"{'≤' if target.at_most else '≥'} {shown(value)}"
