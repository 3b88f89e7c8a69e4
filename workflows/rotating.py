"""How are the keys changed for others while everybody works? Told of, taken over, sealed anew, forgotten.

1. `begin`: the new keys stand beside the old ones in the file; who runs reads it within a moment.
2. Every patient gets the index under the new keys beside the old one, and then the new keys take over: in one
   transaction that nobody who stores a patient is half-way through. From here on they write; both read.
3. `reseal`: what the old keys sealed is sealed anew, a few rows at a time and never one that somebody holds.
4. `finish`: nothing is left on the old keys, and they go.

Each part may be killed and begun again: the file and the rows say how far it came. Next: keyring.py, key_file.py.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from config.database import Connection, Database
from config.fault_points import fault_point
from workflows.key_file import read_ring, replace_ring, taking_over, with_coming, without_going
from workflows.patients import LOOK_EVERY, Keys, patient_row, recipient_row
from workflows.webhooks.subscribers import secret_of

AT_A_TIME = 500
"""Rows sealed anew in one transaction: some 10 ms, for which who wants one of them waits."""

NOTICED = 5 * LOOK_EVERY
"""Seconds after which every process that runs has read the new file."""

MOVING_MS = 500
"""How long the take-over stands in the way of who stores patients before it lets them pass and tries again."""

_SEALED_BY = "convert_from(substr({0}, 2, get_byte({0}, 0)), 'LATIN1')"
_GENERATION = "CASE octet_length({0}) WHEN 32 THEN 1 ELSE get_byte({0}, 0) END"

Told = Callable[[str, int], object]
"""Progress: what is sealed anew, and how many of them so far."""


class RotationRuns(Exception):
    """Nycklarna byts redan av en annan process (another process is changing the keys already)."""


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column that the application seals: its table's key, with types, and what a value is bound to."""

    table: str
    key: tuple[tuple[str, str], ...]
    belongs_to: Callable[..., str]
    column: str = "sealed"


SEALED = (
    SealedColumn("recipient", (("id", "uuid"),), recipient_row),
    SealedColumn(
        "intake_row", (("batch_id", "bigint"), ("order_key", "bytea"), ("row_no", "int")),
        lambda batch, _key, row: f"intake_row.sealed {batch} {row}",
    ),
    SealedColumn("webhook", (("name", "text"),), secret_of, "secret_sealed"),
)  # fmt: skip
"""Every sealed column but patient.sealed, which is bound to its index and moves with it."""

# An import that runs finds its rows by order_key: those of a batch that is not finished wait, for a day.
_ENDED = "b.finished_at IS NOT NULL OR b.received_at < now() - interval '1 day'"
_RECOGNISED = {
    "orders.body_hash": f"SELECT count(*) FROM orders WHERE {_GENERATION.format('body_hash')} < %s",
    "intake_batch.content_hash": f"SELECT count(*) FROM intake_batch WHERE {_GENERATION.format('content_hash')} < %s",
    "intake_row.order_key": f"SELECT count(*) FROM intake_row WHERE {_GENERATION.format('order_key')} < %s",
    "intake_verdict.order_key": f"SELECT count(*) FROM intake_verdict WHERE {_GENERATION.format('order_key')} < %s",
}


@contextmanager
def alone(database: Database) -> Iterator[None]:
    """Nobody else changes the keys within the block. Raises RotationRuns."""
    with closing(database.session()) as session:
        row = session.execute("SELECT pg_try_advisory_lock(hashtext('orderflode.rotation'))").fetchone()
        if row is None or not row[0]:
            raise RotationRuns(RotationRuns.__doc__)
        yield


def begin(database: Database, file: Path) -> Keys:
    """Make new keys where none are coming or going, and let them take over. Raises KeysUnusable."""
    ring = read_ring(file)
    if ring.going is None:
        if ring.coming is None:
            replace_ring(file, ring := with_coming(ring))
            fault_point("keys.announced")
        assert ring.coming is not None
        with database.transaction() as tx:
            tx.execute("UPDATE key_check SET current = coalesce(current, %s), coming = %s", (ring.current, ring.coming))
        time.sleep(NOTICED)
    _take_over(database, file)
    return Keys(lambda: read_ring(file))


def reseal(database: Database, keys: Keys, told: Told = lambda *_: None) -> None:
    """Seal anew whatever the keys that go have sealed; rows that others hold are met again."""

    def work(what: str, batch: Callable[..., tuple[int, Any]], *given: object) -> None:
        _again(database, lambda tx, after: batch(tx, keys, *given, after), lambda done: told(what, done))

    work("patient", _reseal_patients)
    for column in SEALED:
        work(column.table, _reseal, column)
    for table, name in (("orders", "body_hash"), ("intake_batch", "content_hash")):
        work(table, _wrap, table, name)
    work("order_key", _wrap_order_keys)


def left(database: Database, keys: Keys) -> dict[str, int]:
    """How many rows are still on other keys, by column; nothing else is in it."""
    current, generation = keys.current, keys.generation
    with database.transaction(statement_timeout_ms=0) as tx:
        found = {
            f"{table}.{column}": _count(
                tx,
                f"SELECT count(*) FROM {table} WHERE octet_length({column}) > 0 "
                f"AND {_SEALED_BY.format(column)} <> %s", current,
            )
            for table, column in [("patient", "sealed"), *((each.table, each.column) for each in SEALED)]
        } | {name: _count(tx, query, generation) for name, query in _RECOGNISED.items()}  # fmt: skip
    return {name: number for name, number in found.items() if number}


def finish(database: Database, file: Path) -> None:
    """Forget the old keys. Nothing may be left on them. Raises KeysUnusable."""
    with database.transaction(statement_timeout_ms=0) as tx:
        tx.execute("UPDATE patient SET other_lookup = NULL WHERE other_lookup IS NOT NULL")
    replace_ring(file, without_going(read_ring(file)))


def _take_over(database: Database, file: Path) -> None:
    """Let the new keys write, once every patient has the index under them. Done again it does nothing."""
    ring = read_ring(file)
    new = ring.coming or ring.current
    keys = Keys(lambda: ring)

    def fill(tx: Connection, after: Any) -> tuple[int, Any]:
        return _index_patients(tx, keys, new, after)

    with database.transaction() as tx:
        if tx.execute("SELECT FROM key_check WHERE current = %s", (new,)).fetchone():
            return
    _again(database, fill, lambda _: None)
    with _nobody_stores_patients(database):
        # Those who were stored since.
        _again(database, fill, lambda _: None)
        if ring.coming is not None:
            replace_ring(file, taking_over(ring))
        fault_point("keys.taken_over")
        # Whoever waits for the lock goes on with the new file.
        time.sleep(2 * LOOK_EVERY)
        with database.transaction() as tx:
            tx.execute(
                "UPDATE key_check SET fingerprint = %s, current = %s, coming = NULL",
                (Keys(lambda: read_ring(file)).fingerprint, new),
            )


@contextmanager
def _nobody_stores_patients(database: Database) -> Iterator[None]:
    """Within the block nobody is half-way through storing a patient, and who would begin waits (keyring.hold_keys)."""
    with closing(database.session()) as gate:
        gate.execute(f"SET lock_timeout = '{MOVING_MS}ms'".encode())
        while True:
            try:
                gate.execute("SELECT pg_advisory_lock(hashtext('orderflode.keys'))")
                break
            except psycopg.errors.LockNotAvailable:
                time.sleep(LOOK_EVERY)
        yield


Batch = Callable[[Connection, Any], tuple[int, Any]]
"""Works some rows after a key: how many, and the last one's key; None when there are no more."""


def _again(database: Database, batch: Batch, told: Callable[[int], object]) -> None:
    """Work batch after batch, from the beginning again until a pass found nothing to do."""
    done, worked, after = 0, 0, None
    while True:
        with database.transaction() as tx:
            number, after = batch(tx, after)
            if number:
                fault_point("keys.resealed")
        done, worked = done + number, worked + number
        told(done)
        if after is None:
            if not worked:
                return
            worked = 0


def _index_patients(tx: Connection, keys: Keys, new: str, after: Any) -> tuple[int, Any]:
    """Give patients the index under the new keys, beside the one they have."""
    rows = tx.execute(
        "SELECT id, lookup, sealed FROM patient WHERE id > %s AND other_lookup IS NULL AND octet_length(sealed) > 0 "
        f"AND {_SEALED_BY.format('sealed')} <> %s ORDER BY id LIMIT {AT_A_TIME} FOR NO KEY UPDATE",
        (after or 0, new),
    ).fetchall()
    numbers = [keys.unseal(bytes(sealed), patient_row(bytes(lookup))) for _, lookup, sealed in rows]
    tx.execute(
        "UPDATE patient p SET other_lookup = n.lookup FROM unnest(%s::bigint[], %s::bytea[]) AS n (id, lookup) "
        "WHERE p.id = n.id",
        ([row[0] for row in rows], [_new_index(keys, number) for number in numbers]),
    )
    return len(rows), rows[-1][0] if len(rows) == AT_A_TIME else None


def _new_index(keys: Keys, number: bytes) -> bytes:
    """The index under the new keys: the other one while they come, the one that is written once they write."""
    indexes = keys.indexes_of("patient.number", number)
    return indexes[-1] if keys.is_coming else indexes[0]


def _reseal_patients(tx: Connection, keys: Keys, after: Any) -> tuple[int, Any]:
    rows = tx.execute(
        "SELECT id, lookup, sealed FROM patient WHERE id > %s AND octet_length(sealed) > 0 "
        f"AND {_SEALED_BY.format('sealed')} <> %s ORDER BY id LIMIT {AT_A_TIME} FOR NO KEY UPDATE SKIP LOCKED",
        (after or 0, keys.current),
    ).fetchall()
    numbers = [keys.unseal(bytes(sealed), patient_row(bytes(lookup))) for _, lookup, sealed in rows]
    lookups = [keys.index_of("patient.number", number) for number in numbers]
    sealed = [keys.seal(number, patient_row(lookup)) for number, lookup in zip(numbers, lookups, strict=True)]
    tx.execute(
        "UPDATE patient p SET lookup = n.lookup, other_lookup = p.lookup, sealed = n.sealed "
        "FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS n (id, lookup, sealed) WHERE p.id = n.id",
        ([row[0] for row in rows], lookups, sealed),
    )
    return len(rows), rows[-1][0] if len(rows) == AT_A_TIME else None


def _reseal(tx: Connection, keys: Keys, column: SealedColumn, after: Any) -> tuple[int, Any]:
    names = ", ".join(name for name, _ in column.key)
    beyond = f"({names}) > ({', '.join('%s' for _ in column.key)}) AND " if after else ""
    rows = tx.execute(
        f"SELECT {names}, {column.column} FROM {column.table} WHERE {beyond}octet_length({column.column}) > 0 "
        f"AND {_SEALED_BY.format(column.column)} <> %s ORDER BY {names} LIMIT {AT_A_TIME} "
        "FOR NO KEY UPDATE SKIP LOCKED".encode(),
        (*(after or ()), keys.current),
    ).fetchall()
    sealed = [
        keys.seal(keys.unseal(bytes(row[-1]), bound := column.belongs_to(*row[:-1])), bound) for row in rows
    ]  # fmt: skip
    arrays = ", ".join(f"%s::{kind}[]" for _, kind in column.key)
    tx.execute(
        f"UPDATE {column.table} t SET {column.column} = n.new FROM unnest({arrays}, %s::bytea[]) AS n ({names}, new) "
        f"WHERE {' AND '.join(f't.{name} = n.{name}' for name, _ in column.key)}".encode(),
        (*([row[place] for row in rows] for place in range(len(column.key))), sealed),
    )
    return len(rows), rows[-1][:-1] if len(rows) == AT_A_TIME else None


def _wrap(tx: Connection, keys: Keys, table: str, column: str, after: Any) -> tuple[int, Any]:
    rows = tx.execute(
        f"SELECT id, {column} FROM {table} WHERE id > %s AND {_GENERATION.format(column)} < %s "
        f"ORDER BY id LIMIT {AT_A_TIME} FOR NO KEY UPDATE SKIP LOCKED".encode(),
        (after or 0, keys.generation),
    ).fetchall()
    tx.execute(
        f"UPDATE {table} t SET {column} = n.new FROM unnest(%s::bigint[], %s::bytea[]) AS n (id, new) "
        "WHERE t.id = n.id".encode(),
        ([row[0] for row in rows], [keys.wrapped(bytes(row[1])) for row in rows]),
    )
    return len(rows), rows[-1][0] if len(rows) == AT_A_TIME else None


def _wrap_order_keys(tx: Connection, keys: Keys, after: Any) -> tuple[int, Any]:
    """Rows and verdicts of a batch that has ended: both at once, for a receipt finds one by the other."""
    rows = tx.execute(
        f"SELECT DISTINCT r.batch_id, r.order_key FROM intake_row r JOIN intake_batch b ON b.id = r.batch_id "
        f"WHERE {_GENERATION.format('r.order_key')} < %s AND ({_ENDED}) "
        f"{'AND (r.batch_id, r.order_key) > (%s, %s) ' if after else ''}ORDER BY 1, 2 LIMIT {AT_A_TIME}".encode(),
        (keys.generation, *(after or ())),
    ).fetchall()
    given = ([row[0] for row in rows], [row[1] for row in rows], [keys.wrapped(bytes(row[1])) for row in rows])
    for table in ("intake_row", "intake_verdict"):
        tx.execute(
            f"UPDATE {table} t SET order_key = n.new "
            "FROM unnest(%s::bigint[], %s::bytea[], %s::bytea[]) AS n (batch, old, new) "
            "WHERE t.batch_id = n.batch AND t.order_key = n.old".encode(),
            given,
        )
    return len(rows), rows[-1] if len(rows) == AT_A_TIME else None


def _count(tx: Connection, query: str, *given: object) -> int:
    row = tx.execute(query.encode(), given).fetchone()
    assert row is not None
    return int(row[0])
