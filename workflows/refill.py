"""How does a kommunlager get its usual devices back? A lagerflyttsorder from lager 10 for what has come down to its
reorder point (R1, S14-22).

Reckoned anew each time, in one transaction a store under a lock of the store's own: two refills at the same moment, a
crash, or running it again at once order nothing twice. Next: refill_proposal.py, which says what is needed.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from config.database import Connection, Database
from workflows.incoming import COMING, TAKEN_BY_WAITING
from workflows.intake import NewLine, NewOrder, store_orders
from workflows.master_data import Article
from workflows.order_types import LAGER_10, STORE_STAFF, CustomerOrderType, OrderType, ReceiverKind
from workflows.refill_proposal import Level, Proposal, RefillLine, propose
from workflows.steps.restorder import SOURCE

MOST_LINES = 1_000
"""Lines in an order at most, as in the interface."""
MOST_UNITS = 9_999
"""Units on a line at most; more take another line."""


class NoKommunlager(Exception):
    """Det finns inget sådant kommunlager med beställningspunkter (there is no such kommunlager with reorder points)."""


class NeedHasChanged(Exception):
    """Behovet har ändrats sedan förslaget visades: se det nu (what is needed has changed since: look again)."""


class Created(NamedTuple):
    """An order that was made: our number and its external id."""

    order_id: int
    external_id: str


class Orderer(NamedTuple):
    """Who orders the refill, and for which unit: one whose own store it is."""

    person: str
    unit: str


@dataclass(frozen=True, slots=True)
class Refill:
    """What a store needs, and what was made of it. `orderer` None: nobody may order for it, and nothing was made."""

    store: str
    proposal: Proposal
    orderer: Orderer | None
    created: tuple[Created, ...] = ()

    @property
    def nobody_to_order(self) -> bool:
        """Whether the store needs goods that nobody may order for it."""
        return self.orderer is None and bool(self.proposal.lines)


def refill_all(database: Database, *, actor: str) -> list[Refill]:
    """Refill every kommunlager that has reorder points; the answers in the order of their codes."""
    return [refill_store(database, store, actor=actor) for store in refilled_stores(database)]


def refilled_stores(database: Database, store: str | None = None) -> list[str]:
    """The kommunlager that have reorder points, or `store` alone. Raises NoKommunlager."""
    with database.transaction() as tx:
        rows = tx.execute(
            "SELECT s.code FROM store s WHERE s.kind = 'kommun' AND (%(store)s::text IS NULL OR s.code = %(store)s) "
            "AND EXISTS (SELECT FROM stock_target t WHERE t.store = s.code AND t.reorder_point IS NOT NULL "
            "AND t.target IS NOT NULL) ORDER BY s.code",
            {"store": store},
        ).fetchall()
    if store is not None and not rows:
        raise NoKommunlager(NoKommunlager.__doc__)
    return [code for (code,) in rows]


def refill_store(
    database: Database,
    store: str,
    *,
    actor: str,
    orderer: str | None = None,
    dry_run: bool = False,
    approved: str | None = None,
) -> Refill:
    """Order what `store` needs. `orderer` is a person; else the store's `refill_by`, else the first who may.

    A dry run reads the same and stores nothing. `approved` is the mark of the proposal that somebody has looked at:
    raises NeedHasChanged where another one would be ordered by now.
    """
    with database.transaction(snapshot=dry_run) as tx:
        if not dry_run:
            # Whoever refills the store at the same moment waits here, and then sees what was ordered.
            tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('refill ' || %s, 0))", (store,))
        proposal = propose(_levels(tx, store))
        if approved is not None and approved != proposal.mark:
            raise NeedHasChanged(NeedHasChanged.__doc__)
        found = _orderer(tx, store, orderer)
        if dry_run or found is None or not proposal.lines:
            return Refill(store, proposal, found)
        return Refill(store, proposal, found, _order(tx, store, found, proposal.lines, actor))


def orderer_of(tx: Connection, store: str, person: str | None) -> Orderer | None:
    """Who would order for the store: the person, where they may; else the store's own choice."""
    return (_orderer(tx, store, person) if person else None) or _orderer(tx, store, None)


def _levels(tx: Connection, store: str) -> dict[str, Level]:
    """The store's articles and the successors of those withdrawn; one statement, so that an order which moves on
    meanwhile is counted once."""
    rows = tx.execute(
        f"""
        WITH RECURSIVE wanted (article) AS (
            SELECT t.article FROM stock_target t
            WHERE t.store = %(store)s AND t.reorder_point IS NOT NULL AND t.target IS NOT NULL
            UNION
            SELECT a.successor FROM wanted JOIN article a ON a.number = wanted.article AND a.withdrawn
            WHERE a.successor IS NOT NULL)
        SELECT a.number, a.name, a.iso_class, a.gtin, a.individual, a.withdrawn, a.successor,
            t.reorder_point, t.target, coalesce(b.on_hand, 0), coalesce(b.reserved, 0), coalesce(taken.units, 0)::int,
            coalesce(coming.on_its_way, 0)::int, coalesce(coming.promised, 0)::int, coalesce(coming.unjudged, 0)::int,
            coalesce(coming.rejected, '{{}}')
        FROM wanted JOIN article a ON a.number = wanted.article
        LEFT JOIN stock_target t ON t.store = %(store)s AND t.article = a.number
        LEFT JOIN stock_balance b ON b.store = %(store)s AND b.article = a.number
        LEFT JOIN (SELECT * FROM ({TAKEN_BY_WAITING}) every WHERE every.store = %(store)s) taken
            ON taken.article = a.number
        LEFT JOIN (SELECT * FROM ({COMING}) every WHERE every.store = %(store)s) coming ON coming.article = a.number
        """,
        {"store": store},
    )
    return {number: Level(Article(number, *row[:6]), *row[6:]) for number, *row in rows}


def _orderer(tx: Connection, store: str, chosen: str | None) -> Orderer | None:
    """Lagerpersonal or a tekniker (S17) who belongs to a unit whose own store it is."""
    row = tx.execute(
        "SELECT p.id, min(u.unit) FROM store s JOIN vardenhet v ON v.own_store = s.code "
        "JOIN person_unit u ON u.unit = v.code JOIN person p ON p.id = u.person AND p.roles && %s::text[] "
        "WHERE s.code = %s AND p.id = coalesce(%s, s.refill_by, p.id) GROUP BY p.id ORDER BY p.id LIMIT 1",
        (sorted(STORE_STAFF), store, chosen),
    ).fetchone()
    return None if row is None else Orderer(*row)


def _order(
    tx: Connection, store: str, orderer: Orderer, wanted: tuple[RefillLine, ...], actor: str
) -> tuple[Created, ...]:
    lines = [
        NewLine(line.article, min(MOST_UNITS, line.quantity - done), ())
        for line in wanted
        for done in range(0, line.quantity, MOST_UNITS)
    ]
    parts = [tuple(lines[first : first + MOST_LINES]) for first in range(0, len(lines), MOST_LINES)]
    moment = tx.execute("SELECT now(), (now() AT TIME ZONE 'Europe/Stockholm')::date").fetchone()
    assert moment is not None
    now, today = moment
    numbers = _numbers(tx, f"REFILL-{store}-{today}-", len(parts))
    orders = [
        _lagerflytt(store, orderer, part, number, now, today) for part, number in zip(parts, numbers, strict=True)
    ]
    stored = store_orders(tx, orders, actor=actor)
    return tuple(
        Created(each.order_id, order.external_id)
        for each, order in zip(stored, orders, strict=True)
        if each.order_id is not None
    )


def _numbers(tx: Connection, prefix: str, how_many: int) -> list[str]:
    """The first external ids of the day that nobody has; the store is locked, so nobody takes them meanwhile."""
    rows = tx.execute(
        "SELECT %(prefix)s || n FROM generate_series(1, 10000) AS n WHERE NOT EXISTS ("
        "SELECT FROM orders o WHERE o.source = %(source)s AND o.external_id = %(prefix)s || n) LIMIT %(most)s",
        {"prefix": prefix, "source": SOURCE, "most": how_many},
    )
    return [number for (number,) in rows]


def _lagerflytt(
    store: str, orderer: Orderer, lines: tuple[NewLine, ...], number: str, now: datetime, today: date
) -> NewOrder:
    """In parts: one article that lager 10 lacks must not hold up all the others."""
    return NewOrder(
        source=SOURCE, external_id=number, body_hash=hashlib.sha256(number.encode()).digest(),
        order_type=OrderType.LAGERFLYTTSORDER, customer_order_type=CustomerOrderType.LAGERFLYTT, priority=1,
        received_at=now, sender=LAGER_10, receiver_kind=ReceiverKind.KOMMUNLAGER, receiver_code=store, patient=None,
        recipient=None, recipient_sealed=None, protected=False, orderer_person=orderer.person,
        orderer_unit=orderer.unit, prescriber=None, medical_decision_date=None, medical_decision_reference=None,
        instruction_reference=None, instruction_approved_by=None, partial=True, ordered_on=today, wanted_date=None,
        reference=None, lines=lines,
    )  # fmt: skip
