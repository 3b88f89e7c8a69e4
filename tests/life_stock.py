"""What happens to stock without an order? Receipts, adjustments, counts, refills. Deeds for life_of_goods.py."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from life_of_goods import ARTICLES, MARKED, STORES, Deed, Life

from workflows.allocation import Goods
from workflows.counting import adjust_stock, receive_goods
from workflows.counts.closing import cancel_count, close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.refill import refill_all
from workflows.schedule import REFILL, Outcome, keep_times, run_if_due


def receive(life: Life) -> Deed:
    """Goods come from the supplier; a delivery that is told twice is booked once."""
    goods, units = Goods(life.chance.choice(("10", *STORES)), life.chance.choice(ARTICLES)), life.chance.randint(3, 12)
    wanted = life.some(life.rows("SELECT DISTINCT store, article FROM waiting_line ORDER BY 1, 2"))
    if wanted is not None and life.maybe(0.6):
        goods = Goods(*wanted)
    document = life.new_name("R-")
    serials = [life.new_name("S-") for _ in range(units)] if goods.article == MARKED else []

    def deed(database: Any, _: Any) -> None:
        with suppress(psycopg.errors.UniqueViolation):
            receive_goods(database, goods, units, document=document, actor="model", serials=serials)
            life.entered[document] = (goods.article, units)

    return deed


def adjust(life: Life) -> Deed:
    """Somebody sets a balance to what is there; at times that is less than what is reserved."""
    goods, counted = Goods(life.chance.choice(STORES), life.chance.choice(ARTICLES)), life.chance.randint(0, 8)
    reserved = life.some(
        life.rows("SELECT store, article, reserved FROM stock_balance WHERE reserved > 0 ORDER BY 1, 2")
    )
    if reserved is not None and life.maybe(0.6):
        goods, counted = Goods(*reserved[:2]), reserved[2] - 1
    return lambda database, _: adjust_stock(database, goods, counted, reason="inventering", actor="model")


def withdraw(life: Life) -> Deed:
    """Master data: A1 is withdrawn, or is to be had again."""
    withdrawn = life.maybe(0.4)

    def deed(database: Any, _: Any) -> None:
        with database.transaction() as tx:
            tx.execute("UPDATE article SET withdrawn = %s WHERE number = 'A1'", (withdrawn,))

    return deed


def refill(life: Life) -> Deed:
    """The kommunlager order what they need."""
    return lambda database, _: refill_all(database, actor="model")


def refill_of_the_day(life: Life) -> Deed:
    """The same as the job of the day, whose time has come."""
    with life.database.transaction() as tx:
        tx.execute("UPDATE daily_job SET due_at = clock_timestamp() WHERE name = %s", (REFILL,))
    if not life.rows("SELECT FROM daily_job WHERE name = %s", REFILL):
        keep_times(life.database, {REFILL: datetime.now(UTC).time()}, datetime.now(UTC) - timedelta(days=9))

    def deed(database: Any, _: Any) -> None:
        run_if_due(database, REFILL, lambda: Outcome(str(len(refill_all(database, actor="model")))))

    return deed


def begin_count(life: Life) -> Deed:
    """A store is to be counted: some articles, or all of it."""
    store = life.chance.choice(STORES)
    articles = life.chance.sample(ARTICLES, life.chance.randint(1, 2)) if life.maybe(0.8) else []
    return lambda database, _: open_count(database, store, articles=articles, actor="model")


def count_goods(life: Life) -> Deed | None:
    """Somebody enters what was counted, at that moment or a while ago."""
    found = life.some(
        life.rows("SELECT count_id, store, article FROM stock_count_line WHERE state = 'open' ORDER BY 1, 3")
    )
    if found is None:
        return None
    count_id, store, article = found
    if article == MARKED:
        entry = _devices_counted(life, store)
    else:
        rows = life.rows("SELECT on_hand FROM stock_balance WHERE (store, article) = (%s, %s)", store, article)
        entry = Entry(article, max(0, (rows[0][0] if rows else 0) + life.chance.choice((-3, -2, -1, 0, 1, 2))))
    at = datetime.now(UTC) - timedelta(seconds=life.chance.random() * 2) if life.maybe(0.5) else None
    return lambda database, _: enter(database, count_id, [entry], actor="model", at=at)


def _devices_counted(life: Life, store: str) -> Entry:
    there = life.rows(
        "SELECT serial_number FROM device WHERE store = %s AND place IN ('store', 'difference') AND article = %s "
        "ORDER BY 1",
        store, MARKED,
    )  # fmt: skip
    seen = [serial for (serial,) in there if life.maybe(0.8)]
    if life.maybe(0.2):
        seen.append(life.new_name("FOUND-"))
    return Entry(MARKED, len(seen), tuple(seen))


def close(life: Life) -> Deed | None:
    """What was counted is booked."""
    entered = "SELECT DISTINCT count_id FROM stock_count_line WHERE state = 'open' AND counted IS NOT NULL"
    count_id = life.some_id(entered if life.maybe(0.9) else "SELECT id FROM stock_count WHERE state = 'open'")
    return None if count_id is None else lambda database, _: close_count(database, count_id, cause="I", actor="model")


def give_count_up(life: Life) -> Deed | None:
    """Nothing of it is booked."""
    count_id = life.some_id("SELECT id FROM stock_count WHERE state = 'open'")
    return None if count_id is None else lambda database, _: cancel_count(database, count_id, reason="x", actor="model")
