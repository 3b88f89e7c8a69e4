"""request: something that was delivered, or was out before the first day, is to come back to a store.

→ requested. Locks: the lines of the delivery. Never asks for more than is out and not asked for already: the piles
say so with a sentence, and the database refuses it whoever asks. Next: receiving.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import psycopg
from psycopg.types.json import Jsonb

from config.database import Connection
from workflows.accessories.reading import accessories_with
from workflows.devices import Device
from workflows.free_text import refuse_personal_number
from workflows.returns.choosing import Chosen, Pick, Pile, choose
from workflows.returns.piles import out_of_holdings, out_of_lines, out_of_order
from workflows.returns.refusals import (
    DeliveryNotFound,
    NotDelivered,
    NothingThere,
    ReferenceReused,
    ReturnReasonMissing,
    StoreUnknown,
    WentToAStore,
)


@dataclass(frozen=True, slots=True)
class ReturnRequest:
    """What is asked back: of one delivered order, or of opening holdings by their references; all of it unless
    `picks` name some. With a `reference` of the caller's own, the same request again is the same return."""

    store: str
    reason: str
    order_id: int | None = None
    holdings: tuple[str, ...] = ()
    picks: tuple[Pick, ...] = field(default=())
    reference: str | None = None
    with_accessories: bool = False
    """What is tied to the devices comes back with them, from whatever order it came."""

    def as_asked(self) -> dict[str, object]:
        """The request as it is remembered."""
        return {
            "order": self.order_id,
            "holdings": list(self.holdings),
            "store": self.store,
            "picks": [[each.article, each.line_no, each.units, each.serial_number] for each in self.picks],
            **({"with_accessories": True} if self.with_accessories else {}),
        }


class _Line(NamedTuple):
    """What is asked back of one line of an order, or of one opening holding."""

    chosen: Chosen
    of_order: bool


def request_return(tx: Connection, request: ReturnRequest, *, actor: str) -> int:
    """Begin a return and return its id.

    Raises PersonalNumberInText (reason and reference are stored in clear) and, of ReturnRefused: ReturnReasonMissing,
    StoreUnknown, DeliveryNotFound, NotDelivered, WentToAStore, NothingThere, MoreThanIsThere, SayWhichDevice, and
    ReferenceReused for a reference that came with something else.
    """
    for text in (request.reason, request.reference):
        refuse_personal_number(text)
    if not request.reason.strip():
        raise ReturnReasonMissing
    if tx.execute("SELECT 1 FROM store WHERE code = %s", (request.store,)).fetchone() is None:
        raise StoreUnknown
    of_order = request.order_id is not None
    if request.reference is not None:
        # Two with one reference take turns; the second then sees what the first one asked.
        tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('return ' || %s, 0))", (request.reference,))
        if (before := _requested_before(tx, request)) is not None:
            return before
    piles = _order_piles(tx, request.order_id) if request.order_id is not None else _holding_piles(tx, request.holdings)
    lines = [_Line(each, of_order) for each in choose(piles, request.picks or [Pick()])]
    if request.with_accessories:
        lines = _with_accessories(tx, lines)
    return_id = _begin(tx, request, actor)
    try:
        _write_lines(tx, return_id, lines)
    except psycopg.errors.RestrictViolation as taken:
        # Somebody else asked for the same units at this moment.
        raise NothingThere from taken
    return return_id


def _begin(tx: Connection, request: ReturnRequest, actor: str) -> int:
    """The new return's id. Numbers are taken last, so that what is refused leaves no gap among them."""
    row = tx.execute(
        "INSERT INTO return_order (reference, store, reason, asked, requested_by) VALUES (%s, %s, %s, %s, %s) "
        "RETURNING id",
        (request.reference, request.store, request.reason, Jsonb(request.as_asked()), actor),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _requested_before(tx: Connection, request: ReturnRequest) -> int | None:
    """The return that has the reference already; None if there is none. Raises ReferenceReused."""
    row = tx.execute(
        "SELECT id, asked = %s FROM return_order WHERE reference = %s",
        (Jsonb(request.as_asked()), request.reference),
    ).fetchone()
    if row is None:
        return None
    return_id, is_same = row
    if not is_same:
        raise ReferenceReused
    return int(return_id)


def _order_piles(tx: Connection, order_id: int) -> list[Pile]:
    order = tx.execute("SELECT state, receiver_kind FROM orders WHERE id = %s", (order_id,)).fetchone()
    if order is None:
        raise DeliveryNotFound
    state, receiver_kind = order
    if receiver_kind == "kommunlager":
        raise WentToAStore
    if state != "delivered":
        raise NotDelivered
    return out_of_order(tx, order_id)


def _holding_piles(tx: Connection, references: Sequence[str]) -> list[Pile]:
    ids = tx.execute("SELECT id FROM holding WHERE reference = ANY(%s::text[])", (list(references),)).fetchall()
    if not ids or len(ids) != len(set(references)):
        raise DeliveryNotFound
    return out_of_holdings(tx, [holding for (holding,) in ids])


def _with_accessories(tx: Connection, lines: Sequence[_Line]) -> list[_Line]:
    """The lines, and all that is out and tied to their devices; of a line that was named in part, all is asked."""
    devices = [Device(each.chosen.pile.article, serial) for each in lines for serial in each.chosen.serial_numbers]
    tied = accessories_with(tx, devices)
    piles = [pile for pile in out_of_lines(tx, tied) if pile.units]
    own = [each for each in lines if not each.of_order or each.chosen.pile[:2] not in {pile[:2] for pile in piles}]
    return own + [_Line(each, of_order=True) for each in choose(piles, [Pick()] if piles else [])]


def _write_lines(tx: Connection, return_id: int, lines: Sequence[_Line]) -> None:
    chosen = [each.chosen for each in lines]
    tx.execute(
        "INSERT INTO return_line (return_id, line_no, article, order_id, order_line, holding, requested) "
        "SELECT %(id)s, c.place, c.article, CASE WHEN c.of_order THEN c.source END, "
        "CASE WHEN c.of_order THEN c.line_no END, CASE WHEN NOT c.of_order THEN c.source END, c.units "
        "FROM unnest(%(sources)s::bigint[], %(lines)s::int[], %(articles)s::text[], %(units)s::int[], "
        "%(of_order)s::boolean[]) WITH ORDINALITY AS c (source, line_no, article, units, of_order, place)",
        {
            "id": return_id, "of_order": [each.of_order for each in lines],
            "sources": [each.pile.source for each in chosen],
            "lines": [each.pile.line_no for each in chosen], "articles": [each.pile.article for each in chosen],
            "units": [each.units for each in chosen],
        },
    )  # fmt: skip
    named = [(place, number) for place, each in enumerate(chosen, start=1) for number in each.serial_numbers]
    tx.execute(
        "INSERT INTO return_device (return_id, line_no, serial_number) "
        "SELECT %s, d.line_no, d.serial_number FROM unnest(%s::int[], %s::text[]) AS d (line_no, serial_number)",
        (return_id, [place for place, _ in named], [number for _, number in named]),
    )
