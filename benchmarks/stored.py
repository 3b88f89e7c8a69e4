"""How do the product's drafts come to be? By its own import, once; each run begins with a copy of that database."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

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


@dataclass(frozen=True, slots=True)
class Template:
    """A database of imported drafts, to be copied; the seconds that the import took."""

    name: str
    import_seconds: float


_made: dict[tuple[int, int, int], Template] = {}


def template_of(servers: Servers, orders: int, seed: int, articles: int = ARTICLES) -> Template:
    """The template with `orders` drafts over `articles` articles; made at the first call."""
    key = (orders, seed, articles)
    if key not in _made:
        name = f"drafts_{orders}_{seed}_{articles}"
        _made[key] = Template(name, fill(servers, servers.create(name), orders, seed, articles))
    return _made[key]


def fill(servers: Servers, url: str, orders: int, seed: int, articles: int) -> float:
    """Give the empty database at `url` its schema, master data and drafts; the seconds that the import took."""
    migrate(url)
    database = Database(url)
    folder = Path(tempfile.mkdtemp(prefix="orderflode-bench-"))
    try:
        write_master_data(folder, articles)
        write_orders(folder / "orders.ndjson", orders, seed, articles)
        load_master(database, read_master_files(folder), actor="bench")
        importer = Importer(database, load_keys(servers.home / "keys.json"), "bench", "bench")
        began = monotonic()
        result = importer.run(folder / "orders.ndjson", open_incoming(folder / "orders.ndjson"))
        seconds = monotonic() - began
        if result.accepted != orders:
            raise WrongEndState(f"{result.accepted} of {orders} orders were taken")
        # As autovacuum would leave it: what is measured is the work, not the loading's remains.
        with database.session() as session:
            session.execute("VACUUM ANALYZE")
        return seconds
    finally:
        database.close()
        shutil.rmtree(folder, ignore_errors=True)


def check_all_delivered(url: str, orders: int) -> None:
    """Every order delivered by four steps with its own utleverans, and no invariant broken. Raises WrongEndState."""
    database = Database(url)
    try:
        with database.transaction(snapshot=True, statement_timeout_ms=0) as tx:
            found = tx.execute(
                "SELECT (SELECT count(*) FROM orders WHERE state = 'delivered' AND version = 5), "
                "(SELECT count(*) FROM history), (SELECT count(DISTINCT number) FROM utleverans), "
                "(SELECT count(*) FROM movement WHERE order_id IS NOT NULL), (SELECT count(*) FROM utleverans_line)"
            ).fetchone()
        if found != (orders, 5 * orders, orders, 4 * orders, 2 * orders):
            raise WrongEndState(f"{orders} orders ended as {found}")
        if broken := verify(database).broken:
            raise WrongEndState(f"broken: {broken}")
    finally:
        database.close()
