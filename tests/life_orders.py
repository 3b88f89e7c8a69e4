"""What do people and workers do to orders? Deeds for life_of_goods.py; each is chosen by chance, None where there is
nothing to do it to.
"""

from dataclasses import replace
from typing import Any

from builders import a_lagerflytt, a_prescription, an_order, own_store_order, store
from life_of_goods import ARTICLES, MARKED, Deed, Life
from order_files import a_body, a_file, taken_in

from workflows.cohort import Step, run_named
from workflows.intake import NewLine
from workflows.ledger import OUTSTANDING
from workflows.order_types import OrderType
from workflows.steps import deliver, pick, resume, validate
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY
from workflows.steps.main_line import EVENTS, work_once
from workflows.steps.reduce import reduce_by
from workflows.undoing import undo_import

KINDS: dict[str, Any] = {
    "beställning": an_order,
    "beställning, own store": own_store_order,
    "lagerflytt": a_lagerflytt,
    "lagerflytt elsewhere": lambda **told: a_lagerflytt(**{"receiver_code": "50401"} | told),
    "between kommuner": lambda **told: a_lagerflytt(
        customer_order_type="lagerflytt_mellan_kommuner", instruction_reference="I-1", instruction_approved_by="best",
        **{"sender": "50301", "receiver_code": "50401"} | told,
    ),
    "förskrivning": a_prescription,
    "breaks R1": lambda **told: a_lagerflytt(**{"sender": "50401"} | told),
}  # fmt: skip
OPEN = ("draft", "validated", "picked", "rejected", "backordered")


def order(life: Life) -> Deed:
    """Somebody orders."""
    kind = life.chance.choice([*KINDS, "beställning, own store"])
    told = KINDS[kind](priority=int(life.maybe(0.7)), partial=life.maybe(0.4), accept_equivalent=life.maybe(0.5))
    ordered = replace(told, lines=_lines(life, told.sender, must_name=kind == "beställning, own store"))

    def deed(database: Any, _: Any) -> None:
        (order_id,) = store(database, ordered)
        assert life.told.setdefault(order_id, ordered) == ordered, "an order that is told twice is one"

    return deed


def _lines(life: Life, sender: str, *, must_name: bool) -> tuple[NewLine, ...]:
    free = life.some(
        life.rows(
            "SELECT article, on_hand - reserved FROM stock_balance WHERE store = %s AND on_hand > reserved "
            "AND article <> %s ORDER BY 1",
            sender, MARKED,
        )
    )  # fmt: skip
    if free is not None and life.maybe(0.4):
        # One more than there is, or one of what another waits for though it lies there.
        return (NewLine(free[0], free[1] + 1 if life.maybe(0.4) else 1, ()),)
    query = "SELECT serial_number FROM device WHERE store = %s AND place = 'store' AND article = %s ORDER BY 1"
    there = [serial for (serial,) in life.rows(query, sender, MARKED)]
    life.chance.shuffle(there)
    lines = []
    for _ in range(life.chance.randint(1, 3)):
        article, units = life.chance.choice(ARTICLES), life.chance.choice((1, 2, 2, 3))
        named: list[str] = []
        if article == MARKED and (life.maybe(0.9) if must_name else life.maybe(0.4)):
            units = min(units, 2)
            named = [there.pop() if there and life.maybe(0.95) else life.new_name("NEW-") for _ in range(units)]
        elif must_name:
            units = life.chance.randint(1, 9)
        lines.append(NewLine(article, units, tuple(named)))
    return tuple(lines)


def work(life: Life) -> Deed:
    """A worker is told to look."""
    event, limit = life.chance.choice(EVENTS), life.chance.choice([1, 3, 500])
    order_type = None if event == resume.EVENT else str(life.chance.choice(list(OrderType)))
    return lambda database, worker: work_once(database, worker, event, order_type, limit)


def cancel(life: Life) -> Deed | None:
    """Somebody changes their mind, at times too late."""
    late = ("utleverans", "delivered") if life.maybe(0.1) else ()
    return _named(life, CANCEL, _rarely_met(life) or life.some_order(*OPEN, *late))


def _rarely_met(life: Life) -> int | None:
    """At times an order that stands only a moment where it does, that others wait behind though there are goods, or
    that took what the balance did not show."""
    if life.maybe(0.4):
        for order_type in OrderType:
            work_once(life.database, life.workers[0], pick.EVENT, str(order_type), 3)
        return life.some_order("picked")
    if life.maybe(0.5):
        return life.some_id(
            "SELECT DISTINCT w.order_id FROM waiting_line w JOIN stock_balance b USING (store, article) "
            "WHERE b.on_hand > b.reserved AND EXISTS (SELECT FROM waiting_line v WHERE (v.store, v.article) "
            "= (w.store, w.article) AND (v.priority, v.received_at) > (w.priority, w.received_at))"
        )
    for order_type in OrderType:
        work_once(life.database, life.workers[0], validate.EVENT, str(order_type))
    difference = "SELECT order_id FROM movement WHERE kind = 'difference'"
    if life.maybe(0.4):
        return life.some_id(f"SELECT id FROM orders WHERE state = 'validated' AND id IN ({difference})")
    return None


def fail_delivery(life: Life) -> Deed | None:
    """Nobody is at home."""
    return _named(life, FAIL_DELIVERY, life.some_order("utleverans", *(["delivered"] if life.maybe(0.1) else [])))


def _named(life: Life, step: Step, order_id: int | None) -> Deed | None:
    if order_id is None:
        return None
    return lambda database, _: run_named(database, step, order_id, actor="model", reason="ångrat")


def confirm_pick(life: Life) -> Deed | None:
    """A person picks, and may miss some, and names devices."""
    order_id = life.some_order("validated")
    return None if order_id is None else _confirmed(life, pick.STEP, order_id, "place = 'store'")


def confirm_delivery(life: Life) -> Deed | None:
    """A person says that the goods have come, and may miss some."""
    order_id = life.some_order("utleverans")
    return None if order_id is None else _confirmed(life, deliver.STEP, order_id, "place = 'outbound'")


def _confirmed(life: Life, step: Step, order_id: int, stands: str) -> Deed:
    lines: dict[str, int] = dict(
        life.rows(
            f"SELECT l.article, sum({OUTSTANDING})::int FROM order_line l WHERE l.order_id = %s GROUP BY 1 ORDER BY 1",
            order_id,
        )  # type: ignore[arg-type]
    )
    short = {article: 1 for article, units in lines.items() if units and life.maybe(0.3)}
    serials: dict[str, list[str]] = {}
    if lines.get(MARKED) and (life.maybe(0.7) or MARKED in short):
        # Mostly what is meant for the order; now and then another that stands there, and that one is free again.
        first = "LAST" if life.maybe(0.7) else "FIRST"
        found = life.rows(
            f"SELECT serial_number FROM device d JOIN orders o ON o.id = %s WHERE d.store = o.sender AND {stands} "
            f"AND d.article = %s AND coalesce(d.order_id, o.id) = o.id ORDER BY d.order_id NULLS {first}, 1 LIMIT %s",
            order_id, MARKED, lines[MARKED] - short.get(MARKED, 0),
        )  # fmt: skip
        serials = {MARKED: [serial for (serial,) in found]}
        while step is pick.STEP and len(serials[MARKED]) < lines[MARKED] - short.get(MARKED, 0):
            serials[MARKED].append(life.new_name("SEEN-"))
    return lambda database, _: run_named(database, step, order_id, actor="model", short=short, serials=serials)


def reduce(life: Life) -> Deed | None:
    """Fewer are wanted."""
    order_id = _rarely_met(life) or (life.some_order("validated", "picked") if life.maybe(0.7) else None)
    order_id = order_id or life.some_order("backordered")
    if order_id is None:
        return None
    lines = life.rows("SELECT article, serial_numbers FROM order_line WHERE order_id = %s ORDER BY line_no", order_id)
    article, numbers = life.chance.choice(lines)
    going = [life.chance.choice(numbers)] if numbers and life.maybe(0.8) else []
    step = reduce_by({article: 1}, going)
    return lambda database, _: run_named(database, step, order_id, actor="model", reason="färre")


def amend(life: Life) -> Deed | None:
    """A person mends what was refused."""
    order_id = life.some_order("rejected")
    if order_id is None or order_id not in life.told:
        return None
    told = life.told[order_id]
    mended = replace(
        told, sender="10" if told.sender == "50401" else told.sender, lines=(NewLine("A2", 1, ()),),
        body_hash=life.chance.randbytes(32),
    )  # fmt: skip
    return lambda database, _: run_named(database, amend_with(mended), order_id, actor="model")


def take_in(life: Life) -> Deed:
    """A file of orders is imported; at times one that was imported before."""
    files = sorted(life.folder.glob("*.ndjson"))
    path = life.chance.choice(files) if files and life.maybe(0.2) else None
    if path is None:
        name = life.new_name("F-")
        bodies = [
            a_body(f"{name}-{number}", lines=[{"article": life.chance.choice(ARTICLES[:2]), "quantity": 1}])
            for number in range(life.chance.randint(1, 3))
        ]
        path = a_file(life.folder, *bodies, name=f"{name}.ndjson")
    return lambda database, _: taken_in(database, life.keys, path)


def undo(life: Life) -> Deed | None:
    """It was the wrong file."""
    batch = life.some_id("SELECT id FROM (SELECT id FROM intake_batch ORDER BY id DESC LIMIT 3) latest")
    if batch is None:
        return None
    return lambda database, _: undo_import(database, batch, actor="model", reason="fel fil")
