"""What changes as orders pile up? The CPU of an order beside many finished ones, and the memory of a million.

The stored orders have their whole history, movements and utleveranser: up to 100,000 of them written by the limit's
SQL; the million by the product itself, whose sizes are sampled meanwhile. Next: figures.py has the bounds.
"""

from collections.abc import Callable
from statistics import median

from benchmarks.contender import Run
from benchmarks.figures import Figure, figure
from benchmarks.imports import run_import
from benchmarks.limit import write_all
from benchmarks.measuring import Processes, processes
from benchmarks.product import look_at, running, work_backlog
from benchmarks.region import write_orders
from benchmarks.servers import Servers
from benchmarks.stored import add_drafts, check_all_delivered, empty_template, temporary_folder, vacuum
from benchmarks.workload import ARTICLES

Curve = list[tuple[float, float]]
"""(seconds, MB)"""

LATER_SEED = 1
"""Added to the seed of the stored orders: those that are measured are other ones."""


def store_finished(servers: Servers, orders: int, seed: int) -> str:
    """The database with `orders` finished orders, written by the limit's SQL; made at the first call."""
    name = f"finished_{orders}"
    if not servers.has(name):
        url = servers.create(name, empty_template(servers))
        add_drafts(servers, url, orders, seed, source="stored")
        write_all(url)
        vacuum(url)
    return name


def work_many(servers: Servers, orders: int, seed: int, say: Callable[[str], None]) -> tuple[str, dict[str, Curve]]:
    """Import `orders` orders from one file and work them to their end by the product; the database and the sizes of
    the import, the first worker and the dispatcher meanwhile. Raises WrongEndState."""
    name = f"finished_{orders}"
    url = servers.create(name, empty_template(servers))
    with temporary_folder() as folder, processes() as group:
        write_orders(folder / "orders.ndjson", orders, seed, ARTICLES)
        seconds, _ = run_import(servers, group, url, folder / "orders.ndjson", orders, source="stored")
        curves = {"import": _curve(group, "import")}
    say(f"imported {orders:,} orders in {seconds:.0f} s")
    vacuum(url)
    with running(servers, url) as group, look_at(url) as look:
        run = work_backlog(servers, group, url, look, orders, longest=3600)
        curves |= {"worker": _curve(group, "worker1"), "dispatcher": _curve(group, "dispatcher")}
    say(f"worked {orders:,} orders in {run.seconds:.0f} s")
    check_all_delivered(url, orders)
    vacuum(url)
    return name, curves


def measure_growth(
    servers: Servers, stores: dict[int, str], orders: int, rounds: int, seed: int, say: Callable[[str], None]
) -> tuple[dict[str, object], list[Figure]]:
    """The product on `orders` new orders beside each of `stores` (finished orders → database), in turn."""
    runs: dict[int, list[Run]] = {stored: [] for stored in stores}
    for number in range(1, rounds + 1):
        for stored in sorted(stores, reverse=not number % 2):
            run = _beside(servers, stores[stored], stored, orders, seed)
            runs[stored].append(run)
            say(f"round {number} of {rounds}: beside {stored:,} orders {run.cpu_ms_per_order:.4f} ms CPU per order")
    return {str(stored): _as_json(each) for stored, each in runs.items()}, _figures(runs)


def _figures(runs: dict[int, list[Run]]) -> list[Figure]:
    least, *larger = sorted(runs)
    return [
        figure(
            f"growth.{stored}/{least}",
            f"CPU per order beside {stored:,} orders against {least:,}",
            "×",
            [
                one.cpu_ms_per_order / other.cpu_ms_per_order
                for one, other in zip(runs[stored], runs[least], strict=True)
            ],
        )
        for stored in larger
    ]


def _as_json(runs: list[Run]) -> dict[str, object]:
    return {
        "cpu_ms_per_order": median(run.cpu_ms_per_order for run in runs),
        "orders_per_second": median(run.orders_per_second for run in runs),
        "runs": [{"seconds": run.seconds, "cpu": dict(run.cpu)} for run in runs],
    }


def memory_figures(curves: dict[str, Curve]) -> list[Figure]:
    """How large each grew, and whether it went on growing."""
    found = []
    for name, curve in curves.items():
        sizes = [size for _, size in curve]
        quarter = max(1, len(sizes) // 4)
        found.append(figure(f"peak.{name}", f"largest {name} over the whole backlog", "MB", max(sizes)))
        found.append(
            figure(
                f"flat.{name}", f"{name}: its last quarter against its second", "×",
                max(sizes[-quarter:]) / max(sizes[quarter : 2 * quarter] or sizes),
            )
        )  # fmt: skip
    return found


def _beside(servers: Servers, template: str, stored: int, orders: int, seed: int) -> Run:
    url = servers.create("growing", template)
    try:
        add_drafts(servers, url, orders, seed + LATER_SEED)
        with running(servers, url) as group, look_at(url) as look:
            run = work_backlog(servers, group, url, look, orders)
        check_all_delivered(url, stored + orders)
        return run
    finally:
        servers.drop("growing")


def _curve(group: Processes, name: str) -> Curve:
    """Its sizes from its first sample on."""
    samples = group.sizes[name]
    return [(moment - samples[0][0], size) for moment, size in samples]
