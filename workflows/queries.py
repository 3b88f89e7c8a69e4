"""What do people and machines see? Orders, their history and stock, read without locks.

Lists page by key, the highest number first, each page by an index that stands in its order: however many orders there
are, it reads as many as it shows. Nothing here tells who a patient is. `kommun` is whose rows are asked for, None the
whole region; the database keeps the others from who asks besides (migrations/sql/0004_row_security.sql). Next:
overview.py, the state of the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row

from config.database import Connection
from workflows.ledger import OUTSTANDING
from workflows.machines import OrderMachine
from workflows.order_types import OrderType

PICKED = "('picked', 'utleverans', 'delivered')"
_MEDICAL_DECISION = """CASE WHEN o.medical_decision_date IS NOT NULL THEN jsonb_build_object(
    'date', o.medical_decision_date, 'reference', o.medical_decision_reference) END"""
_INSTRUCTION = """CASE WHEN o.instruction_reference IS NOT NULL THEN jsonb_build_object(
    'reference', o.instruction_reference, 'approved_by', o.instruction_approved_by) END"""


_HERE = """(SELECT s.code FROM store s WHERE s.kommun = %(kommun)s)"""
OF_KOMMUN = f"""(%(kommun)s::text IS NULL OR o.kommun = %(kommun)s OR o.sender IN {_HERE}
    OR o.receiver_kind = 'kommunlager' AND o.receiver_code IN {_HERE})"""
"""SQL: whether an order is the kommun's: its units', or one that leaves or reaches its stores."""


def find_order(tx: Connection, reference: str, kommun: str | None = None) -> int | None:
    """The order with that number, or `source:external_id`; None if there is none."""
    if "\x00" in reference:
        # PostgreSQL's text has no such character.
        return None
    if reference.isascii() and reference.isdigit() and len(reference) < 19:
        row = tx.execute(
            f"SELECT o.id FROM orders o WHERE o.id = %(id)s AND {OF_KOMMUN}", {"id": int(reference), "kommun": kommun}
        ).fetchone()
    else:
        # Both parts may hold a colon.
        colons = [place for place, character in enumerate(reference) if character == ":"]
        row = tx.execute(
            "SELECT o.id FROM orders o WHERE (o.source, o.external_id) IN "
            f"(SELECT * FROM unnest(%(sources)s::text[], %(external_ids)s::text[])) AND {OF_KOMMUN}",
            {
                "sources": [reference[:place] for place in colons],
                "external_ids": [reference[place + 1 :] for place in colons],
                "kommun": kommun,
            },
        ).fetchone()
    return None if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class OrderFilter:
    """Which orders to list; None leaves a thing open. `before` is the last id of the page before."""

    state: str | None = None
    order_type: str | None = None
    store: str | None = None
    held: bool = False
    before: int | None = None
    kommun: str | None = None


def list_orders(tx: Connection, wanted: OrderFilter, limit: int) -> list[dict[str, Any]]:
    """Orders in the interface's shape, the highest number first."""
    return read_orders(tx, list_ids(tx, wanted, limit))


def list_ids(tx: Connection, wanted: OrderFilter, limit: int) -> list[int]:
    """The ids of the orders, the highest first: in the order they were stored, which within one import is not that of
    its rows. By `received_at` each page would read every order, and an index for it costs every step."""
    if wanted.held or (wanted.state, wanted.order_type, wanted.store) == (None, None, None):
        query, before = _LISTED_BY_NUMBER, "AND o.id < %(before)s"
    else:
        # Beside the kind, which only the lists' indexes hold: by the number alone a rare state's later page went back
        # along the primary key (685 ms at 1,000,000 orders). And with no equality beside it, from which the scan would
        # begin: it read all later orders of the kind (41 ms).
        query, before = _LISTED_BY_KIND, f"AND ({_KIND}, o.id) < (t.order_type, s.state, %(before)s::bigint)"
    kommun = f"AND {OF_KOMMUN}" if wanted.kommun is not None else ""
    ids = tx.execute(
        query.format(
            held=_HELD if wanted.held else "",
            others=("AND o.sender = %(store)s " if wanted.store is not None else "") + kommun,
            before=before if wanted.before is not None else "",
            of_kind="=" if wanted.before is None else ">=",
        ).encode(),
        {
            "types": [str(each) for each in OrderType if wanted.order_type in (None, each)],
            "states": [str(each.value) for each in OrderMachine.states if wanted.state in (None, each.value)],
            "store": wanted.store, "kommun": wanted.kommun, "before": wanted.before, "limit": limit,
        },
    ).fetchall()  # fmt: skip
    return [order_id for (order_id,) in ids]


# As the indexes have it: orders_listed, and orders_of_sender where a store is wanted.
_KIND = 'o.order_type COLLATE "C", o.state COLLATE "C"'

# All orders, or the held ones, which are few: by orders_pkey or orders_held.
_LISTED_BY_NUMBER = "SELECT o.id FROM orders o WHERE true {held} {others} {before} ORDER BY o.id DESC LIMIT %(limit)s"
_HELD = "AND o.held_since IS NOT NULL AND o.order_type = ANY (%(types)s) AND o.state = ANY (%(states)s)"

# A page of each type and state that is wanted, and the first of them all.
_LISTED_BY_KIND = f"""
    SELECT found.id FROM unnest(%(types)s::text[]) AS t (order_type) CROSS JOIN unnest(%(states)s::text[]) AS s (state)
    CROSS JOIN LATERAL (
        SELECT o.id FROM orders o WHERE ({_KIND}) {{of_kind}} (t.order_type, s.state) {{others}} {{before}}
        ORDER BY {_KIND.replace('"C"', '"C" DESC')}, o.id DESC LIMIT %(limit)s
    ) found ORDER BY found.id DESC LIMIT %(limit)s
"""


def read_orders(tx: Connection, ids: Sequence[int]) -> list[dict[str, Any]]:
    """The orders `ids`, which were found for who asks, in that order, in the interface's shape."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            f"""
            SELECT o.id, o.source, o.external_id, o.order_type, o.customer_order_type, o.sender, o.receiver_kind,
                o.kommun, (SELECT s.kommun FROM store s WHERE o.receiver_kind = 'kommunlager'
                           AND s.code = o.receiver_code) AS receiver_kommun,
                o.instruction_reference, o.instruction_approved_by, o.accept_equivalent,
                o.receiver_code, CASE o.receiver_kind
                    WHEN 'kommunlager' THEN (SELECT s.name FROM store s WHERE s.code = o.receiver_code)
                    WHEN 'vardenhet' THEN (SELECT u.name FROM vardenhet u WHERE u.code = o.receiver_code)
                END AS receiver_name,
                o.orderer_person, o.orderer_unit, o.prescriber,
                {_MEDICAL_DECISION} AS medical_decision, {_INSTRUCTION} AS instruction,
                o.wanted_date, o.reference, o.state, o.version,
                o.held_since IS NOT NULL AS held, o.held_reason,
                CASE o.priority WHEN 0 THEN 'akut' ELSE 'normal' END AS priority, o.partial, o.ordered_on,
                o.received_at, o.promised_by,
                (o.promised_by AT TIME ZONE 'Europe/Stockholm')::date AS promised_on, o.rest_of, o.swap_of,
                coalesce(o.violations, '[]') AS violations, o.evidence,
                ARRAY(SELECT u.number FROM utleverans u WHERE u.order_id = o.id) AS utleveranser,
                ARRAY(SELECT r.id FROM orders r WHERE r.rest_of = o.id ORDER BY r.id) AS restorder,
                ARRAY(SELECT s.id FROM orders s WHERE s.swap_of = o.id ORDER BY s.id) AS swaps,
                (SELECT jsonb_agg(jsonb_build_object(
                    'article', l.article, 'quantity', l.quantity,
                    'ordered_article', l.ordered_article, 'cancelled', l.cancelled,
                    'picked', CASE WHEN o.state IN {PICKED} THEN {OUTSTANDING} ELSE 0 END,
                    'delivered', CASE WHEN o.state = 'delivered' THEN {OUTSTANDING} - l.short_delivered ELSE 0 END,
                    'returned', l.returned,
                    'backordered', l.on_rest, 'serial_numbers', coalesce(to_jsonb(l.serial_numbers), '[]'),
                    'accessory_to', l.accessory_to
                 ) ORDER BY l.line_no) FROM order_line l WHERE l.order_id = o.id) AS lines
            FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (id, place) JOIN orders o ON o.id = wanted.id
            ORDER BY wanted.place
            """,
            (list(ids),),
        ).fetchall()


def history_of(tx: Connection, order_id: int) -> list[dict[str, Any]]:
    """The order's transitions, first to last: event, from, to, at, actor, reason."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            'SELECT event, from_state AS "from", to_state AS "to", at, actor, reason, version FROM history '
            "WHERE order_id = %s ORDER BY version",
            (order_id,),
        ).fetchall()


def list_stock(
    tx: Connection, store: str | None, article: str | None, kommun: str | None = None
) -> list[dict[str, Any]]:
    """Balances: on_hand, reserved and outbound units per store and article."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT store, article, on_hand, reserved, outbound FROM stock_balance "
            "WHERE (%(store)s::text IS NULL OR store = %(store)s) "
            "AND (%(article)s::text IS NULL OR article = %(article)s) "
            f"AND (%(kommun)s::text IS NULL OR store IN {_HERE}) ORDER BY store, article",
            {"store": store, "article": article, "kommun": kommun},
        ).fetchall()


def page_of_stock(
    tx: Connection, store: str, article: str | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Balances of one store, by article, from the first one after `after`; of one article alone where it is given."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT store, article, on_hand, reserved, outbound FROM stock_balance WHERE store = %(store)s "
            "AND (%(article)s::text IS NULL OR article = %(article)s) "
            "AND (%(after)s::text IS NULL OR article > %(after)s) ORDER BY article LIMIT %(limit)s",
            {"store": store, "article": article, "after": after, "limit": limit},
        ).fetchall()
