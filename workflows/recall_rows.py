"""What does the list of a recall tell of each unit? Read in pages, for what the recall found and logged.

Sealed here; exchange/outgoing/recall_file.py unseals it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from psycopg.rows import class_row

from config.database import Database

PAGE = 1_000
"""Rows read at a time: each page is a short transaction, none is open while the file is written."""


@dataclass(frozen=True, slots=True)
class RecallRow:
    """One device, or units counted, of a recall: where it is, who has it, and whom to ask."""

    row_no: int
    article: str
    ordered_article: str | None
    serial_number: str | None
    units: int
    place: str
    store: str
    store_name: str
    receiver_kind: str | None
    receiver_code: str | None
    receiver_name: str | None
    receiver_address: str | None
    patient_kind: str | None
    patient_lookup: bytes | None = field(repr=False)
    patient_sealed: bytes | None = field(repr=False)
    protected: bool
    recipient: UUID | None
    recipient_sealed: bytes | None = field(repr=False)
    newest_recipient: UUID | None
    newest_recipient_sealed: bytes | None = field(repr=False)
    order: str | None
    utleverans: str | None
    since: datetime | None
    orderer_unit: str | None
    orderer_unit_name: str | None
    prescriber: str | None
    prescriber_name: str | None


_READ = """
    SELECT r.row_no, k.article, l.ordered_article, r.serial_number, r.units, r.place, r.store, s.name AS store_name,
        coalesce(o.receiver_kind, CASE WHEN h.unit IS NOT NULL THEN 'vardenhet'
                                       WHEN h.patient_id IS NOT NULL THEN 'patient' END) AS receiver_kind,
        coalesce(o.receiver_code, h.unit) AS receiver_code, coalesce(unit.name, receiving.name) AS receiver_name,
        nullif(concat_ws(', ', nullif(unit.street, ''), nullif(concat_ws(' ', nullif(unit.postal_code, ''),
                                                                         nullif(unit.city, '')), '')), '')
            AS receiver_address,
        p.kind AS patient_kind, p.lookup AS patient_lookup, NULLIF(p.sealed, '') AS patient_sealed, r.protected,
        own.id AS recipient, own.sealed AS recipient_sealed,
        newest.id AS newest_recipient, newest.sealed AS newest_recipient_sealed,
        o.source || ':' || o.external_id AS "order", u.number AS utleverans, r.since,
        o.orderer_unit, ordering.name AS orderer_unit_name, o.prescriber, prescribing.name AS prescriber_name
    FROM recall_row r JOIN recall k ON k.id = r.recall JOIN store s ON s.code = r.store
    LEFT JOIN orders o ON o.id = r.order_id
    LEFT JOIN order_line l ON l.order_id = o.id AND l.line_no = r.line_no
    LEFT JOIN utleverans u ON u.order_id = o.id
    LEFT JOIN holding h ON h.id = r.holding
    LEFT JOIN vardenhet unit ON unit.code = CASE WHEN o.receiver_kind = 'vardenhet' THEN o.receiver_code ELSE h.unit END
    LEFT JOIN store receiving ON o.receiver_kind = 'kommunlager' AND receiving.code = o.receiver_code
    LEFT JOIN vardenhet ordering ON ordering.code = o.orderer_unit
    LEFT JOIN person prescribing ON prescribing.id = o.prescriber
    LEFT JOIN patient p ON p.id = r.person
    LEFT JOIN recipient own ON own.id = r.recipient
    LEFT JOIN recipient newest ON newest.id = r.newest_recipient
    WHERE r.recall = %s AND r.row_no > %s ORDER BY r.row_no LIMIT %s
"""


def pages_of(database: Database, recall: int) -> Iterator[list[RecallRow]]:
    """The rows of a recall, in their order, `PAGE` at a time."""
    after = 0
    while True:
        with database.transaction() as tx, tx.cursor(row_factory=class_row(RecallRow)) as cursor:
            page = cursor.execute(_READ, (recall, after, PAGE)).fetchall()
        if not page:
            return
        yield page
        after = page[-1].row_no
