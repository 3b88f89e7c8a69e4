"""Patients for tests: official test numbers under real keys, orders delivered to them, and what they have.

Personnummer and samordningsnummer are Skatteverket's test numbers; the reservnummer has a form of its own, which no
register uses. Next: order_files.py, the same by files.
"""

import json
import re
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from builders import TODAY, a_prescription, run_all, store
from devices_world import naming

from config.database import Database
from exchange.holding_rows import HoldingRow
from exchange.load_holdings import Registers, store_holdings
from workflows.access_log import Look
from workflows.devices import DeviceMove, move_devices
from workflows.identity import identity_of
from workflows.intake import NewPatient
from workflows.key_file import Ring
from workflows.patients import Keys, recipient_row

PERSONNUMMER = "200001011493"
ANOTHER_PERSONNUMMER = "189001019802"
SAMORDNINGSNUMMER = "191401682396"
RESERVNUMMER = "17R-4711"
RESERVNUMMER_PATTERN = r"17R-[0-9]{4}"
PATTERNS = [re.compile(RESERVNUMMER_PATTERN)]

_RING = Ring({"k1": bytes(32)}, "k1", bytes(32), bytes(32), (bytes(32),))
LOOK = Look("beata", "uppföljning", Keys(lambda: _RING))
"""Who looks in the tests, and why. The keys sign the log's rows alone."""


def index_of(keys: Keys, number: str) -> bytes:
    """The keyed index of a number, which must be valid."""
    identity = identity_of(number, on=TODAY, reservnummer_patterns=PATTERNS)
    assert identity is not None
    return keys.index_of("patient.number", identity.canonical.encode())


def a_patient(keys: Keys, number: str) -> NewPatient:
    """The patient as an order stores it."""
    identity = identity_of(number, on=TODAY, reservnummer_patterns=PATTERNS)
    assert identity is not None
    lookup = index_of(keys, number)
    sealed = keys.seal(identity.canonical.encode(), f"patient.sealed {lookup.hex()}")
    return NewPatient(lookup, identity.kind.value, sealed)


def delivered_to(database: Database, keys: Keys, number: str, *lines: tuple[str, int], **changes: Any) -> int:
    """A förskrivning delivered to the patient. Returns its id.

    `told` is what the order says of the recipient; `serials` are devices that its first line names, e.g. "S1 S2".
    """
    told, serials = changes.pop("told", None), changes.pop("serials", "")
    recipient = uuid.uuid4() if told else None
    sealed = keys.seal(json.dumps(told).encode(), recipient_row(recipient)) if recipient else None
    order = a_prescription(
        *lines, **({"patient": a_patient(keys, number), "recipient": recipient, "recipient_sealed": sealed} | changes)
    )
    if serials:
        order = naming(serials, lines[0][1], order, lines[0][0])
    (order_id,) = store(database, order)
    run_all(database)
    return order_id


def patient_of(database: Database, keys: Keys, number: str) -> int:
    """Our id of the patient with that number, who is stored where no order has done so."""
    patient = a_patient(keys, number)
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO patient (lookup, kind, sealed) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (patient.lookup, patient.kind, patient.sealed),
        )
        row = tx.execute("SELECT id FROM patient WHERE lookup = %s", (patient.lookup,)).fetchone()
    assert row is not None
    return int(row[0])


def register(database: Database, article: str, serials: Sequence[str], place: str, **whose: int | None) -> None:
    """Devices of lager 10 are registered where they are; `whose` says order_id and line_no, or holding."""
    with database.transaction() as tx:
        moves = [DeviceMove(article, serial, None, place, "10", **whose) for serial in serials]
        move_devices(tx, moves, "register", "test")


def a_holding(
    database: Database, keys: Keys, article: str, receiver: str, quantity: int = 1, serial_number: str | None = None
) -> str:
    """Something out before the first day: with a vårdenhet by its code, or a patient by number. Returns its
    reference."""
    kind = "vardenhet" if receiver in ("03-05", "04-01") else "patient"
    reference = uuid.uuid4().hex
    row = HoldingRow(2, reference, kind, receiver, article, serial_number, quantity, date(2020, 2, 3), "10")
    with database.transaction() as tx:
        store_holdings(tx, [row], Registers(keys, TODAY, PATTERNS), actor="test")
    return reference


def logged(database: Database) -> list[tuple[str, int | None, str, str]]:
    """(action, patient, actor, why) of each row of the access log."""
    with database.transaction() as tx:
        return tx.execute("SELECT action, patient_id, actor, why FROM access_log ORDER BY id").fetchall()
