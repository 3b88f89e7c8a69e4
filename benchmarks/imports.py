"""How fast do orders come in? The product's import, against COPY of the very rows that it wrote.

COPY is given the rows ready made, whole tables at a time; the import reads a file, checks every field, seals what
tells of a patient and commits every 5,000 orders. Constraints, triggers and indexes are the same. Next: open_loop.py.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.contender import WrongEndState
from benchmarks.figures import Figure, figure
from benchmarks.measuring import Processes, processes
from benchmarks.region import write_orders
from benchmarks.servers import Servers
from benchmarks.stored import SOURCE, empty_template, temporary_folder
from benchmarks.workload import ARTICLES

TABLES = ("patient", "intake_batch", "intake_row", "orders", "order_line", "intake_verdict")
"""What an import writes, in an order that foreign keys allow. The history's first rows are the orders' trigger's."""
PER_STATEMENT = "order_count_change"
"""A trigger's rows, of which a statement makes a few however many orders it brings: not compared."""


@dataclass(frozen=True, slots=True)
class Load:
    """Orders brought in, by whom, and what it cost."""

    orders: int
    rows: int
    seconds: float
    cpu: dict[str, float]
    peak_mb: float

    @property
    def rows_per_second(self) -> float:
        """Rows written a second, over all tables."""
        return self.rows / self.seconds

    def as_json(self) -> dict[str, object]:
        """Everything."""
        return {
            "orders": self.orders, "rows": self.rows, "seconds": self.seconds, "cpu": self.cpu,
            "peak_mb": self.peak_mb, "rows_per_second": self.rows_per_second,
        }  # fmt: skip


def measure_imports(
    servers: Servers, orders: int, rounds: int, seed: int, say: Callable[[str], None]
) -> tuple[dict[str, object], list[Figure]]:
    """Import and COPY in turn. Raises WrongEndState when they did not write the same numbers of rows."""
    imports, copies = [], []
    with temporary_folder() as folder:
        write_orders(folder / "orders.ndjson", orders, seed, ARTICLES)
        for number in range(1, rounds + 1):
            imports.append(_import(servers, folder / "orders.ndjson", orders))
            copies.append(_copy(servers, folder, orders))
            say(
                f"round {number} of {rounds}: import {imports[-1].rows_per_second:,.0f} rows/s, "
                f"COPY {copies[-1].rows_per_second:,.0f} rows/s"
            )
    servers.drop("imported")
    servers.drop("copied")
    told: dict[str, object] = {
        "import": [each.as_json() for each in imports],
        "copy": [each.as_json() for each in copies],
    }
    return told, _figures(imports, copies)


def _figures(imports: list[Load], copies: list[Load]) -> list[Figure]:
    pairs = list(zip(imports, copies, strict=True))
    return [
        figure("import.orders", "orders/s of the import", "/s", [each.orders / each.seconds for each in imports]),
        figure("import.rows", "rows/s of the import", "/s", [each.rows_per_second for each in imports]),
        figure("copy.rows", "rows/s of COPY of the same rows", "/s", [each.rows_per_second for each in copies]),
        figure(
            "import/copy",
            "rows/s of the import against COPY",
            "×",
            [one.rows_per_second / other.rows_per_second for one, other in pairs],
        ),
        figure(
            "import.cpu",
            "CPU of the import per order",
            "ms",
            [1000 * sum(each.cpu.values()) / each.orders for each in imports],
        ),
        figure("peak.import", "largest process of an import", "MB", [each.peak_mb for each in imports]),
    ]


def run_import(
    servers: Servers, group: Processes, url: str, path: Path, orders: int, source: str = SOURCE
) -> tuple[float, dict[str, float]]:
    """Import `path` in a process of its own; seconds and CPU seconds. Raises CalledProcessError when it fails."""
    before = servers.cpu()
    told = path.with_suffix(".told")
    with told.open("wb") as out:
        command = [
            sys.executable,
            "-m",
            "benchmarks.one_import",
            url,
            str(servers.home),
            str(path),
            str(orders),
            source,
        ]
        process = group.start("import", command, out=out)
        process.wait()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    after, spent = servers.cpu(), json.loads(told.read_text(encoding="utf-8"))
    return spent["seconds"], {"own": spent["cpu"], "postgres": after["postgres"] - before["postgres"]}


def _import(servers: Servers, path: Path, orders: int) -> Load:
    url = servers.create("imported", empty_template(servers))
    with processes() as group:
        seconds, cpu = run_import(servers, group, url, path, orders)
    return Load(orders, _rows_written(servers, url), seconds, cpu, group.peaks_mb()["import"])


def _copy(servers: Servers, folder: Path, orders: int) -> Load:
    """COPY what the last import wrote into a database that has none of it."""
    source = servers.database_url("imported")
    with psycopg.connect(source) as connection:
        for table in TABLES:
            with (
                (folder / table).open("wb") as file,
                connection.cursor().copy(f"COPY {table} TO STDOUT (FORMAT binary)".encode()) as data,
            ):
                for block in data:
                    file.write(block)
    url = servers.create("copied", empty_template(servers))
    before, clock, own = servers.cpu(), time.monotonic(), time.process_time()
    with psycopg.connect(url, autocommit=True) as connection:
        for table in TABLES:
            with connection.cursor().copy(f"COPY {table} FROM STDIN (FORMAT binary)".encode()) as data:
                for block in _blocks(folder / table):
                    data.write(block)
    seconds, after = time.monotonic() - clock, servers.cpu()
    cpu = {"own": time.process_time() - own, "postgres": after["postgres"] - before["postgres"]}
    found, expected = _counts(url), _counts(source)
    if wrong := [
        f"{table} {found[table]}, not {expected[table]}" for table in found if found[table] != expected[table]
    ]:
        raise WrongEndState(f"rows of COPY that are not the import's: {'; '.join(wrong)}")
    return Load(orders, _rows_written(servers, url), seconds, cpu, 0.0)


def _rows_written(servers: Servers, url: str) -> int:
    before = _counts(servers.database_url(empty_template(servers)))
    return sum(_counts(url).values()) - sum(before.values())


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            yield block


def _counts(url: str) -> dict[str, int]:
    """Table → its rows, for every table but one: a row that TABLES forgets is found too."""
    with psycopg.connect(url) as connection:
        tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        counts = {}
        for table in set(tables) - {PER_STATEMENT}:
            row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
            assert row is not None
            counts[table] = row[0]
    return counts
