"""How does a file of orders become orders? Stage its rows, put each order together, store the well-formed ones.

What is malformed is refused and keeps only its raw rows and its verdict; rules are the validate step's. A dry run is
this very import in one transaction that is rolled back, and judges the rules as well.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from config.database import Connection, Database
from exchange.import_verdicts import Gathered, write_verdicts
from exchange.incoming.incoming_file import IncomingFile
from exchange.incoming.raw_row import UnusableFile
from exchange.order_request import OrderRequest
from exchange.order_rows import new_order
from exchange.staging import StagedRow, stage_rows, staged_orders
from workflows.intake import Stored, store_orders
from workflows.keyring import hold_keys
from workflows.patients import Keys
from workflows.steps.validate import judge
from workflows.violations import Violation

STOCKHOLM = ZoneInfo("Europe/Stockholm")

CHUNK = 5_000
"""Orders committed together. A crash in between leaves whole orders; the same file again takes the rest."""

CHUNK_ROWS = 20_000
"""Rows of a chunk at most, so that memory stays the same for long orders."""

MEET_MS = 60_000
"""How long an import waits for another that stores the same orders: one that stands still is ended long before."""

Transactions = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """What became of one order that was not simply taken: its rows, first and last, and why."""

    external_id: str | None
    rows: tuple[int, int]
    violations: tuple[Violation, ...]


@dataclass(slots=True)
class ImportResult:
    """Counts of orders. `refused` break the shape; `would_reject` (dry run only) break the rules."""

    batch: int
    seen_before: int | None = None
    """The batch of the last import of the same bytes."""
    seen_is_undone: bool = False
    accepted: int = 0
    refused: int = 0
    unchanged: int = 0
    would_reject: int = 0
    orders: list[OrderVerdict] = field(default_factory=list)
    rejections: list[OrderVerdict] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Importer:
    """What an import needs to know. `progress` is told (phase, rows or orders so far).

    `once` takes no file again that was taken before, not even where its import was undone: for jobs that may repeat
    a file by themselves. `kommun` is whose the import is, None the whole region's; the database takes no order of
    another's. `refused` says why a well-formed order may not come from its sender (admission.py).
    """

    database: Database
    keys: Keys
    source: str
    actor: str
    reservnummer_patterns: tuple[re.Pattern[str], ...] = ()
    progress: Callable[[str, int], object] = lambda *_: None
    once: bool = False
    kommun: str | None = None
    refused: Callable[[OrderRequest], Sequence[Violation]] = lambda _: ()

    def run(self, path: Path, file: IncomingFile) -> ImportResult:
        """Import `file`. Every order counted as accepted is committed when this returns. Raises UnusableFile."""
        result = self._import(
            path,
            file,
            lambda: self.database.transaction(
                kommun=self.kommun, writes=True, lock_timeout_ms=MEET_MS, statement_timeout_ms=0
            ),
            judge_rules=False,
        )
        if result.accepted >= CHUNK:
            self.database.analyze("orders", "order_line", "recipient", "patient")
        return result

    def dry_run(self, path: Path, file: IncomingFile) -> ImportResult:
        """The same import, rolled back; the rules are judged as well."""
        with _rolled_back(self.database, self.kommun) as tx:
            return self._import(path, file, lambda: nullcontext(tx), judge_rules=True)

    def _import(self, path: Path, file: IncomingFile, transaction: Transactions, *, judge_rules: bool) -> ImportResult:
        now = datetime.now(STOCKHOLM)
        with transaction() as tx:
            hold_keys(tx)
            result = self._begin(tx, path)
            stage_rows(
                tx, result.batch, self.source, file.rows(), self.keys, lambda count: self.progress("rows", count)
            )
        last = b""
        while True:
            with transaction() as tx:
                chunk = _chunk(staged_orders(tx, result.batch, self.keys, last))
                if not chunk:
                    self._finish(tx, result)
                    return result
                last = chunk[-1][0]
                hold_keys(tx)
                gathered = [self._gather(file, key, rows, now) for key, rows in chunk]
                if not judge_rules:
                    self._store(tx, gathered, result, now)
                else:
                    # A dry run holds no locks of orders and patients longer than a chunk: others import meanwhile.
                    tx.execute("SAVEPOINT chunk")
                    _add_rejections(tx, self._store(tx, gathered, result, now), result)
                    tx.execute("ROLLBACK TO SAVEPOINT chunk")
            self.progress("orders", result.accepted + result.refused + result.unchanged)

    def _begin(self, tx: Connection, path: Path) -> ImportResult:
        with path.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").digest()
        content = self.source.encode() + b"\x00" + digest
        before = tx.execute(
            "SELECT id, undone_at IS NOT NULL FROM intake_batch "
            "WHERE content_hash = ANY(%(content)s::bytea[]) AND finished_at IS NOT NULL "
            "AND (%(kommun)s::text IS NULL OR kommun = %(kommun)s) ORDER BY id DESC LIMIT 1",
            {"content": self.keys.recognitions_of("intake_batch.content", content), "kommun": self.kommun},
        ).fetchone()
        if before and self.once:
            raise UnusableFile(
                f"Samma fil togs in i batch {before[0]} och tas inte in igen (--once).",
                f"The same file was imported in batch {before[0]} and is not taken again (--once).",
            )
        row = tx.execute(
            "INSERT INTO intake_batch (source, content_hash, imported_by, kommun) VALUES (%s, %s, %s, %s) RETURNING id",
            (self.source, self.keys.recognition_of("intake_batch.content", content), self.actor, self.kommun),
        ).fetchone()
        assert row is not None
        seen_before, is_undone = before or (None, False)
        return ImportResult(row[0], seen_before, is_undone)

    def _gather(self, file: IncomingFile, key: bytes, rows: list[StagedRow], now: datetime) -> Gathered:
        span, external_id = (rows[0].row_no, rows[-1].row_no), rows[0].external_id
        problems = tuple(row.problem for row in rows if row.problem)
        if problems:
            return Gathered(span, external_id, None, problems, key)
        readable = [(row.row_no, row.payload) for row in rows if row.payload is not None]
        request = file.order(readable, today=now.date(), reservnummer_patterns=self.reservnummer_patterns)
        refused = self.refused(request) if isinstance(request, OrderRequest) else request
        if isinstance(request, OrderRequest) and not refused:
            return Gathered(span, external_id, request, (), key)
        return Gathered(span, external_id, None, tuple(refused), key)

    def _store(
        self, tx: Connection, gathered: Sequence[Gathered], result: ImportResult, now: datetime
    ) -> dict[int, Gathered]:
        """Store what is well formed and write every verdict; returns the accepted orders by id.

        received_at follows the rows, so that age is the order of the file.
        """
        drafts = [
            new_order(
                each.request, self.keys, source=self.source, today=now.date(),
                received_at=now + timedelta(microseconds=each.rows[0]),
            )
            for each in gathered if each.request
        ]  # fmt: skip
        answers = iter(store_orders(tx, drafts, actor=self.actor, batch_id=result.batch))
        verdicts = [
            (each, next(answers) if each.request else Stored("refused", None, each.violations)) for each in gathered
        ]
        for each, answer in verdicts:
            if answer.verdict == "refused":
                result.orders.append(OrderVerdict(each.external_id, each.rows, answer.violations))
        counts = Counter(answer.verdict for _, answer in verdicts)
        result.accepted += counts["accepted"]
        result.unchanged += counts["unchanged"]
        result.refused += counts["refused"]
        write_verdicts(tx, result.batch, verdicts)
        return {answer.order_id: each for each, answer in verdicts if answer.verdict == "accepted" and answer.order_id}

    def _finish(self, tx: Connection, result: ImportResult) -> None:
        tx.execute(
            "UPDATE intake_batch SET finished_at = clock_timestamp(), accepted = %s, refused = %s, unchanged = %s "
            "WHERE id = %s",
            (result.accepted, result.refused, result.unchanged, result.batch),
        )
        result.orders.sort(key=lambda verdict: verdict.rows)
        result.rejections.sort(key=lambda verdict: verdict.rows)


def _chunk(orders: Iterator[tuple[bytes, list[StagedRow]]]) -> list[tuple[bytes, list[StagedRow]]]:
    chunk, rows = [], 0
    for key, order in orders:
        chunk.append((key, order))
        rows += len(order)
        if len(chunk) >= CHUNK or rows >= CHUNK_ROWS:
            break
    return chunk


def _add_rejections(tx: Connection, accepted: dict[int, Gathered], result: ImportResult) -> None:
    """Which of the accepted would the validate step reject?"""
    for order_id, verdict in judge(tx, list(accepted)).items():
        if verdict.violations:
            result.would_reject += 1
            each = accepted[order_id]
            result.rejections.append(OrderVerdict(each.external_id, each.rows, verdict.violations))


class _RollBack(Exception):
    """Leaves a transaction without a trace."""


@contextmanager
def _rolled_back(database: Database, kommun: str | None) -> Iterator[Connection]:
    try:
        with database.transaction(kommun=kommun, writes=True, statement_timeout_ms=0) as tx:
            yield tx
            raise _RollBack
    except _RollBack:
        pass
