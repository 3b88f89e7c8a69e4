"""Are these the keys that the database's sealed data belong to? The first keys are remembered; others are refused.

Other keys would not be noticed otherwise: they seal and index as well, one person becomes two, and nobody can read
what the first keys sealed.
"""

from pathlib import Path

from config.database import Connection, Database
from workflows.patients import Keys, KeysUnusable, load_keys


def keys_of(database: Database, file: Path) -> Keys:
    """The keys in `file`, made there if the database has none yet. Raises KeysUnusable for others, or none."""
    with database.transaction() as tx:
        known = fingerprint_of(tx)
        keys = load_keys(file, make=known is None)
        tx.execute("INSERT INTO key_check (fingerprint) VALUES (%s) ON CONFLICT DO NOTHING", (keys.fingerprint,))
        if fingerprint_of(tx) not in keys.fingerprints:
            raise KeysUnusable(
                f"Nyckelfilen {file} hör inte till databasen (the key file does not belong to the database)"
            )
    return keys


def hold_keys(tx: Connection) -> None:
    """Let the keys in use stay so until the transaction ends: what is sealed in it before it is stored is not refused.

    Who changes them waits for it; who seals a patient before calling this may meet a serialization failure.
    """
    tx.execute("SELECT pg_advisory_xact_lock_shared(hashtext('orderflode.keys'))")


def fingerprint_of(tx: Connection) -> bytes | None:
    """The fingerprint of the keys that the database belongs to; None before the first use of any."""
    row = tx.execute("SELECT fingerprint FROM key_check").fetchone()
    return None if row is None else bytes(row[0])
