"""What does a peer hold? The peers' common schema, read into the judge's shape in one snapshot."""

from collections import Counter, defaultdict

import psycopg

from config.database import Connection
from drill.judge.end_state import EndState, Moved, OrderEnd, Step
from drill.judge.product_state import read_balances

WORKER = "worker"
"""What the peers write as the actor of a step; the judge knows what runs by itself under the product's name."""
ENGINE = "orderflode"


def read_peer_state(database_url: str, given_up: str | None) -> EndState:
    """Everything, as it is at this moment. `given_up` is SQL: the external ids of orders that the engine itself says
    it will not move on, which are held."""
    with psycopg.connect(database_url) as tx:
        tx.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        held = {key for (key,) in tx.execute(given_up.encode())} if given_up else set()
        return EndState(
            orders=_orders(tx, held),
            steps=_steps(tx),
            moved=_moved(tx),
            balances=read_balances(tx),
            numbers=tuple(tx.execute("SELECT store, year, sequence, order_id FROM utleverans").fetchall()),
            effects=Counter(),
        )


def _orders(tx: Connection, held: set[str]) -> tuple[OrderEnd, ...]:
    lines: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for order_id, article, quantity in tx.execute(
        "SELECT order_id, article, quantity FROM order_line ORDER BY order_id, line_no"
    ):
        lines[order_id].append((article, quantity))
    return tuple(
        OrderEnd(
            id=order_id,
            key=key,
            ours=False,
            order_type=order_type,
            state=state,
            held=key in held and state != "delivered",
            waits_for_somebody=False,
            created_by=created_by,
            lines=tuple(lines[order_id]),
        )
        for order_id, key, order_type, state, created_by in tx.execute(
            "SELECT id, external_id, order_type, state, created_by FROM orders ORDER BY id"
        )
    )


def _steps(tx: Connection) -> tuple[Step, ...]:
    rows = tx.execute(
        "SELECT order_id, version, event, from_state, to_state, extract(epoch FROM at)::float8, "
        "CASE actor WHEN %s THEN %s ELSE actor END FROM history ORDER BY order_id, version, at",
        (WORKER, ENGINE),
    )
    return tuple(Step(*row) for row in rows)


def _moved(tx: Connection) -> tuple[Moved, ...]:
    """An order's line is picked once and delivered once: at which version does not make it another cause."""
    rows = tx.execute(
        "SELECT id, kind, article, quantity, from_place, from_store, to_place, to_store, order_id, line_no, document "
        "FROM movement ORDER BY id"
    )
    moved = []
    for number, kind, article, units, from_place, from_store, to_place, to_store, order_id, line_no, document in rows:
        origin, goal = (from_place, from_store), (to_place, to_store)
        cause = (document, article, goal) if order_id is None else (order_id, line_no, kind)
        order_line = None if order_id is None else (order_id, line_no)
        moved.append(Moved(number, kind, article, units, origin, goal, cause, order_line))
    return tuple(moved)
