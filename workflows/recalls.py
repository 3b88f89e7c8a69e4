"""Who has an article, or its serial numbers from one to another? A recall finds all units, and logs every patient.

What was found is kept as pointers, in one statement with one snapshot; the log is committed with it, before any data
are read for the file. Next: recall_rows.py (what the file says), exchange/outgoing/recall_file.py.
"""

from dataclasses import dataclass
from typing import Any

from config.database import Connection, Database
from workflows.access_log import Look, a_reason, log_access
from workflows.article_stops import stop_article
from workflows.free_text import refuse_personal_number
from workflows.whereabouts import BESIDE_THE_SHELF, IN_STORES, with_receivers


class UnknownArticle(Exception):
    """Artikeln finns inte (there is no such article)."""


class WrongRange(Exception):
    """Serieintervallet är tomt: det första numret kommer efter det sista (the range of serial numbers is empty)."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What is recalled: an article, or its serial numbers between two, both inclusive; None is open."""

    article: str
    from_serial: str | None = None
    to_serial: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a recall found, in counts. `units` by place; `open_orders` ask for the article and are not picked yet."""

    recall: int
    rows: int
    units: dict[str, int]
    without_serial: int
    patients: int
    open_orders: list[int]


def serial_order(serial: str) -> tuple[int, str]:
    """Serial numbers stand by length, then by text: SN-9 before SN-10."""
    return len(serial), serial


# Of serial numbers to the same order as `serial_order`: collation C compares code points.
_IN_RANGE = """
    f.serial_number IS NULL
    OR (%(from)s::text IS NULL OR (char_length(f.serial_number), f.serial_number COLLATE "C")
                                  >= (char_length(%(from)s::text), %(from)s::text COLLATE "C"))
    AND (%(to)s::text IS NULL OR (char_length(f.serial_number), f.serial_number COLLATE "C")
                                 <= (char_length(%(to)s::text), %(to)s::text COLLATE "C"))"""

_UNITS = "WITH " + with_receivers(
    lines="l.article = %(article)s",
    holdings="h.article = %(article)s",
    registered="SELECT d.* FROM device d WHERE d.article = %(article)s AND d.place <> 'written_off'",
)

_FIND = f"""
    {_UNITS},
    unit AS (
        SELECT f.serial_number, f.units, f.place, f.store, f.order_id, f.line_no, f.holding, f.since,
               CASE WHEN f.place IN ('outbound', 'receiver') THEN coalesce(o.patient_id, h.patient_id) END
                   AS patient_id, o.protected, o.recipient
        FROM (SELECT * FROM with_receiver UNION ALL {IN_STORES} UNION ALL {BESIDE_THE_SHELF}) f
        LEFT JOIN orders o ON o.id = f.order_id LEFT JOIN holding h ON h.id = f.holding
        WHERE f.units > 0 AND ({_IN_RANGE})),
    receiver AS MATERIALIZED (
        SELECT p.patient_id, coalesce(k.new_patient, p.patient_id) AS person
        FROM (SELECT DISTINCT patient_id FROM unit WHERE patient_id IS NOT NULL) p
        LEFT JOIN patient_link k ON k.old_patient = p.patient_id AND k.undone_at IS NULL),
    number AS (
        SELECT person, person AS patient_id FROM receiver
        UNION SELECT k.new_patient, k.old_patient FROM patient_link k
              WHERE k.undone_at IS NULL AND k.new_patient IN (SELECT person FROM receiver)),
    -- Protected in one order, a person is protected in all; an address is the newest that was told.
    contact AS (
        SELECT n.person, bool_or(o.protected) AS protected,
               (array_agg(o.recipient ORDER BY o.id DESC) FILTER (WHERE o.recipient IS NOT NULL))[1] AS newest
        FROM number n JOIN orders o ON o.patient_id = n.patient_id GROUP BY n.person),
    kept AS (
        INSERT INTO recall_row (recall, row_no, serial_number, units, place, store, order_id, line_no, holding, since,
                                patient_id, person, protected, recipient, newest_recipient)
        SELECT %(recall)s,
               row_number() OVER (ORDER BY array_position(%(places)s::text[], u.place), u.store,
                                  char_length(u.serial_number), u.serial_number COLLATE "C", u.order_id, u.holding),
               u.serial_number, u.units, u.place, u.store, u.order_id, u.line_no, u.holding, u.since,
               u.patient_id, r.person, coalesce(c.protected, false) OR coalesce(u.protected, false),
               CASE WHEN u.place IN ('outbound', 'receiver') THEN u.recipient END, c.newest
        FROM unit u LEFT JOIN receiver r ON r.patient_id = u.patient_id LEFT JOIN contact c ON c.person = r.person
        RETURNING units, place, serial_number, patient_id, person)
    SELECT (SELECT count(*) FROM kept),
           (SELECT coalesce(jsonb_object_agg(place, units), '{{}}')
            FROM (SELECT place, sum(units) AS units FROM kept GROUP BY 1) p),
           (SELECT coalesce(sum(units), 0)::bigint FROM kept WHERE serial_number IS NULL),
           ARRAY(SELECT patient_id FROM kept WHERE patient_id IS NOT NULL
                 UNION SELECT person FROM kept WHERE person IS NOT NULL),
           (SELECT count(DISTINCT person) FROM kept),
           ARRAY(SELECT DISTINCT order_id FROM line WHERE state IN ('draft', 'validated', 'backordered') ORDER BY 1)
"""
"""The one reading of it all; %(places)s is the order of the places in the list."""

PLACES = ("receiver", "outbound", "store", "inspection", "repair", "difference")


def recall(database: Database, wanted: Recalled, look: Look, *, stop: bool = False) -> Found:
    """Find all units, keep where they are, log each patient and, with `stop`, withdraw the article: all or nothing.

    Units that are not known by serial number are found for every range: nothing rules them out.
    Raises UnknownArticle, WrongRange, ReasonMissing, PersonalNumberInText.
    """
    why = a_reason(look.why)
    for serial in (wanted.from_serial, wanted.to_serial):
        refuse_personal_number(serial)
    if wanted.from_serial and wanted.to_serial and serial_order(wanted.from_serial) > serial_order(wanted.to_serial):
        raise WrongRange(WrongRange.__doc__)
    with database.transaction(statement_timeout_ms=0) as tx:
        recall_id = _begin(tx, wanted, look.actor, why)
        found, patients = _find(tx, recall_id, wanted)
        log_access(
            tx, "recall", look, patients,
            recall=recall_id, article=wanted.article, from_serial=wanted.from_serial, to_serial=wanted.to_serial,
        )  # fmt: skip
        if stop:
            stop_article(tx, wanted.article, by=look.actor, why=why)
    return found


def _begin(tx: Connection, wanted: Recalled, actor: str, why: str) -> int:
    row = tx.execute(
        "INSERT INTO recall (article, from_serial, to_serial, why, actor) "
        "SELECT number, %s, %s, %s, %s FROM article WHERE number = %s RETURNING id",
        (wanted.from_serial, wanted.to_serial, why, actor, wanted.article),
    ).fetchone()
    if row is None:
        raise UnknownArticle(UnknownArticle.__doc__)
    return int(row[0])


def _find(tx: Connection, recall_id: int, wanted: Recalled) -> tuple[Found, list[int]]:
    """What was found, in counts, and the ids of the patients whose data the list will tell."""
    given: dict[str, Any] = {
        "recall": recall_id, "article": wanted.article, "from": wanted.from_serial, "to": wanted.to_serial,
        "places": list(PLACES),
    }  # fmt: skip
    row = tx.execute(_FIND, given).fetchone()
    assert row is not None
    rows, units, without_serial, logged, patients, open_orders = row
    return Found(recall_id, rows, units, without_serial, patients, open_orders), logged
