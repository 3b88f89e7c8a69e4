"""How fast are delivery notes rendered ahead of their first request? By their own niced worker, with no other work.

Whether they delay goods is asked by the contender `with-documents` (product.py). Next: machine.py.
"""

from collections.abc import Callable

from benchmarks.contender import WrongEndState
from benchmarks.figures import Figure, figure
from benchmarks.limit import write_all
from benchmarks.measuring import timed, wait_until
from benchmarks.product import look_at, notes_rendered, running, start_dispatcher
from benchmarks.servers import Servers
from benchmarks.stored import drafts_template


def measure_documents(
    servers: Servers, notes: int, seed: int, say: Callable[[str], None]
) -> tuple[dict[str, object], list[Figure]]:
    """Render `notes` delivery notes that are due. Raises WrongEndState when one is missing."""
    url = servers.create("documents", drafts_template(servers, notes, seed))
    try:
        write_all(url)
        with running(servers, url, workers=0, documents=True) as group, look_at(url) as look:
            start_dispatcher(group, servers, url)
            wait_until(lambda: notes_rendered(look) > 0, group)
            rest = notes - notes_rendered(look)
            run = timed(servers, group, rest, begun=lambda: True, ended=lambda: notes_rendered(look) == notes)
            row = look.execute("SELECT count(*) FROM document").fetchone()
            if row is None or row[0] != notes:
                raise WrongEndState(f"{row} of {notes} delivery notes are stored")
    finally:
        servers.drop("documents")
    say(f"documents: {run.orders_per_second:.0f} notes/s, {run.cpu_ms_per_order:.1f} ms CPU each")
    return {"notes": run.orders, "seconds": run.seconds, "cpu": dict(run.cpu), "peaks_mb": dict(run.peaks_mb)}, [
        figure(
            "documents.per_second", "delivery notes rendered by the documents worker alone", "/s", run.orders_per_second
        ),
        figure("documents.cpu", "CPU of a delivery note", "ms", run.cpu_ms_per_order),
    ]
