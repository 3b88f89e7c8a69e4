"""What comes back? Returns of orders and of what was out before the first day. Deeds for life_of_goods.py."""

from datetime import date
from typing import Any

from builders import TODAY
from life_of_goods import ARTICLES, MARKED, STORES, Deed, Life
from order_files import NUMBER

from exchange.holding_rows import HoldingRow
from exchange.load_holdings import Registers, store_holdings, take_turns
from workflows.returns.choosing import Pick
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF, judge_returns, mend_returns
from workflows.returns.receiving import cancel_returns, receive_returns
from workflows.returns.requesting import ReturnRequest, request_return


def open_holding(life: Life) -> Deed:
    """Something was out before the first day; loaded again it is the same."""
    article, reference, marked = life.chance.choice(ARTICLES), life.new_name("H-"), life.maybe(0.7)
    serial = life.new_name("OLD-") if article == MARKED and marked else None
    units = 1 if serial else life.chance.randint(1, 3)
    kind, receiver = life.chance.choice([("vardenhet", "03-05"), ("patient", NUMBER)])
    row = HoldingRow(1, reference, kind, receiver, article, serial, units, date(2025, 1, 1), "50301")

    def deed(database: Any, _: Any) -> None:
        with database.transaction() as tx:
            take_turns(tx, [row])
            store_holdings(tx, [row], Registers(life.keys, TODAY), actor="model")
        life.entered[f"holding {reference}"] = (article, units)

    return deed


def ask_back(life: Life) -> Deed | None:
    """Something is to come back; asked for again under the same reference, it is the same return."""
    holdings: tuple[str, ...] = ()
    order_id = None
    if life.maybe(0.3):
        found = life.rows("SELECT reference FROM holding WHERE returned < quantity ORDER BY 1")
        holdings = tuple({life.chance.choice(found)[0] for _ in range(life.chance.randint(1, 2))}) if found else ()
    else:
        kinds = ("vardenhet", "patient", *(["kommunlager"] if life.maybe(0.1) else []))
        order_id = life.some_id(
            "SELECT id FROM orders WHERE state = 'delivered' AND receiver_kind = ANY(%s::text[])", list(kinds)
        )
    if order_id is None and not holdings:
        return None
    reference = life.new_name("B-") if life.maybe(0.4) else None
    request = ReturnRequest(
        life.chance.choice(STORES), "behövs inte", order_id, tuple(sorted(holdings)),
        _some_units(life, order_id), reference,
    )  # fmt: skip

    def deed(database: Any, _: Any) -> None:
        with database.transaction() as tx:
            return_id = request_return(tx, request, actor="model")
        if reference is not None:
            assert life.asked.setdefault(reference, return_id) == return_id, "one reference, one return"

    return deed


def _some_units(life: Life, order_id: int | None) -> tuple[Pick, ...]:
    """All of it, some units, or a device by its number."""
    if order_id is None or life.maybe(0.4):
        return ()
    devices = life.rows("SELECT article, serial_number FROM device WHERE order_id = %s ORDER BY 1, 2", order_id)
    if devices and life.maybe(0.7):
        article, serial = life.chance.choice(devices)
        return (Pick(article, serial_number=serial),)
    lines = life.rows("SELECT article FROM order_line WHERE order_id = %s ORDER BY line_no", order_id)
    return (Pick(life.chance.choice(lines)[0], units=life.chance.randint(1, 2)),)


def take_back(life: Life) -> Deed | None:
    """What was asked for comes, or some of it; at times of two returns at once."""
    ids = [each for (each,) in life.rows("SELECT id FROM return_order WHERE state = 'requested' ORDER BY 1")]
    if not ids:
        return None
    chosen = sorted(life.chance.sample(ids, min(len(ids), life.chance.choice([1, 1, 2]))))
    came = _units_of(life, chosen[0]) if len(chosen) == 1 and life.maybe(0.3) else ()

    def deed(database: Any, _: Any) -> None:
        with database.transaction() as tx:
            receive_returns(tx, chosen, actor="model", came=came)

    return deed


def _units_of(life: Life, return_id: int, to: str = "") -> tuple[Pick, ...]:
    """One unit of a line of the return; of a marked article by its number."""
    article, serial = life.chance.choice(
        life.rows(
            "SELECT x.article, d.serial_number FROM return_line x LEFT JOIN return_device d USING (return_id, line_no) "
            "WHERE return_id = %s ORDER BY 1, 2",
            return_id,
        )
    )
    return (Pick(article, serial_number=serial, to=to) if serial else Pick(article, units=1, to=to),)


def judge(life: Life) -> Deed | None:
    """Onto the shelf, to repair, or written off."""
    return_id = life.some_id(
        "SELECT DISTINCT x.return_id FROM return_line x JOIN return_order r ON r.id = x.return_id "
        "WHERE r.state = 'received' AND x.received > x.restocked + x.repaired + x.written_off"
    )
    return (
        None if return_id is None else _settling(life, judge_returns, return_id, (SHELF, REPAIR, REPAIR, WRITTEN_OFF))
    )


def mend(life: Life) -> Deed | None:
    """Back on the shelf, or written off after all."""
    return_id = life.some_id("SELECT DISTINCT x.return_id FROM return_line x WHERE x.repaired > x.mended + x.scrapped")
    return None if return_id is None else _settling(life, mend_returns, return_id, (SHELF, WRITTEN_OFF))


def _settling(life: Life, settle: Any, return_id: int, places: tuple[str, ...]) -> Deed:
    first, rest = (life.chance.choice(places) for _ in range(2))
    picks = _units_of(life, return_id, first) if life.maybe(0.4) else (Pick(to=first),)
    if len(picks) == 1 and picks[0].article and life.maybe(0.5):
        picks += (Pick(to=rest),)

    def deed(database: Any, _: Any) -> None:
        with database.transaction() as tx:
            settle(tx, [return_id], picks, actor="model", cause="trasig")

    return deed


def give_return_up(life: Life) -> Deed | None:
    """It does not come back after all."""
    return_id = life.some_id("SELECT id FROM return_order WHERE state = 'requested'")
    if return_id is None:
        return None

    def deed(database: Any, _: Any) -> None:
        with database.transaction() as tx:
            cancel_returns(tx, [return_id], reason="används än", actor="model")

    return deed
