"""What does a kommun get to bill and count by? What was delivered and returned, what differed, and sums per ISO class.

Each export is one query, read row by row. None has a patient in any column: a patient is the word `patient`. Whose a
row is: the order's kommun, for a difference the store's. Next: differences.py; exchange/outgoing/exports.py (the file).
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from psycopg.types.json import Jsonb

from config.database import Connection, Database
from workflows.access_log import Look, log_access
from workflows.differences import DIFFERENCES, KIND_NAMES, KINDS
from workflows.period import Period

_ROWS_AT_A_TIME = 2_000


class Export(NamedTuple):
    """The columns' headings, and the query for the rows of a `kommun` from `begins` up to `ends`."""

    headings: tuple[str, ...]
    query: str


def _day(moment: str) -> str:
    return f"to_char({moment} AT TIME ZONE 'Europe/Stockholm', 'YYYY-MM-DD')"


_IN_PERIOD = "m.at >= %(begins)s AND m.at < %(ends)s"

_DELIVERIES = Export(
    (
        "datum", "utleverans", "order", "ordertyp", "kundordertyp", "levererande lager", "beställarens enhet",
        "mottagartyp", "mottagare", "artikel", "benämning", "iso-klass", "gtin", "antal", "individnummer",
        "beställd artikel",
    ),
    f"""
    SELECT {_day("m.at")}, u.number, o.id, o.order_type, o.customer_order_type, o.sender, o.orderer_unit,
           o.receiver_kind, o.receiver_code, m.article, a.name, a.iso_class, a.gtin, m.quantity,
           array_to_string(l.serial_numbers, '|'), l.ordered_article
    FROM movement m
    JOIN orders o ON o.id = m.order_id
    JOIN order_line l ON l.order_id = m.order_id AND l.line_no = m.line_no
    LEFT JOIN utleverans u ON u.id = o.utleverans
    LEFT JOIN article a ON a.number = m.article
    WHERE m.kind = 'deliver' AND {_IN_PERIOD} AND o.kommun = %(kommun)s
    ORDER BY m.at, m.id
    """,
)  # fmt: skip

_DIFFERENCES = Export(
    (
        "datum", "lager", "slag", "slagkod", "artikel", "benämning", "iso-klass", "funna", "saknade", "order",
        "dokument", "orsak", "vem", "utredd", "utredning",
    ),
    f"""
    SELECT {_day("d.at")}, d.store, %(names)s::jsonb ->> d.kind, d.kind, d.article,
           a.name, a.iso_class, greatest(d.units, 0), greatest(-d.units, 0),
           d.order_id, d.document, coalesce(d.cause, %(kinds)s::jsonb ->> d.kind), d.actor, {_day("f.settled_at")},
           f.note
    FROM ({DIFFERENCES}) d
    JOIN store s ON s.code = d.store AND s.kommun = %(kommun)s
    LEFT JOIN article a ON a.number = d.article
    LEFT JOIN difference_followup f ON f.movement = d.id
    ORDER BY d.at, d.id
    """,
)  # fmt: skip

# One row a line that came back, at one of the return's steps: its history says how many units of which line.
_RETURNED = """
    SELECT h.at, h.return_id, h.version, h.event, h.reason, x.line_no, x.article, moved.units, moved."to",
           moved.serial_numbers, x.order_id, r.store, coalesce(o.kommun, v.kommun, s.kommun) AS kommun,
           o.receiver_kind, coalesce(o.receiver_code, g.unit) AS receiver, g.patient_id IS NOT NULL AS from_patient
    FROM return_history h
    CROSS JOIN LATERAL jsonb_to_recordset(CASE jsonb_typeof(h.details) WHEN 'array' THEN h.details ELSE '[]' END)
        AS moved (line_no int, units int, "to" text, serial_numbers text[])
    JOIN return_order r ON r.id = h.return_id
    JOIN return_line x ON x.return_id = h.return_id AND x.line_no = moved.line_no
    JOIN store s ON s.code = r.store
    LEFT JOIN orders o ON o.id = x.order_id
    LEFT JOIN holding g ON g.id = x.holding
    LEFT JOIN vardenhet v ON v.code = g.unit
    WHERE h.at >= %(begins)s AND h.at < %(ends)s
"""

_RETURNS = Export(
    (
        "datum", "retur", "rad", "steg", "bedömning", "lager", "order", "mottagartyp", "mottagare", "artikel",
        "benämning", "iso-klass", "gtin", "antal", "individnummer", "orsak",
    ),
    f"""
    SELECT {_day("b.at")}, b.return_id, b.line_no, b.event, b."to", b.store, b.order_id,
           coalesce(b.receiver_kind, CASE WHEN b.from_patient THEN 'patient' ELSE 'vardenhet' END), b.receiver,
           b.article, a.name, a.iso_class, a.gtin, b.units, array_to_string(b.serial_numbers, '|'), b.reason
    FROM ({_RETURNED}) b LEFT JOIN article a ON a.number = b.article
    WHERE b.event IN ('judge', 'mend') AND b.kommun = %(kommun)s
    ORDER BY b.at, b.return_id, b.version, b.line_no, b."to"
    """,
)  # fmt: skip

# What goes to a kommunlager is delivered once more from there: it has a column of its own. An order that was delivered
# in parts is one order: its restorder counts as the order that it is the rest of.
_ISO = Export(
    ("kommun", "iso-klass", "levererade enheter", "ordrar", "lagerflyttade enheter", "återlämnade enheter"),
    f"""
    WITH RECURSIVE part AS (
        SELECT DISTINCT o.id, o.id AS of FROM movement m JOIN orders o ON o.id = m.order_id
        WHERE m.kind = 'deliver' AND {_IN_PERIOD} AND o.kommun = %(kommun)s
        UNION ALL
        SELECT p.id, o.rest_of FROM part p JOIN orders o ON o.id = p.of WHERE o.rest_of IS NOT NULL),
    original AS (SELECT p.id, p.of FROM part p JOIN orders o ON o.id = p.of WHERE o.rest_of IS NULL),
    delivered AS (
        SELECT coalesce(left(a.iso_class, 6), '') AS iso,
               sum(m.quantity) FILTER (WHERE o.receiver_kind <> 'kommunlager') AS units,
               count(DISTINCT first.of) FILTER (WHERE o.receiver_kind <> 'kommunlager') AS orders,
               sum(m.quantity) FILTER (WHERE o.receiver_kind = 'kommunlager') AS transferred
        FROM movement m JOIN orders o ON o.id = m.order_id JOIN original first ON first.id = o.id
        LEFT JOIN article a ON a.number = m.article
        WHERE m.kind = 'deliver' AND {_IN_PERIOD} AND o.kommun = %(kommun)s
        GROUP BY 1),
    returned AS (
        SELECT coalesce(left(a.iso_class, 6), '') AS iso, sum(b.units) AS units
        FROM ({_RETURNED}) b LEFT JOIN article a ON a.number = b.article
        WHERE b.event = 'receive' AND b.kommun = %(kommun)s
        GROUP BY 1)
    SELECT %(kommun)s::text, iso, coalesce(d.units, 0)::bigint, coalesce(d.orders, 0),
           coalesce(d.transferred, 0)::bigint, coalesce(r.units, 0)::bigint
    FROM delivered d FULL JOIN returned r USING (iso) ORDER BY iso
    """,
)

EXPORTS: Mapping[str, Export] = {
    "deliveries": _DELIVERIES,
    "returns": _RETURNS,
    "differences": _DIFFERENCES,
    "iso": _ISO,
}


def export_rows(tx: Connection, name: str, kommun: str, period: Period) -> Iterator[tuple[object, ...]]:
    """The rows of the export in a fixed order, fetched a few at a time (a server-side cursor: memory is flat)."""
    with tx.cursor(name="export") as cursor:
        cursor.itersize = _ROWS_AT_A_TIME
        cursor.execute(
            EXPORTS[name].query.encode(),
            {
                "kommun": kommun, "begins": period.begins, "ends": period.ends,
                "kinds": Jsonb(KINDS), "names": Jsonb(KIND_NAMES),
            },
        )  # fmt: skip
        yield from cursor


def log_export(database: Database, look: Look, name: str, kommun: str, period: Period) -> None:
    """Log that an export leaves, before it does. It names no patient, so that the row names none.

    Raises ReasonMissing, PersonalNumberInText.
    """
    with database.transaction() as tx:
        log_access(
            tx, "export", look, [],
            export=name, kommun=kommun, begins=period.begins.isoformat(), ends=period.ends.isoformat(),
        )  # fmt: skip


def is_known_kommun(tx: Connection, kommun: str) -> bool:
    """Whether a store or a vårdenhet is that kommun's."""
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM store WHERE kommun = %(k)s) OR EXISTS (SELECT FROM vardenhet WHERE kommun = %(k)s)",
        {"k": kommun},
    ).fetchone()
    return row is not None and bool(row[0])
