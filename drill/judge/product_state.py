"""What does this product hold? Its database, read into the judge's shape in one snapshot."""

from collections import Counter, defaultdict
from typing import Any

from config.database import Connection, Database
from drill.judge.end_state import EndState, Moved, OrderEnd, Step
from drill.load import SOURCE


def read_end_state(database: Database) -> EndState:
    """Everything, as it is at this moment."""
    with database.transaction(snapshot=True, statement_timeout_ms=0) as tx:
        steps = _steps(tx)
        moved = _moved(tx)
        return EndState(
            orders=_orders(tx),
            steps=steps,
            moved=moved,
            balances=read_balances(tx),
            numbers=tuple(tx.execute("SELECT store, year, sequence, order_id FROM utleverans").fetchall()),
            effects=_effects(tx, steps),
        )


def _orders(tx: Connection) -> tuple[OrderEnd, ...]:
    lines: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for order_id, article, quantity in tx.execute(
        "SELECT order_id, coalesce(ordered_article, article), quantity FROM order_line ORDER BY order_id, line_no"
    ):
        lines[order_id].append((article, quantity))
    rows = tx.execute(
        """
        SELECT o.id, o.external_id, o.source <> %s, o.order_type, o.state, o.held_since IS NOT NULL,
            o.due_at IS NULL AND (o.state IN ('rejected', 'backordered')
                OR o.state = 'validated' AND s.picking = 'confirmed'
                OR o.state = 'utleverans' AND s.delivery = 'confirmed'), o.created_by
        FROM orders o LEFT JOIN store s ON s.code = o.sender ORDER BY o.id
        """,
        (SOURCE,),
    )
    found: list[list[Any]] = [[*row, tuple(lines[row[0]])] for row in rows]
    return tuple(OrderEnd(*row) for row in found)


def _steps(tx: Connection) -> tuple[Step, ...]:
    rows = tx.execute(
        "SELECT order_id, version, event, from_state, to_state, extract(epoch FROM at)::float8, actor FROM history "
        "ORDER BY order_id, version, at"
    )
    return tuple(Step(*row) for row in rows)


def _moved(tx: Connection) -> tuple[Moved, ...]:
    rows = tx.execute(
        "SELECT id, kind, article, quantity, from_place, from_store, to_place, to_store, order_id, order_version, "
        "line_no, document FROM movement ORDER BY id"
    )
    moved = []
    for number, kind, article, units, from_place, from_store, to_place, to_store, order_id, version, line, doc in rows:
        origin, goal = (from_place, from_store), (to_place, to_store)
        cause = (doc, article, origin, goal) if order_id is None else (order_id, line, kind, version)
        order_line = None if order_id is None else (order_id, line)
        moved.append(Moved(number, kind, article, units, origin, goal, cause, order_line))
    return tuple(moved)


def read_balances(tx: Connection) -> dict[tuple[str, str, str], int]:
    """Units by (place, store, article), `store` and `outbound`, as the balances have them."""
    balances = {}
    for store, article, on_hand, outbound in tx.execute("SELECT store, article, on_hand, outbound FROM stock_balance"):
        balances["store", store, article] = on_hand
        balances["outbound", store, article] = outbound
    return balances


def _effects(tx: Connection, steps: tuple[Step, ...]) -> Counter[tuple[str, str]]:
    """The actor of a step is the operation that asked for it; a receipt's document and a return's reference too."""
    effects = Counter((step.actor, step.event) for step in steps)
    effects.update(
        (document, "receive") for (document,) in tx.execute("SELECT document FROM movement WHERE kind = 'receive'")
    )
    effects.update(
        (reference, "return")
        for (reference,) in tx.execute("SELECT reference FROM return_order WHERE reference IS NOT NULL")
    )
    return effects
