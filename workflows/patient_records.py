"""What does the back office see of a person? Orders and things held, under every number of theirs.

Reading only, and nothing here tells the number itself. Who reads logs it: patient_looks.py.
"""

import re
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.identity import identity_of
from workflows.intake import PATIENT_BY_LOOKUP
from workflows.patient_links import PatientNumber
from workflows.patients import Keys
from workflows.whereabouts import with_receivers

_THINGS = "WITH " + with_receivers(
    lines="o.patient_id = ANY(%(patients)s::bigint[])",
    holdings="h.patient_id = ANY(%(patients)s::bigint[])",
    registered="""
        SELECT d.* FROM device d
        WHERE d.order_id = ANY(ARRAY(SELECT order_id FROM line)) AND d.place IN ('outbound', 'receiver')
        UNION ALL
        SELECT d.* FROM earlier h JOIN device d ON d.article = h.article AND d.holding = h.id""",
)


class NotANumber(Exception):
    """Det är inget giltigt personnummer, samordningsnummer eller reservnummer (not a valid number of a patient)."""


def index_of_number(
    text: str, keys: Keys, *, today: date, reservnummer_patterns: Sequence[re.Pattern[str]] = ()
) -> bytes:
    """The keyed index under which the number is found, in whatever form it was written. Raises NotANumber."""
    identity = identity_of(text, on=today, reservnummer_patterns=reservnummer_patterns)
    if identity is None:
        raise NotANumber(NotANumber.__doc__)
    return keys.index_of("patient.number", identity.canonical.encode())


def find_patient(tx: Connection, index: bytes) -> PatientNumber | None:
    """The number with that keyed index; None if nobody we know has it."""
    row = tx.execute(
        f"SELECT id, kind FROM patient WHERE id = ({PATIENT_BY_LOOKUP.format('%(index)s')})", {"index": index}
    ).fetchone()
    return None if row is None else PatientNumber(*row)


def orders_of(tx: Connection, patients: Collection[int]) -> list[dict[str, Any]]:
    """The orders for these patients, newest first: id, source, external_id, order_type, state, ordered_on, patient,
    utleveranser, swap_of."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """
            SELECT o.id, o.source, o.external_id, o.order_type, o.customer_order_type, o.state, o.ordered_on,
                   o.patient_id AS patient, o.swap_of,
                   ARRAY(SELECT u.number FROM utleverans u WHERE u.order_id = o.id) AS utleveranser
            FROM orders o WHERE o.patient_id = ANY(%s::bigint[]) ORDER BY o.id DESC
            """,
            (list(patients),),
        ).fetchall()


def is_protected(tx: Connection, patients: Collection[int]) -> bool:
    """Whether an order for one of them says that the identity is protected."""
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM orders WHERE patient_id = ANY (%s::bigint[]) AND protected)", (list(patients),)
    ).fetchone()
    return row is not None and bool(row[0])


def things_held(tx: Connection, patients: Collection[int]) -> list[dict[str, Any]]:
    """What is with these patients or on its way to them: article, name, serial_number, units, place, store, order,
    holding (the reference of an opening holding), since."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            {_THINGS}
            SELECT t.article, a.name, t.serial_number, t.units, t.place, t.store, t.order_id AS "order",
                   h.reference AS holding, t.since
            FROM with_receiver t LEFT JOIN article a ON a.number = t.article LEFT JOIN holding h ON h.id = t.holding
            ORDER BY t.article, t.serial_number, t.order_id, t.holding
            """,
            {"patients": list(patients)},
        ).fetchall()
