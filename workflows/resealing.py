"""What is sealed, and how is it sealed anew? A few rows at a time, and never one that somebody holds.

Batch after batch of every column that the application seals or recognises by a keyed hash, from the beginning again
until a pass found nothing to do; killed and begun again it goes on. Next: rotating.py, when this is done.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from config.database import Connection, Database
from config.fault_points import fault_point
from workflows.patients import Keys, patient_row, recipient_row
from workflows.webhooks.subscribers import secret_of

AT_A_TIME = 500
"""Rows sealed anew in one transaction: some 10 ms, for which who wants one of them waits."""

SEALED_BY = "convert_from(substr({0}, 2, get_byte({0}, 0)), 'LATIN1')"
_GENERATION = "CASE octet_length({0}) WHEN 32 THEN 1 ELSE get_byte({0}, 0) END"

Told = Callable[[str, int], object]
"""Progress: what is sealed anew, and how many of them so far."""


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


def reseal(database: Database, keys: Keys, told: Told = lambda *_: None) -> None:
    """Seal anew whatever the keys that go have sealed; rows that others hold are met again."""

    def work(what: str, batch: Callable[..., tuple[int, Any]], *given: object) -> None:
        again(database, lambda tx, after: batch(tx, keys, *given, after), lambda done: told(what, done))

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
                f"AND {SEALED_BY.format(column)} <> %s", current,
            )
            for table, column in [("patient", "sealed"), *((each.table, each.column) for each in SEALED)]
        } | {name: _count(tx, query, generation) for name, query in _RECOGNISED.items()}  # fmt: skip
    return {name: number for name, number in found.items() if number}


Batch = Callable[[Connection, Any], tuple[int, Any]]
"""Works some rows after a key: how many, and the last one's key; None when there are no more."""


def again(database: Database, batch: Batch, told: Callable[[int], object]) -> None:
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


def _reseal_patients(tx: Connection, keys: Keys, after: Any) -> tuple[int, Any]:
    rows = tx.execute(
        "SELECT id, lookup, sealed FROM patient WHERE id > %s AND octet_length(sealed) > 0 "
        f"AND {SEALED_BY.format('sealed')} <> %s ORDER BY id LIMIT {AT_A_TIME} FOR NO KEY UPDATE SKIP LOCKED",
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
        f"AND {SEALED_BY.format(column.column)} <> %s ORDER BY {names} LIMIT {AT_A_TIME} "
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
