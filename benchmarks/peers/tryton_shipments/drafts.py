"""Which orders does Tryton find? The workload as customer shipments in draft, each from its order's own store.

Made by Tryton's own models before the clock starts. Arguments: database, orders, seed. Next: worker.py.
"""

import sys
from typing import Any

from benchmarks.peers.stored_drafts import parties
from benchmarks.peers.tryton_shipments.session import only, start, transaction
from benchmarks.workload import Draft, drafts


def store_drafts(database: str, orders: int, seed: int) -> None:
    """A shipment for each of the workload's orders, whose number is the shipment's reference."""
    pool = start(database)
    with transaction(database):
        company = only(pool.get("company.company")).id
    with transaction(database, company):
        customer = only(pool.get("party.party"), name="Mottagare")
        products = {each.code: each for each in pool.get("product.product").search([])}
        warehouses = {each.code: each for each in pool.get("stock.location").search([("type", "=", "warehouse")])}
        shipments = []
        for draft in drafts(orders, seed):
            shipment = pool.get("stock.shipment.out")(reference=str(draft.number), company=company, customer=customer)
            _, sender, _, _ = parties(draft.number)
            shipment.warehouse = warehouses[sender]
            shipment.on_change_warehouse()
            shipment.on_change_customer()
            shipment.moves = _moves(pool.get("stock.move"), shipment, draft, products)
            shipments.append(shipment)
        pool.get("stock.shipment.out").save(shipments)


def _moves(move: Any, shipment: Any, draft: Draft, products: dict[str, Any]) -> list[Any]:
    return [
        move(
            product=products[f"A{index:05}"],
            unit=products[f"A{index:05}"].default_uom,
            quantity=quantity,
            from_location=shipment.warehouse_output,
            to_location=shipment.customer.customer_location,
            company=shipment.company,
            currency=shipment.company.currency,
            unit_price=0,
        )
        for index, quantity in draft.lines
    ]


if __name__ == "__main__":
    store_drafts(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
