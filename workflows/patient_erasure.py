"""How is a patient forgotten, and what do they get to know? Sealed data go for good; orders keep their rows.

What is erased is the number, its index, names, addresses, phones and notes, the raw rows of files, and delivery
notes. What stays tells of goods and of nobody. Journals are kept ten years (Patientdatalagen 3 kap. 17 §): before
that a patient is erased by an authority's decision alone (8 kap. 4 §), whose reference is given and logged.
Next: log_retention.py, by which those are found whose time has passed.
"""

import json
from typing import Any

from config.database import Connection, Database
from workflows.access_log import Look, log_access, look_entry, open_patients
from workflows.log_reading import looks_at
from workflows.log_retention import LEAST_YEARS_OF_RECORDS, RECORDS
from workflows.patient_links import numbers_of
from workflows.patient_looks import PatientNotFound
from workflows.patient_records import find_patient, orders_of, things_held
from workflows.patients import Keys, patient_row, recipient_row


class ErasureRefused(Exception):
    """Uppgifterna måste finnas kvar (the data must be kept)."""


def erase_person(
    database: Database, index: bytes, look: Look, *, years: int, decision: str | None
) -> tuple[list[int], list[bytes]]:
    """Erase the person with that keyed index under all their numbers; their ids, and the hashes of documents to go.

    `decision` is the reference of the decision that lets records go before `years`. Raises PatientNotFound,
    ErasureRefused, ReasonMissing, PersonalNumberInText; a search that found nobody and a refusal are logged.
    """
    refusal: str | None = None
    with database.transaction(statement_timeout_ms=0) as tx:
        found = find_patient(tx, index)
        if found is None:
            log_access(tx, "patient_search", look, [], not_found=["number"])
        else:
            ids = [number.id for number in numbers_of(tx, found.id)]
            refusal = _why_kept(tx, ids, years=years, decision=decision)
            if refusal is None:
                return ids, erase(tx, ids, look, decision=decision)
            log_access(tx, "denied", look, ids, wanted="patient_erase")
    if refusal is not None:
        raise ErasureRefused(refusal)
    raise PatientNotFound(PatientNotFound.__doc__)


def erase(tx: Connection, patients: list[int], look: Look, *, decision: str | None = None) -> list[bytes]:
    """Erase these patients by the database's door, which logs it; the hashes of documents whose files are to go."""
    entry = look_entry(tx, "patient_erase", look, patients, None, {"decision": decision})
    return [bytes(sha256) for (sha256,) in tx.execute("SELECT sha256 FROM erase_patients(%s)", (entry,))]


def told_to_subject(database: Database, index: bytes, look: Look) -> dict[str, Any]:
    """Everything that is kept of the person with that keyed index, opened: numbers, orders with lines and recipients,
    things held, and who looked. Raises PatientNotFound, KeysUnusable."""
    with database.transaction(statement_timeout_ms=0) as tx:
        found = find_patient(tx, index)
        if found is not None:
            ids = [number.id for number in numbers_of(tx, found.id)]
            opened = open_patients(tx, "patient_export", look, ids)
            return {
                "numbers": [
                    {"kind": each.kind, "number": look.keys.unseal(each.sealed, patient_row(each.lookup)).decode()}
                    for each in opened
                ],
                "orders": [each | _recipient(tx, each["id"], look.keys) for each in orders_of(tx, ids)],
                "held": things_held(tx, ids),
                "looks": looks_at(tx, ids),
            }
        log_access(tx, "patient_search", look, [], not_found=["number"])
    raise PatientNotFound(PatientNotFound.__doc__)


def _why_kept(tx: Connection, patients: list[int], *, years: int, decision: str | None) -> str | None:
    """Why they are not erased: what is open or out stays, whoever decided; what is young by a decision alone."""
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM orders WHERE patient_id = ANY(%s::bigint[]) AND ended_at IS NULL)", (patients,)
    ).fetchone()
    if row is None or row[0]:
        return "Patienten har en öppen order (the patient has an open order)"
    if things_held(tx, patients):
        return "Patienten har hjälpmedel kvar: ta dem i retur först (the patient still has things: return them first)"
    young = tx.execute(
        f"SELECT FROM patient p WHERE p.id = ANY(%(patients)s::bigint[]) AND EXISTS ({RECORDS}) LIMIT 1",
        {"patients": patients, "since": max(years, LEAST_YEARS_OF_RECORDS)},
    ).fetchone()
    if young is not None and not decision:
        return (
            "Uppgifterna måste finnas kvar i tio år; ange myndighetens beslut med --decision "
            "(they must be kept ten years; give the authority's decision)"
        )
    return None


def _recipient(tx: Connection, order_id: int, keys: Keys) -> dict[str, Any]:
    """The order's lines, and whom it was sent to, opened. The look is logged by the caller."""
    row = tx.execute(
        """
        SELECT ARRAY(SELECT jsonb_build_object('article', l.article, 'quantity', l.quantity,
                                               'serial_numbers', l.serial_numbers)
                     FROM order_line l WHERE l.order_id = o.id ORDER BY l.line_no), r.id, r.sealed
        FROM orders o LEFT JOIN recipient r ON r.id = o.recipient WHERE o.id = %s
        """,
        (order_id,),
    ).fetchone()
    assert row is not None
    lines, recipient, sealed = row
    told = None if recipient is None else json.loads(keys.unseal(bytes(sealed), recipient_row(recipient)))
    return {"lines": lines, "recipient": told}
