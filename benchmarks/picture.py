"""How does it look? The contenders on logarithmic scales, what a single order takes, and what a million leave flat."""

from pathlib import Path
from typing import Any

from benchmarks.figures import shown
from benchmarks.report import Report

OURS, OTHERS, YARDSTICK = "#1f6f8b", "#b8b8b8", "#444444"


def draw(report: Report, path: Path) -> None:
    """Write the picture, in the format that the path ends in. Raises ModuleNotFoundError without matplotlib."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    panels = []
    if report.backlog:
        panels += [_rates, _costs]
    panels += [draw_it for name, draw_it in _OF_DETAILS.items() if name in report.details]
    if not panels:
        return
    figure, axes = pyplot.subplots(len(panels), 1, figsize=(9, 3.4 * len(panels)), squeeze=False)
    for panel, axis in zip(panels, axes[:, 0], strict=True):
        panel(axis, report)
    figure.suptitle(f"Orderflöde, {report.began:%Y-%m-%d}")
    figure.tight_layout()
    figure.savefig(path)
    pyplot.close(figure)


def _rates(axis: Any, report: Report) -> None:
    _bars(axis, report, "orders_per_second", "orders/s, draft → delivered (more is better)")


def _costs(axis: Any, report: Report) -> None:
    _bars(axis, report, "cpu_ms_per_order", "CPU ms per order, all processes (less is better)")


def _bars(axis: Any, report: Report, key: str, label: str) -> None:
    rows = sorted(report.backlog, key=lambda each: float(str(each[key])))
    names, values = [str(each["name"]) for each in rows], [float(str(each[key])) for each in rows]
    colours = [OURS if name == "orderflode" else YARDSTICK if name == "limit" else OTHERS for name in names]
    _draw_bars(axis, names, values, colours)
    axis.set_xscale("log")
    axis.margins(x=0.15)
    axis.set_xlabel(label)


def _draw_bars(axis: Any, names: list[str], values: list[float], colours: list[str]) -> None:
    axis.bar_label(axis.barh(names, values, color=colours), labels=[shown(value) for value in values], padding=3)


def _latency(axis: Any, report: Report) -> None:
    """p50 and p99 by pace."""
    measured: Any = report.details["latency"]
    for name in dict.fromkeys(each["name"] for each in measured):
        rows = [each for each in measured if each["name"] == name]
        colour = OURS if name == "orderflode" else OTHERS
        paces = [each["pace"] for each in rows]
        axis.plot(paces, [each["p50_ms"] for each in rows], "o-", color=colour, label=f"{name}, p50")
        axis.plot(paces, [each["p99_ms"] for each in rows], "o:", color=colour, label=f"{name}, p99")
    axis.set(xscale="log", yscale="log", xlabel="single orders per second", ylabel="ms, draft → delivered")
    axis.legend()


def _memory(axis: Any, report: Report) -> None:
    """The sizes over a million orders, from the first to the last."""
    measured: Any = report.details["memory"]
    for name, curve in measured.items():
        axis.plot([point[0] for point in curve], [point[1] for point in curve], label=name)
    axis.axhline(200, color=OTHERS, linestyle=":")
    axis.set(xlabel="seconds since the process began", ylabel="MB", ylim=(0, None))
    axis.legend()


def _growth(axis: Any, report: Report) -> None:
    """What an order costs beside so many finished ones."""
    measured: Any = report.details["growth"]
    sizes = sorted(int(size) for size in measured)
    costs = [measured[str(size)]["cpu_ms_per_order"] for size in sizes]
    axis.plot(sizes, costs, "o-", color=OURS)
    axis.set(xscale="log", xlabel="orders stored", ylabel="CPU ms per order", ylim=(0, 1.2 * max(costs)))


def _reads(axis: Any, report: Report) -> None:
    """The reads of a person, beside a million orders."""
    measured: Any = report.details["reads"]
    names = [each["what"] for each in measured]
    _draw_bars(axis, names, [each["p99_ms"] for each in measured], [OURS] * len(names))
    axis.axvline(20, color=OTHERS, linestyle=":")
    axis.set_xlabel("p99 ms of a read beside all stored orders")


_OF_DETAILS = {"latency": _latency, "growth": _growth, "memory": _memory, "reads": _reads}
"""Which panel draws which measurement."""
