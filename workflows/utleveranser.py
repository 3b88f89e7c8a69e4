"""What is on an utleverans, and which delivery notes are still to be rendered? The facts that documents are made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from config.database import Connection
from workflows.ledger import OUTSTANDING
from workflows.queries import OF_KOMMUN


@dataclass(frozen=True, slots=True)
class UtleveransLine:
    """One line of the order: what was ordered and what this utleverans brings, in units."""

    line_no: int
    article: str
    name: str
    ordered: int
    sent: int
    serial_numbers: tuple[str, ...]
    ordered_article: str | None
    """What was ordered, where `article` is the equivalent that is sent instead."""
    outstanding: int
    """What a restorder brings; units cancelled out of the line are in neither."""
    returned: int = 0
    """How many of them have come back since."""
    short: int = 0
    """How many of them did not reach the receiver."""


@dataclass(frozen=True, slots=True)
class Utleverans:
    """An utleverans with its order's parties. What tells of a patient is behind `recipient`, sealed."""

    id: int
    number: str
    created_at: datetime
    order_id: int
    source: str
    external_id: str
    order_type: str
    customer_order_type: str | None
    priority: str
    state: str
    reference: str | None
    orderer_unit: str
    sender: str
    sender_name: str
    receiver_kind: str
    receiver_code: str | None
    receiver_name: str | None
    receiver_street: str | None
    receiver_postal_code: str | None
    receiver_city: str | None
    patient_id: int | None
    protected: bool
    recipient: UUID | None
    recipient_sealed: bytes | None
    lines: tuple[UtleveransLine, ...]


def find_utleverans(tx: Connection, number: str) -> Utleverans | None:
    """The utleverans with that number, e.g. `10-2026-000042`; None if there is none."""
    row = tx.execute("SELECT id FROM utleverans WHERE number = %s", (number,)).fetchone()
    return None if row is None else read_utleverans(tx, row[0])


class Seen(NamedTuple):
    """An utleverans that somebody may see, our id of the patient it goes to, where it goes to one, and its order."""

    id: int
    patient: int | None
    order_id: int


def utleverans_seen(tx: Connection, number: str, kommun: str | None) -> Seen | None:
    """The utleverans with that number, where its order is the kommun's that asks."""
    row = tx.execute(
        "SELECT u.id, o.patient_id, o.id FROM utleverans u JOIN orders o ON o.id = u.order_id "
        f"WHERE u.number = %(number)s AND {OF_KOMMUN}",
        {"number": number, "kommun": kommun},
    ).fetchone()
    return None if row is None else Seen(*row)


class NoteOf(NamedTuple):
    """The number of an order's utleverans, and our id of the patient it goes to, where it goes to one."""

    number: str
    patient: int | None


def utleveranser_of(tx: Connection, orders: Sequence[int]) -> list[NoteOf]:
    """Those of the orders that the transaction sees, in the orders' order; an order that has none is left out."""
    rows = tx.execute(
        "SELECT u.number, o.patient_id FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place) "
        "JOIN orders o ON o.id = wanted.id JOIN utleverans u ON u.order_id = o.id ORDER BY wanted.place",
        (list(orders),),
    )
    return [NoteOf(*row) for row in rows]


def read_utleverans(tx: Connection, utleverans_id: int) -> Utleverans:
    """The utleverans with that id, with every line of its order, also those it brings nothing of."""
    row = tx.execute(
        """
        SELECT u.id, u.number, u.created_at, o.id, o.source, o.external_id, o.order_type, o.customer_order_type,
            CASE o.priority WHEN 0 THEN 'akut' ELSE 'normal' END, o.state, o.reference, o.orderer_unit,
            o.sender, s.name, o.receiver_kind, o.receiver_code, coalesce(unit.name, receiving.name),
            unit.street, unit.postal_code, unit.city, o.patient_id, o.protected, o.recipient, r.sealed
        FROM utleverans u JOIN orders o ON o.id = u.order_id JOIN store s ON s.code = o.sender
        LEFT JOIN vardenhet unit ON o.receiver_kind = 'vardenhet' AND unit.code = o.receiver_code
        LEFT JOIN store receiving ON o.receiver_kind = 'kommunlager' AND receiving.code = o.receiver_code
        LEFT JOIN recipient r ON r.id = o.recipient
        WHERE u.id = %s
        """,
        (utleverans_id,),
    ).fetchone()
    assert row is not None
    lines = tx.execute(
        f"""
        SELECT l.line_no, l.article, coalesce(a.name, l.article), l.quantity, {OUTSTANDING},
            l.serial_numbers, l.ordered_article, l.on_rest, l.returned,
            l.short_delivered
        FROM order_line l LEFT JOIN article a ON a.number = l.article WHERE l.order_id = %s ORDER BY l.line_no
        """,
        (row[3],),
    )
    found: list[Any] = [*row, tuple(_line(*line) for line in lines)]
    return Utleverans(*found)


def _line(
    line_no: int, article: str, name: str, ordered: int, sent: int, serials: Sequence[str] | None,
    ordered_article: str | None, outstanding: int, returned: int, short: int,
) -> UtleveransLine:  # fmt: skip
    return UtleveransLine(
        line_no, article, name, ordered, sent, tuple(serials or ()), ordered_article, outstanding, returned, short
    )


def claim_notes_due(tx: Connection, limit: int) -> list[int]:
    """Lock utleveranser whose delivery note is to be rendered ahead; those that others render are skipped."""
    rows = tx.execute(
        "SELECT id FROM utleverans WHERE note_due ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED", (limit,)
    )
    return [utleverans_id for (utleverans_id,) in rows]


def stored_document(tx: Connection, utleverans_id: int) -> bytes | None:
    """The content hash (SHA-256) of the utleverans's delivery note, if it is rendered."""
    row = tx.execute(
        "SELECT sha256 FROM document WHERE utleverans = %s AND kind = 'delivery_note'", (utleverans_id,)
    ).fetchone()
    return None if row is None else bytes(row[0])


def stored_documents(tx: Connection) -> list[bytes]:
    """The content hashes (SHA-256) of every rendered document."""
    return [bytes(sha256) for (sha256,) in tx.execute("SELECT DISTINCT sha256 FROM document ORDER BY 1")]


def register_documents(tx: Connection, documents: Sequence[tuple[int, bytes]]) -> None:
    """Note that delivery notes (utleverans, SHA-256) are stored. The first rendering stands."""
    ids, hashes = [each for each, _ in documents], [sha256 for _, sha256 in documents]
    tx.execute(
        "INSERT INTO document (utleverans, kind, sha256) SELECT u, 'delivery_note', h "
        "FROM unnest(%s::bigint[], %s::bytea[]) AS d (u, h) ON CONFLICT DO NOTHING",
        (ids, hashes),
    )
    leave_to_first_request(tx, ids)


def leave_to_first_request(tx: Connection, ids: Sequence[int]) -> None:
    """Let nobody render these delivery notes ahead any more."""
    tx.execute("UPDATE utleverans SET note_due = false WHERE id = ANY(%s::bigint[]) AND note_due", (list(ids),))
