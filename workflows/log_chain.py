"""Was a row of the access log changed, added or taken away? Rows are sealed shortly after they are written, in a chain.

A seal holds the rows of transactions that are older than the oldest one that still runs: nobody can add to them any
more, and who writes looks waits for nobody. It has the digest of the seal before, keyed like the rows' own hashes.
Who holds the whole database and no key can take away the last seals with their rows, and nothing else: the newest
digest is told when it is made (`log seal`, the dispatcher's log), so that it also stands elsewhere.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from config.database import Connection, Database
from workflows.access_log import SIGNED, mac_of_row
from workflows.patients import Keys

FIRST = bytes(32)
"""What stands for the digest before the first seal."""

AT_MOST = 10_000
"""Rows in one seal."""

SEALED_WITHIN = timedelta(hours=1)
"""A row that is older and not sealed is told: nobody seals."""

_COLUMNS = ", ".join(SIGNED)
_LOCK = "hashtext('orderflode.log_chain')"


@dataclass(frozen=True, slots=True)
class Seal:
    """A link of the chain. `ids` are its rows in order; the first and the last are its range."""

    number: int
    previous: bytes
    ids: tuple[int, ...]
    up_to: str
    sealed_at: datetime
    digest: bytes

    @property
    def count(self) -> int:
        """How many rows it holds."""
        return len(self.ids)


def seal_looks(database: Database, keys: Keys) -> list[Seal]:
    """Seal every row that nobody can add to any more; the seals that were made. Nothing where another one seals."""
    made = []
    while (seal := _seal_once(database, keys)) is not None:
        made.append(seal)
        if seal.count < AT_MOST:
            break
    return made


def newest_seal(tx: Connection) -> Seal | None:
    """The last link of the chain."""
    row = tx.execute(f"{_SEALS} ORDER BY number DESC LIMIT 1".encode()).fetchone()
    return None if row is None else _seal(row)


def unsealed(tx: Connection, most: int) -> tuple[int, datetime | None]:
    """How many rows wait for their seal, counted up to `most`, and when the oldest of these was written."""
    row = tx.execute(
        "SELECT count(*), min(at) FROM (SELECT at FROM access_log WHERE seal IS NULL ORDER BY id LIMIT %s) found",
        (most,),
    ).fetchone()
    assert row is not None
    return int(row[0]), row[1]


def seals_of(tx: Connection) -> list[Seal]:
    """The chain, from its first link on."""
    return [_seal(row) for row in tx.execute(f"{_SEALS} ORDER BY number".encode()).fetchall()]


def chain_digest(tx: Connection, keys: Keys, seal: Seal) -> bytes:
    """The digest that a seal must have, by its rows as they are. Raises KeyError where one is missing."""
    return _digest(keys, seal, _rows_of(tx, keys, "id = ANY(%s::bigint[])", (list(seal.ids),)))


def broken_looks(tx: Connection, keys: Keys) -> Iterator[str]:
    """What is wrong with the log: rows and seals that are changed, added, missing or overdue, each as a line."""
    removed = _removals(tx, keys)
    yield from (f"removal of seal {number}: changed" for number, right in removed.items() if not right)
    known: set[int] = set()
    expected, previous = 1, FIRST
    for seal in seals_of(tx):
        yield from (f"seal {number}: missing" for number in range(expected, seal.number))
        rows = _rows_of(tx, keys, "id = ANY(%s::bigint[])", (list(seal.ids),))
        missing = [number for number in seal.ids if number not in rows]
        gone = seal.number in removed
        if not gone:
            yield from (f"row {number}: missing (seal {seal.number})" for number in missing)
        # Rows from before 0.2.0 have no keyed hash of their own; the first seal holds them.
        unsigned_are_right = seal.number == 1
        for number, row in rows.items():
            if not (row.right and (row.signed or unsigned_are_right)):
                yield f"row {number}: changed"
        if previous != seal.previous or not (missing or seal.digest == _digest(keys, seal, rows)):
            yield f"seal {seal.number}: changed"
        known.update(seal.ids)
        expected, previous = seal.number + 1, seal.digest
    yield from _loose(tx, keys, known)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row's keyed hash as it must be; whether it has one, and whether what it has is right."""

    mac: bytes
    signed: bool
    right: bool


_SEALS = "SELECT number, previous, ids, up_to::text, sealed_at, digest FROM access_seal"


def _seal(row: tuple[Any, ...]) -> Seal:
    number, previous, ids, up_to, sealed_at, digest = row
    return Seal(number, bytes(previous), tuple(ids), up_to, sealed_at, bytes(digest))


def _seal_once(database: Database, keys: Keys) -> Seal | None:
    with database.transaction() as tx:
        free = tx.execute(f"SELECT pg_try_advisory_xact_lock({_LOCK})".encode()).fetchone()
        # A row of another server's transactions (a restored backup) has a number that means nothing here.
        window = tx.execute(
            "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text, clock_timestamp() "
            "FROM pg_current_snapshot() AS s"
        ).fetchone()
        if window is None or free is None or not free[0]:
            return None
        up_to, started, at = window
        rows = _rows_of(
            tx, keys,
            f"seal IS NULL AND (xid < %s::xid8 OR xid >= %s::xid8) ORDER BY id LIMIT {AT_MOST}", (up_to, started),
        )  # fmt: skip
        if not rows:
            return None
        last = newest_seal(tx)
        number, previous = (1, FIRST) if last is None else (last.number + 1, last.digest)
        seal = Seal(number, previous, tuple(sorted(rows)), up_to, at, b"")
        digest = _digest(keys, seal, rows)
        tx.execute(
            "SELECT seal_looks(%s, %s, %s::bigint[], %s::xid8, %s, %s)",
            (number, previous, list(seal.ids), up_to, at, digest),
        )
        return Seal(number, previous, seal.ids, up_to, at, digest)


def _digest(keys: Keys, seal: Seal, rows: dict[int, _Row]) -> bytes:
    """The seal's keyed digest: over the chain so far, its rows' numbers and their keyed hashes."""
    told = [
        seal.number, seal.previous.hex(), seal.ids, seal.up_to, seal.sealed_at.astimezone(UTC).isoformat(),
        [rows[number].mac.hex() for number in seal.ids],
    ]  # fmt: skip
    return keys.mac_of("access_seal", json.dumps(told, separators=(",", ":")).encode())


def _rows_of(tx: Connection, keys: Keys, which: str, given: tuple[Any, ...]) -> dict[int, _Row]:
    found = {}
    for *row, mac in tx.execute(f"SELECT {_COLUMNS}, mac FROM access_log WHERE {which}".encode(), given):
        must_be = mac_of_row(keys, row)
        found[row[0]] = _Row(must_be, mac is not None, mac is None or bytes(mac) == must_be)
    return found


def removal_mac(keys: Keys, seal: int, at: datetime, by: str) -> bytes:
    """The keyed hash of a removal: who has no key cannot make rows go by writing one."""
    told = json.dumps([seal, at.astimezone(UTC).isoformat(), by]).encode()
    return keys.mac_of("access_removal", told)


def _removals(tx: Connection, keys: Keys) -> dict[int, bool]:
    """The seals whose rows were removed when their time had passed, and whether that was really said."""
    rows = tx.execute("SELECT seal, removed_at, removed_by, mac FROM access_removal ORDER BY seal")
    return {seal: bytes(mac) == removal_mac(keys, seal, at, by) for seal, at, by, mac in rows}


def _loose(tx: Connection, keys: Keys, known: set[int]) -> Iterator[str]:
    """Rows in no seal: those that say they are sealed, that nobody signed, or that should be sealed by now."""
    rows = tx.execute(
        f"SELECT {_COLUMNS}, mac, seal, at < clock_timestamp() - %s FROM access_log "
        "WHERE NOT (id = ANY(%s::bigint[])) ORDER BY id".encode(),
        (SEALED_WITHIN, list(known)),
    )
    sealing = bool(known)
    for *row, mac, seal, overdue in rows:
        if seal is not None or (sealing and mac is None):
            yield f"row {row[0]}: added"
        elif mac is not None and bytes(mac) != mac_of_row(keys, row):
            yield f"row {row[0]}: changed"
        elif overdue:
            yield f"row {row[0]}: not sealed"
