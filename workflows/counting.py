"""How does the stock of one article change without an order? A receipt from a supplier, and an adjustment to what is
there. Next: correcting.py (how a balance becomes what was counted), counts/ (the count of a shelf or a store)."""

from collections.abc import Sequence

from config.database import Connection, Database
from workflows.allocation import Goods
from workflows.cohort import notify
from workflows.correcting import Cause, OnHand, correct_balances, lock_youngest, tried_again
from workflows.device_register import receive_devices
from workflows.devices import wake_goods
from workflows.free_text import refuse_personal_number
from workflows.ledger import Movement, book


class UnknownGoods(Exception):
    """Lagret eller artikeln finns inte (there is no such store or article)."""


class CountedByNumber(Exception):
    """The article's devices stand in the store by their numbers: a quantity does not tell which of them is gone."""

    def __init__(self, goods: Goods) -> None:
        super().__init__(
            f"Artikel {goods.article} är individmärkt och har registrerade individer i lager {goods.store}: inventera "
            f"den med orderflode count open --store {goods.store} --article {goods.article} och ange individnumren "
            "(the article is individually marked and has registered devices there: count it by its serial numbers)"
        )


class BeingCounted(Exception):
    """Artikeln är räknad i en öppen inventering, som bokför den (the article is counted in an open stock count)."""


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


def adjust_stock(database: Database, goods: Goods, counted: int, *, reason: str, actor: str) -> int:
    """Set on_hand to what was counted, by a movement against the store's difference; returns the difference.

    Where less is counted than is reserved, the youngest orders give their goods up and wait. Raises UnknownGoods,
    BeingCounted, CountedByNumber, and StockMovedMeanwhile when others reserve in between again and again.
    """
    refuse_personal_number(reason)
    return tried_again(lambda: adjust_once(database, goods, counted, reason=reason, actor=actor))


def adjust_once(database: Database, goods: Goods, counted: int, *, reason: str, actor: str) -> int:
    """One try of adjust_stock. Raises StockMovedMeanwhile when others reserve in between."""

    def aim(_: OnHand) -> OnHand:
        return {goods: counted}

    with database.transaction() as tx:
        _require_known(tx, goods)
        number = tx.execute("SELECT nextval(pg_get_serial_sequence('movement', 'id'))").fetchone()
        assert number is not None
        cause = Cause("adjust", f"adjust {number[0]}: {reason}", reason, actor)
        corrected = correct_balances(tx, [goods], aim, lock_youngest(tx, {goods: counted}), cause)
        # The balance is locked: nobody enters a count of it meanwhile.
        _refuse_what_is_being_counted(tx, goods)
        _refuse_what_has_numbers(tx, goods)
        notify(tx)
    return corrected.booked.get(goods, 0)


def _refuse_what_is_being_counted(tx: Connection, goods: Goods) -> None:
    """A count's difference is booked on top of what moved since: an adjustment in between would be booked twice."""
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM stock_count_line WHERE state = 'open' AND store = %s AND article = %s "
        "AND counted IS NOT NULL)",
        (goods.store, goods.article),
    ).fetchone()
    if row is None or row[0]:
        raise BeingCounted(BeingCounted.__doc__)


def _refuse_what_has_numbers(tx: Connection, goods: Goods) -> None:
    row = tx.execute(
        "SELECT FROM article a WHERE a.number = %s AND a.individual AND EXISTS (SELECT FROM device d "
        "WHERE d.article = a.number AND d.store = %s AND d.place = 'store')",
        (goods.article, goods.store),
    ).fetchone()
    if row is not None:
        raise CountedByNumber(goods)


def _require_known(tx: Connection, goods: Goods) -> None:
    row = tx.execute(
        "SELECT EXISTS (SELECT FROM store WHERE code = %s) AND EXISTS (SELECT FROM article WHERE number = %s)",
        (goods.store, goods.article),
    ).fetchone()
    if row is None or not row[0]:
        raise UnknownGoods(UnknownGoods.__doc__)
