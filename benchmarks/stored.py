"""How do the product's drafts come to be? By its own import, once; each run begins with a copy of that database.

Next: product.py, limit/.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.contender import WrongEndState
from benchmarks.region import write_master_data, write_orders
from benchmarks.servers import Servers
from benchmarks.workload import ARTICLES
from config.database import Database
from exchange.import_file import Importer
from exchange.incoming.incoming_file import open_incoming
from exchange.load_master import load_master
from exchange.master_files import read_master_files
from workflows.migrations import migrate
from workflows.patients import load_keys
from workflows.verify.checking import verify

SOURCE = "bench"


def empty_template(servers: Servers, articles: int = ARTICLES) -> str:
    """The database with schema and master data and no order; made at the first call."""
    name = f"empty_{articles}"
    if not servers.has(name):
        url = servers.create(name)
        migrate(url)
        with temporary_folder() as folder, _database(url) as database:
            write_master_data(folder, articles)
            load_master(database, read_master_files(folder), actor="bench")
        vacuum(url)
    return name


def drafts_template(servers: Servers, orders: int, seed: int, articles: int = ARTICLES) -> str:
    """The database with `orders` drafts over `articles` articles; made at the first call."""
    name = f"drafts_{orders}_{seed}_{articles}"
    if not servers.has(name):
        add_drafts(servers, servers.create(name, empty_template(servers, articles)), orders, seed, articles)
    return name


def add_drafts(
    servers: Servers, url: str, orders: int, seed: int, articles: int = ARTICLES, source: str = SOURCE
) -> None:
    """Import the workload's orders, whose external ids are of `source`."""
    with temporary_folder() as folder:
        write_orders(folder / "orders.ndjson", orders, seed, articles)
        import_orders(url, servers.home, folder / "orders.ndjson", orders, source)
    # As autovacuum would leave it: what is measured is the work, not the loading's remains.
    vacuum(url)


def import_orders(url: str, home: Path, path: Path, orders: int, source: str = SOURCE) -> None:
    """The product's import of a file of `orders` orders. Raises WrongEndState when not all were taken."""
    with _database(url) as database:
        importer = Importer(database, load_keys(home / "keys.json"), source, "bench")
        result = importer.run(path, open_incoming(path))
    if result.accepted != orders:
        raise WrongEndState(f"{result.accepted} of {orders} orders were taken")


def vacuum(url: str) -> None:
    """Rows are known to be visible, and plans know how many there are."""
    with _database(url) as database, database.session() as session:
        session.execute("VACUUM ANALYZE")


def check_all_delivered(url: str, orders: int) -> None:
    """Every order delivered by four steps with its own utleverans, and no invariant broken. Raises WrongEndState."""
    with _database(url) as database:
        with database.transaction(snapshot=True, statement_timeout_ms=0) as tx:
            found = tx.execute(
                "SELECT (SELECT count(*) FROM orders WHERE state = 'delivered' AND version = 5), "
                "(SELECT count(*) FROM history), (SELECT count(DISTINCT number) FROM utleverans), "
                "(SELECT count(*) FROM movement WHERE order_id IS NOT NULL), (SELECT count(*) FROM utleverans_line)"
            ).fetchone()
        if found != (orders, 5 * orders, orders, 4 * orders, 2 * orders):
            raise WrongEndState(f"{orders} orders ended as {found}")
        if broken := verify(database).broken:
            raise WrongEndState("; ".join(f"{each.count} broken: {each.invariant.en}" for each in broken))


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is removed when the block ends."""
    folder = Path(tempfile.mkdtemp(prefix="orderflode-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _database(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()
