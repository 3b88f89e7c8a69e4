"""How are the keys changed for others while everybody works? Told of, taken over, sealed anew, forgotten.

1. `begin`: the new keys stand beside the old ones in the file; who runs reads it within a moment.
2. Every patient gets the index under the new keys beside the old one, and then the new keys take over: in one
   transaction that nobody who stores a patient is half-way through. From here on they write; both read.
3. `reseal`: what the old keys sealed is sealed anew, a few rows at a time and never one that somebody holds.
4. `finish`: nothing is left on the old keys, and they go.

Each part may be killed and begun again: the file and the rows say how far it came. Next: resealing.py (3),
keyring.py, key_file.py.
"""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from config.database import Connection, Database
from config.fault_points import fault_point
from workflows.key_file import read_ring, replace_ring, taking_over, with_coming, without_going
from workflows.patients import LOOK_EVERY, Keys, patient_row
from workflows.resealing import AT_A_TIME, SEALED_BY, again

NOTICED = 5 * LOOK_EVERY
"""Seconds after which every process that runs has read the new file."""

MOVING_MS = 500
"""How long the take-over stands in the way of who stores patients before it lets them pass and tries again."""


class RotationRuns(Exception):
    """Nycklarna byts redan av en annan process (another process is changing the keys already)."""


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
    again(database, fill, lambda _: None)
    with _nobody_stores_patients(database):
        # Those who were stored since.
        again(database, fill, lambda _: None)
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


def _index_patients(tx: Connection, keys: Keys, new: str, after: Any) -> tuple[int, Any]:
    """Give patients the index under the new keys, beside the one they have."""
    rows = tx.execute(
        "SELECT id, lookup, sealed FROM patient WHERE id > %s AND other_lookup IS NULL AND octet_length(sealed) > 0 "
        f"AND {SEALED_BY.format('sealed')} <> %s ORDER BY id LIMIT {AT_A_TIME} FOR NO KEY UPDATE",
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
