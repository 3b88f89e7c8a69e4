"""What does the sender of a file get back? A receipt: every order of the import with its verdict, as CSV.

One row for each violation of a refused order, else one for the order; in pages, whatever the length. Nothing of a
patient is in it: violations never repeat a number, and an external_id that could be one is left out. The headings are
names, and English: the sender's machine reads them too. Next: safe_csv.py, workflows/imports.py.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from config.database import Database
from exchange.outgoing.safe_csv import begin_table, write_rows
from exchange.outgoing.whole_file import OWNER_AND_GROUP, whole_file
from exchange.staging import external_id_of
from workflows.imports import Verdict, verdicts_after
from workflows.patients import Keys

COLUMNS = (
    "first_row", "last_row", "verdict", "external_id", "order_id", "state", "code", "field", "sv", "en",
)  # fmt: skip

_PAGE = 5_000
_NONE: dict[str, str] = {}


def write_receipt(database: Database, keys: Keys, batch: int, path: Path) -> Counter[str]:
    """Write the receipt of the import `batch` to `path`, whole or not at all; returns how many orders of each verdict.

    Raises OSError.
    """
    counts: Counter[str] = Counter()
    with whole_file(path, mode=OWNER_AND_GROUP) as file:
        begin_table(file, COLUMNS)
        for verdict in _verdicts(database, batch):
            counts[verdict.verdict] += 1
            write_rows(file, _lines(verdict, batch, keys))
    return counts


def _verdicts(database: Database, batch: int) -> Iterator[Verdict]:
    """Each page in a transaction of its own, which is over when the page is written."""
    row_no = 0
    while True:
        with database.transaction(snapshot=True) as tx:
            page = verdicts_after(tx, batch, row_no, _PAGE)
        if not page:
            return
        yield from page
        row_no = page[-1].first_row


def _lines(verdict: Verdict, batch: int, keys: Keys) -> Iterator[list[object]]:
    external_id = verdict.external_id
    if verdict.sealed is not None:
        external_id = external_id_of(batch, verdict.first_row, verdict.sealed, keys)
    order = (verdict.first_row, verdict.last_row, verdict.verdict, external_id, verdict.order_id, verdict.state)
    for violation in verdict.violations or [_NONE]:
        told = (violation.get(name) for name in ("code", "field", "sv", "en"))
        yield [*order, *told]
