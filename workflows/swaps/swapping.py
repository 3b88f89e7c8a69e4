"""swap: a receiver's device is asked back, and another is sent to the same receiver. Both halves, or none.

Locks: the order that delivered the old one and its lines, both devices, then whatever the return locks. Of two at the
same moment one wins; the database holds it (migrations/sql/0002_swaps.sql). Next: ordering.py, refusals.py.
"""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from config.database import Connection
from workflows.cohort import notify
from workflows.devices import Device, Standing, find_devices, lock_devices
from workflows.free_text import refuse_personal_number
from workflows.returns.choosing import Pick
from workflows.returns.judging import judge_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.rules.individuals import why_not
from workflows.swaps.ordering import Orderer, order_as_before, order_for_holding
from workflows.swaps.refusals import (
    AlreadyAskedBack,
    AlreadySwapped,
    NobodyOrders,
    NoSuchDevice,
    NotToBeSent,
    NotWithAReceiver,
    OrderedBefore,
    SayWhichArticle,
)


@dataclass(frozen=True, slots=True)
class SwapRequest:
    """What is swapped: `old` by `new`, devices of `article` and `new_article`, said where it is not clear.

    `to` is the store that takes the old one back, by default the one that answers for it; `sender` where the other one
    stands, if the register does not know it. `received`: the old one is here already; `judged` is where it goes then.
    """

    old: str
    new: str
    reason: str
    article: str | None = None
    new_article: str | None = None
    to: str | None = None
    sender: str | None = None
    orderer: Orderer | None = None
    received: bool = False
    judged: str | None = None
    cause: str | None = None


class Swapped(NamedTuple):
    """The order that brings the other device, and the return of the old one."""

    order_id: int
    return_id: int


class _Out(NamedTuple):
    """The old device, locked: by what it came to its receiver."""

    device: Device
    store: str
    order_id: int | None
    line_no: int | None
    holding: int | None


def swap_device(tx: Connection, request: SwapRequest, *, today: date, actor: str) -> Swapped:
    """Swap the old device for the other. `today` is the day on which an order without an original is judged.

    Raises SwapRefused (refusals.py), PersonalNumberInText, and what the return raises (ReturnRefused).
    """
    _refuse_personal_numbers(request)
    old = _device_named(tx, request.old, request.article, "--article")
    new = _device_to_send(tx, request, old)
    out = _lock(tx, old, new)
    sender = _sender(tx, new, request.sender)
    made = _order(tx, out, new, sender, request.orderer, today, actor)
    asked = ReturnRequest(
        request.to or out.store,
        request.reason,
        out.order_id,
        (_reference(tx, out.holding),) if out.holding is not None else (),
        (Pick(article=old.article, serial_number=old.serial_number),),
    )
    return_id = request_return(tx, asked, actor=actor)
    tx.execute(
        "INSERT INTO swap (order_id, return_id, article, serial_number, reason, actor) VALUES (%s, %s, %s, %s, %s, %s)",
        (made, return_id, *old, request.reason, actor),
    )
    if request.received:
        receive_returns(tx, [return_id], actor=actor)
        if request.judged is not None:
            pick = Pick(article=old.article, serial_number=old.serial_number, to=request.judged)
            judge_returns(tx, [return_id], [pick], actor=actor, cause=request.cause)
    notify(tx)
    return Swapped(made, return_id)


def _refuse_personal_numbers(request: SwapRequest) -> None:
    who = request.orderer
    said = (request.new, request.reason, request.cause)
    told = (who.person, who.unit, who.prescriber, who.decision_reference) if who else ()
    for text in (*said, *told):
        refuse_personal_number(text)


def _device_named(tx: Connection, serial_number: str, article: str | None, option: str) -> Device:
    """The registered device with that number."""
    rows = tx.execute(
        "SELECT article FROM device WHERE serial_number = %s AND article = coalesce(%s, article) ORDER BY article",
        (serial_number, article),
    ).fetchall()
    if not rows:
        raise NoSuchDevice
    if len(rows) > 1:
        raise SayWhichArticle(option, [each for (each,) in rows])
    return Device(rows[0][0], serial_number)


def _device_to_send(tx: Connection, request: SwapRequest, old: Device) -> Device:
    """The other device: of the article that is said, of the one the register knows, or of the old one's."""
    article = request.new_article
    if article is None:
        rows = tx.execute(
            "SELECT article FROM device WHERE serial_number = %s ORDER BY article", (request.new,)
        ).fetchall()
        known = [each for (each,) in rows]
        if len(known) > 1 and old.article not in known:
            raise SayWhichArticle("--new-article", known)
        article = old.article if old.article in known or not known else known[0]
    row = tx.execute("SELECT individual FROM article WHERE number = %s", (article,)).fetchone()
    if row is None or not row[0]:
        raise NotToBeSent(
            request.new,
            f"är inte av en individmärkt artikel: artikel {article} är det inte",
            f"is of no individually marked article: {article} is none",
        )
    if not request.new.strip():
        raise NotToBeSent(request.new, "är inget individnummer", "is no serial number")
    return Device(article, request.new)


def _lock(tx: Connection, old: Device, new: Device) -> _Out:
    """Lock what the swap is about, in the order every step does, and see that the old device can be asked back."""
    order_id = find_devices(tx, [old])[old].order_id
    if order_id is not None:
        tx.execute("SELECT FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,))
        tx.execute("SELECT FROM order_line WHERE order_id = %s ORDER BY line_no FOR NO KEY UPDATE", (order_id,))
    standing = lock_devices(tx, [old, new])[old]
    _refuse_repetition(tx, old)
    if standing.place != "receiver" or standing.order_id != order_id:
        raise NotWithAReceiver(old, standing.place)
    row = tx.execute("SELECT holding FROM device WHERE article = %s AND serial_number = %s", old).fetchone()
    return _Out(old, standing.store, standing.order_id, standing.line_no, row[0] if row else None)


def _refuse_repetition(tx: Connection, old: Device) -> None:
    """Who swapped it, or asked for it, a moment ago is told with what was made."""
    swapped = tx.execute(
        "SELECT o.external_id FROM swap s JOIN orders o ON o.id = s.order_id AND o.state <> 'cancelled' "
        "JOIN device d ON d.article = s.article AND d.serial_number = s.serial_number "
        "JOIN return_line x ON x.return_id = s.return_id "
        "WHERE s.article = %s AND s.serial_number = %s AND (d.place <> 'receiver' AND o.state <> 'delivered' "
        "OR (d.order_id, d.line_no, d.holding) IS NOT DISTINCT FROM (x.order_id, x.order_line, x.holding))",
        old,
    ).fetchone()
    if swapped is not None:
        raise AlreadySwapped(old, swapped[0])
    asked = tx.execute(
        "SELECT r.id FROM return_device e JOIN return_line x ON x.return_id = e.return_id AND x.line_no = e.line_no "
        "JOIN return_order r ON r.id = e.return_id AND r.state = 'requested' "
        "WHERE x.article = %s AND e.serial_number = %s",
        old,
    ).fetchone()
    if asked is not None:
        raise AlreadyAskedBack(old, asked[0])


def _sender(tx: Connection, new: Device, said: str | None) -> str:
    """The store that the other device, locked if it is known, stands free in, or is said to stand in."""
    standing: Standing | None = find_devices(tx, [new]).get(new)
    named = tx.execute(
        "SELECT o.external_id FROM swap s JOIN orders o ON o.id = s.order_id JOIN order_line l ON l.order_id = o.id "
        "WHERE o.state IN ('draft', 'rejected', 'backordered', 'validated') AND l.article = %s "
        "AND %s = ANY (l.serial_numbers)",
        new,
    ).fetchone()
    if named is not None:
        raise NotToBeSent(
            new.serial_number,
            f"skickas redan med order {named[0]}: välj en annan",
            "is sent by that order: choose another",
        )
    if standing is None:
        if said is None:
            raise NotToBeSent(
                new.serial_number, "finns inte i registret: ange --from LAGER där den står",
                "is not in the register: say --from STORE where it stands",
            )  # fmt: skip
        if tx.execute("SELECT FROM store WHERE code = %s", (said,)).fetchone() is None:
            raise NotToBeSent(new.serial_number, "kan inte stå där: lagret finns inte", "there is no such store")
        return said
    if (standing.place, standing.store, standing.order_id) != ("store", said or standing.store, None):
        reserved = standing.order_id is not None
        why = why_not(standing.place, standing.store, said or standing.store, reserved=reserved)
        raise NotToBeSent(new.serial_number, *why)
    return standing.store


def _order(
    tx: Connection, out: _Out, new: Device, sender: str, orderer: Orderer | None, today: date, actor: str
) -> int:
    if out.order_id is not None:
        if orderer is not None:
            raise OrderedBefore
        assert out.line_no is not None
        return order_as_before(tx, out.order_id, out.line_no, new, sender, actor)
    assert out.holding is not None
    if orderer is None:
        raise NobodyOrders
    return order_for_holding(tx, out.holding, new, sender, orderer, today, actor)


def _reference(tx: Connection, holding: int) -> str:
    row = tx.execute("SELECT reference FROM holding WHERE id = %s", (holding,)).fetchone()
    assert row is not None
    return str(row[0])
