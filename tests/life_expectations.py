"""What must hold after each thing that is done? Kept in Python, and compared with what the tables say.

Orders and returns go forward; units by article are where the tables say, each told by its own rows; a device goes only
where it can go from where it was. Beside them `verify`'s own invariants. Next: integration/test_life_model.py.
"""

from collections import Counter
from typing import NamedTuple

from life_of_goods import Life
from life_stock import refill

from config.database import Connection
from workflows.refill import refill_store, refilled_stores
from workflows.verify.checking import verify
from workflows.verify.invariants import INVARIANTS


class Known(NamedTuple):
    """An order as it was last seen."""

    state: str
    version: int
    utleverans: int | None


class Expectations:
    """What is remembered of a life, to be compared with what the database says next."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.orders: dict[int, Known] = {}
        self.returns: dict[int, Known] = {}
        self.counts: dict[int, str] = {}
        self.devices: dict[tuple[str, str], tuple[str, str, int | None]] = {}
        """Each device's (place, store, order), by its life."""
        self.last_event = 0

    def check(self) -> None:
        """Compare what is with what was: after everything that was done."""
        with self.life.database.transaction(snapshot=True) as tx:
            self._orders_go_forward(tx)
            self._returns_and_counts_go_forward(tx)
            self._devices_are_in_one_place(tx)
            self._goods_are_somewhere(tx)
            broken = tx.execute(_CHEAP.encode()).fetchall() + tx.execute(_NAMED_AND_FREE.encode()).fetchall()
        assert not broken, broken[:5]

    def check_all(self) -> None:
        """Every invariant of `verify`."""
        broken = verify(self.life.database).broken
        assert not broken, [(each.invariant.name, each.where) for each in broken]

    def check_rest(self) -> None:
        """Nobody waits who could go on, nothing is due, and what is ordered is not ordered again."""
        due, in_vain = self.life.rows(_DUE), self.life.rows(_WAITS_IN_VAIN)
        assert not due, f"due at rest: {due}"
        assert not in_vain, f"waits in vain: {in_vain}"
        self.life.at_once(("refill", "refill"), (refill(self.life), refill(self.life)))
        database = self.life.database
        for store in refilled_stores(database):
            again = refill_store(database, store, actor="model", dry_run=True)
            assert again.proposal.lines == (), "what is ordered is ordered again"

    def _orders_go_forward(self, tx: Connection) -> None:
        """No order is lost, goes back, ends twice, or changes its utleverans."""
        rows = tx.execute("SELECT id, state, version, utleverans FROM orders").fetchall()
        refilled = tx.execute(_REFILLED, (max(self.orders, default=0),)).fetchall()
        assert not refilled, f"refilled twice in one go: {refilled}"
        self.orders = _gone_forward(self.orders, {each: Known(*facts) for each, *facts in rows}, _ENDS)
        assert self.life.told.keys() <= self.orders.keys(), "an order that was taken is lost"

    def _returns_and_counts_go_forward(self, tx: Connection) -> None:
        rows = tx.execute("SELECT id, state, version, NULL FROM return_order").fetchall()
        self.returns = _gone_forward(self.returns, {each: Known(*facts) for each, *facts in rows}, _ENDS)
        counts = dict(tx.execute("SELECT id, state FROM stock_count").fetchall())
        for count_id, was in self.counts.items():
            assert counts[count_id] == was or was == "open", f"count {count_id} ended twice"
        self.counts = counts

    def _devices_are_in_one_place(self, tx: Connection) -> None:
        """The devices' lives, read anew from where they were last seen, end where the register has them."""
        events = tx.execute(
            "SELECT id, article, serial_number, event, place, store, order_id FROM device_event WHERE id > %s "
            "ORDER BY id",
            (self.last_event,),
        ).fetchall()
        for event_id, article, serial, event, *now in events:
            was = self.devices.get((article, serial), (None, "", None))
            assert now[0] in _FROM[was[0]], f"{article} {serial} goes by {event} from {was} to {now}"
            assert None in (was[2], now[2]) or was[2] == now[2], f"{serial} is taken from order {was[2]}"
            self.devices[article, serial] = (now[0], now[1], now[2])
            self.last_event = event_id
        rows = tx.execute("SELECT article, serial_number, place, store, order_id FROM device").fetchall()
        register = {(article, serial): tuple(where) for article, serial, *where in rows}
        assert register == self.devices, f"not where their lives end: {register.items() ^ self.devices.items()}"

    def _goods_are_somewhere(self, tx: Connection) -> None:
        """What has come in is in a store, on its way, in inspection or repair, with somebody, written off, or missing
        less found."""
        entered: Counter[str] = Counter()
        for article, units in self.life.entered.values():
            entered[article] += units
        there: Counter[str] = Counter()
        for article, units in tx.execute(_WHERE_GOODS_ARE.encode()).fetchall():
            there[article] += units
        assert +there == +entered, "goods have appeared or vanished"


def _gone_forward(before: dict[int, Known], after: dict[int, Known], ends: tuple[str, ...]) -> dict[int, Known]:
    assert before.keys() <= after.keys(), "one is lost"
    for each, was in before.items():
        is_now = after[each]
        assert is_now.version >= was.version, f"{each} went back"
        assert is_now.state == was.state or is_now.version > was.version, f"{each}: {was} → {is_now}"
        assert was.state not in ends or is_now == was, f"{each} ended twice: {was} → {is_now}"
        assert was.utleverans in (None, is_now.utleverans), f"{each} changed its utleverans"
    return after


_ENDS = ("delivered", "cancelled", "closed")

_FROM: dict[str | None, tuple[str, ...]] = {
    None: ("store", "receiver"),
    "store": ("store", "outbound", "difference"),
    "outbound": ("store", "receiver", "difference"),
    "receiver": ("inspection",),
    "inspection": ("store", "repair", "written_off"),
    "repair": ("store", "written_off"),
    "difference": ("store",),
    "written_off": (),
}
"""Where a device can go from where it is."""

_DEAR = (
    "stopped-articles-are-withdrawn",
    "recalled-patients-are-logged",
    "one-current-number",
    "accepted-orders-exist",
)
"""Not touched by anything that is done here at every step: they are seen to with all the others."""

_CHEAP = " UNION ALL ".join(
    f"SELECT '{each.name}', b.broken FROM ({each.broken}) AS b (broken)"
    for each in INVARIANTS
    if each.name not in _DEAR
)

_WHERE_GOODS_ARE = """
    SELECT article, sum(on_hand + outbound) FROM stock_balance GROUP BY 1
    UNION ALL
    SELECT article, sum(received - restocked - mended) FROM return_line GROUP BY 1
    UNION ALL
    SELECT l.article, sum(l.quantity - l.on_rest - l.cancelled - l.short_delivered - l.returned)
    FROM order_line l JOIN orders o ON o.id = l.order_id
    WHERE o.state = 'delivered' AND o.receiver_kind <> 'kommunlager' GROUP BY 1
    UNION ALL
    SELECT article, sum(quantity - returned) FROM holding GROUP BY 1
    UNION ALL
    SELECT article, sum(CASE 'difference' WHEN to_place THEN quantity WHEN from_place THEN -quantity ELSE 0 END)
    FROM movement GROUP BY 1
"""
"""Units by article: in the stores and on their way out; in inspection, repair or written off, as the returns say it;
with the receivers, as orders and holdings say it; missing less found."""

_NAMED_AND_FREE = """
    SELECT 'named and not reserved', format('%s %s for order %s', d.article, d.serial_number, o.id) FROM orders o
    JOIN order_line l ON l.order_id = o.id JOIN device d ON d.article = l.article
        AND d.serial_number = ANY (l.serial_numbers) AND d.place = 'store' AND d.store = o.sender AND d.order_id IS NULL
    WHERE o.state = 'validated' AND NOT EXISTS (SELECT FROM history h WHERE h.order_id = o.id AND h.event = 'resume')
"""
"""Who has never waited has what it named; another may take it from who waits."""

_REFILLED = """
    SELECT o.receiver_code, l.article FROM orders o JOIN order_line l ON l.order_id = o.id
    WHERE o.id > %s AND o.external_id ^@ 'REFILL-' GROUP BY 1, 2 HAVING count(*) > 1
"""

_DUE = """
    SELECT format('order %s in %s', id, state) FROM orders WHERE due_at <= now() AND held_since IS NULL
    UNION ALL SELECT format('restock %s %s', store, article) FROM restock
    UNION ALL SELECT format('claim of %s', worker) FROM claim
"""

_WAITS_IN_VAIN = """
    SELECT o.id FROM orders o
    WHERE o.state = 'backordered' AND o.held_since IS NULL
      AND NOT EXISTS (
        SELECT FROM (SELECT article, sum(quantity - on_rest - cancelled) AS units FROM order_line
                     WHERE order_id = o.id GROUP BY article) l
        LEFT JOIN stock_balance b ON b.store = o.sender AND b.article = l.article
        WHERE l.units > coalesce(b.on_hand - b.reserved, 0)
           OR EXISTS (SELECT FROM waiting_line w WHERE w.store = o.sender AND w.article = l.article
                      AND (w.priority, w.received_at, w.order_id) < (o.priority, o.received_at, o.id)))
"""
"""First in the queue for all it lacks, with enough there of everything: it would have gone on."""
