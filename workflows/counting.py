"""How does the stock change without an order? A receipt from a supplier, and a count that finds more or less."""

from collections.abc import Sequence

from config.database import Connection, Database
from workflows.allocation import Goods
from workflows.cohort import Work, notify
from workflows.device_register import receive_devices
from workflows.devices import wake_goods
from workflows.free_text import refuse_personal_number
from workflows.ledger import OUTSTANDING, Movement, book, lock_free
from workflows.steps.short import order_goods
from workflows.steps.unreserve import unreserve


class UnknownGoods(Exception):
    """Lagret eller artikeln finns inte (there is no such store or article)."""


def receive_goods(
    database: Database, goods: Goods, quantity: int, *, document: str, actor: str, serials: Sequence[str] = ()
) -> None:
    """Book `quantity` units from the supplier onto the shelf, and register those individually marked by `serials`.

    The same `document` (a delivery's number) is booked once. Raises UnknownGoods, psycopg's UniqueViolation, and as
    device_register.receive_devices does.
    """
    refuse_personal_number(document)
    with database.transaction() as tx:
        _require_known(tx, goods)
        movement = Movement("receive", goods.article, quantity, "supplier", "", "store", goods.store, document=document)
        # First, so that a delivery told twice is refused as that, and not for devices that are known already.
        book(tx, [movement], [], actor)
        receive_devices(tx, goods, quantity, serials, actor)
        wake_goods(tx, [goods])
        notify(tx)


class StockMovedMeanwhile(Exception):
    """Saldot ändrades under tiden; försök igen (the balance changed meanwhile; try again)."""


def adjust_stock(database: Database, goods: Goods, counted: int, *, reason: str, actor: str) -> int:
    """Set on_hand to what was counted, by a movement against the store's difference; returns the difference.

    Where less is counted than is reserved, the youngest orders give their goods up and wait. Orders are locked
    before balances, as everywhere; raises StockMovedMeanwhile when others reserve more in between.
    """
    refuse_personal_number(reason)
    with database.transaction() as tx:
        _require_known(tx, goods)
        _unreserve_youngest(tx, goods, counted, reason, actor)
        lock_free(tx, [goods])
        row = tx.execute(
            "SELECT on_hand, reserved, nextval(pg_get_serial_sequence('movement', 'id')) FROM stock_balance "
            "WHERE store = %s AND article = %s",
            (goods.store, goods.article),
        ).fetchone()
        assert row is not None
        on_hand, reserved, number = row
        if counted < reserved:
            raise StockMovedMeanwhile(StockMovedMeanwhile.__doc__)
        difference = int(counted - on_hand)
        shelf, gap = ("store", goods.store), ("difference", goods.store)
        source, target = (gap, shelf) if difference > 0 else (shelf, gap)
        if difference:
            movement = Movement(
                "adjust", goods.article, abs(difference), *source, *target, document=f"adjust {number}: {reason}"
            )
            book(tx, [movement], [], actor)
        notify(tx)
        return difference


def _unreserve_youngest(tx: Connection, goods: Goods, counted: int, reason: str, actor: str) -> None:
    """Let the youngest orders wait whose goods are not there, as many as it takes."""
    youngest = tx.execute(
        f"""
        WITH reserved AS (
            SELECT o.id, sum(sum({OUTSTANDING})) OVER (ORDER BY o.priority, o.received_at, o.id) AS so_far
            FROM orders o JOIN order_line l ON l.order_id = o.id
            WHERE o.state = 'validated' AND o.sender = %s AND l.article = %s GROUP BY o.id)
        SELECT o.id, o.order_type FROM orders o JOIN reserved r ON r.id = o.id
        WHERE r.so_far > %s AND o.state = 'validated' ORDER BY o.id FOR NO KEY UPDATE OF o
        """,
        (goods.store, goods.article, counted),
    ).fetchall()
    ids = [order_id for order_id, _ in youngest]
    # Everything that will be touched, in key order, before the first of it.
    lock_free(tx, {goods} | {each for order_id in ids for each in order_goods(tx, order_id)})
    for order_type in sorted({order_type for _, order_type in youngest}):
        ids = [order_id for order_id, its_type in youngest if its_type == order_type]
        unreserve(Work(tx, order_type, ids, actor, reason))


def _require_known(tx: Connection, goods: Goods) -> None:
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM store WHERE code = %s) AND EXISTS (SELECT FROM article WHERE number = %s)",
        (goods.store, goods.article),
    ).fetchone()
    if row is None or not row[0]:
        raise UnknownGoods(UnknownGoods.__doc__)
