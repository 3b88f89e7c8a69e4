"""Did Tryton do the work? Its shipments, moves, log and stock as Tryton itself tells them, against the workload.

Run as a process of its own: arguments database, orders, seed; prints every fault that was found, a line each.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from benchmarks.peers.stored_drafts import STORES, parties
from benchmarks.peers.tryton_shipments.session import only, start, transaction
from benchmarks.workload import ARTICLES, OPENING, drafts

_STATES = {"waiting", "assigned", "picked", "packed", "shipped", "done"}

# xmin is the transaction that wrote the row: each transition is durable on its own.
_LOGGED = """
    SELECT resource, array_agg(target), count(DISTINCT xmin::text) FROM ir_model_log
    WHERE event = 'transition' AND resource LIKE 'stock.shipment.out,%' GROUP BY resource
"""


def faults(database: str, orders: int, seed: int) -> Iterator[str]:
    """What is missing, doubled, skipped, fused or negative."""
    pool = start(database)
    with transaction(database):
        company = only(pool.get("company.company")).id
    with transaction(database, company) as opened:
        shipments = pool.get("stock.shipment.out").search([])
        yield from _of_shipments(shipments, orders)
        yield from _of_log(opened.connection.execute(_LOGGED).fetchall(), shipments)
        yield from _of_moves(shipments, orders, seed)
        with opened.set_context(stock_date_end=date.today()):  # noqa: DTZ011
            yield from _of_stock(pool, orders, seed)


def _of_shipments(shipments: list[Any], orders: int) -> Iterator[str]:
    if sorted(int(each.reference) for each in shipments) != list(range(1, orders + 1)):
        yield f"{len(shipments)} shipments are not the {orders} orders, each once"
    if undone := sum(each.state != "done" for each in shipments):
        yield f"shipments not done: {undone}"
    if len({each.number for each in shipments} - {None}) != orders:
        yield "numbers missing or given twice"


def _of_log(rows: list[tuple[str, list[str], int]], shipments: list[Any]) -> Iterator[str]:
    """Six transitions logged for each shipment, in six transactions."""
    logged = {
        resource
        for resource, targets, transactions in rows
        if sorted(targets) == sorted(f"state:{state}" for state in _STATES) and transactions == len(_STATES)
    }
    if missed := {str(each) for each in shipments} - logged:
        yield f"shipments with transitions skipped, doubled or fused: {len(missed)}"


def _of_moves(shipments: list[Any], orders: int, seed: int) -> Iterator[str]:
    """For each line a done move from the shelf to outbound, and one from there to the customer."""
    expected = Counter(
        (str(draft.number), f"A{index:05}", float(quantity), *way)
        for draft in drafts(orders, seed)
        for index, quantity in draft.lines
        for way in _ways(parties(draft.number)[1])
    )
    found = Counter(
        (each.reference, move.product.code, move.quantity, move.from_location.code, move.to_location.code)
        for each in shipments
        for move in each.moves
        if move.state == "done"
    )
    if found != expected:
        yield f"moves missing or wrong: {(expected - found).total()}, doubled or wrong: {(found - expected).total()}"


def _ways(store: str) -> tuple[tuple[str, str], tuple[str, str]]:
    return (f"{store}-shelf", f"{store}-out"), (f"{store}-out", "CUS")


def _of_stock(pool: Any, orders: int, seed: int) -> Iterator[str]:
    """What Tryton says is on every shelf, in outbound and with customers is the opening stock less the orders."""
    expected = Counter({(f"{store}-shelf", f"A{index:05}"): OPENING for store in STORES for index in range(ARTICLES)})
    for draft in drafts(orders, seed):
        for index, quantity in draft.lines:
            expected[f"{parties(draft.number)[1]}-shelf", f"A{index:05}"] -= quantity
            expected["CUS", f"A{index:05}"] += quantity
    location = pool.get("stock.location")
    places = {each.id: each.code for each in location.search([("type", "in", ["storage", "customer"])])}
    products = {each.id: each.code for each in pool.get("product.product").search([])}
    balances = pool.get("product.product").products_by_location(list(places))
    found = {(places[place], products[product]): units for (place, product), units in balances.items() if units}
    if wrong := sum(found.get(key) != units for key, units in expected.items()) + len(found.keys() - expected.keys()):
        yield f"balances that are not the opening stock less the orders: {wrong}"
    if negative := sum(units < 0 for units in found.values()):
        yield f"balances that are negative: {negative}"


if __name__ == "__main__":
    print(*faults(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])), sep="\n")  # noqa: T201
