"""A process that comes to the fault points: run as a program by tests/integration/test_fault_points.py.

`struck_process.py ACTION URL FOLDER` does what a process of the product does, by the same functions;
ORDERFLODE_FAULT_POINTS says where it fails. FOLDER holds keys.json, and orders.ndjson where orders are taken in.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from order_files import rows, taken_in
from people import LOOK, PERSONNUMMER, index_of

from config.database import Database
from exchange.outgoing.document_store import DocumentStore
from tasks.daily import run_job
from tasks.hints import Hints
from workflows.due import what_is_due
from workflows.journal import Worker, recover_crashed
from workflows.keyring import keys_of
from workflows.patient_looks import show_person
from workflows.patients import load_keys
from workflows.resealing import left, reseal
from workflows.rotating import begin, finish
from workflows.schedule import REFILL
from workflows.steps.main_line import work_all


def work(database: Database, folder: Path) -> None:
    """Work until nothing is due."""
    work_all(database, Worker(database))


def recover(database: Database, folder: Path) -> None:
    """Give back what dead workers held."""
    recover_crashed(database)


def hint(database: Database, folder: Path) -> None:
    """Tell the workers what is due."""
    with database.session() as session:
        due = what_is_due(session)
    assert Hints((folder / "redis").read_text()).send(due)


def take_in(database: Database, folder: Path) -> None:
    """Import the file of orders."""
    taken_in(database, load_keys(folder / "keys.json"), folder / "orders.ndjson")


def render(database: Database, folder: Path) -> None:
    """Render the first utleverans's delivery note."""
    ((number,),) = rows(database, "SELECT number FROM utleverans ORDER BY id LIMIT 1")
    assert DocumentStore(database, load_keys(folder / "keys.json"), folder / "documents").delivery_note(number, LOOK)


def look(database: Database, folder: Path) -> None:
    """Look at a patient, and show what was seen."""
    sys.stdout.write(str(show_person(database, index_of(load_keys(folder / "keys.json"), PERSONNUMMER), LOOK)))


def rotate(database: Database, folder: Path) -> None:
    """Change the keys for others."""
    file = folder / "keys.json"
    keys_of(database, file)
    reseal(database, keys := begin(database, file))
    assert left(database, keys) == {}
    finish(database, file)


def refill(database: Database, folder: Path) -> None:
    """Run the refill, whose time has come."""
    run_job(database, REFILL)


ACTIONS: dict[str, Callable[[Database, Path], None]] = {
    each.__name__: each for each in (work, recover, hint, take_in, render, look, rotate, refill)
}

COMES_TO = {
    "step.before_claim": "work", "step.journalled": "work", "step.worked": "work",
    "transaction.before_commit": "work", "transaction.after_commit": "work", "recovery.given_back": "recover",
    "hint.before_publish": "hint", "hint.after_publish": "hint", "intake.stored": "take_in",
    "document.written": "render", "document.renamed": "render", "access.logged": "look", "keys.announced": "rotate",
    "keys.taken_over": "rotate", "keys.resealed": "rotate", "daily.claimed": "refill",
}  # fmt: skip
"""Which action comes to each point."""

if __name__ == "__main__":
    ACTIONS[sys.argv[1]](Database(sys.argv[2]), Path(sys.argv[3]))
