"""What does Tryton start from? A company, a customer, a warehouse per store, the articles, and ample stock.

Run as a process of its own, on a database where `trytond-admin` has activated the module `stock`: TRYTOND_DATABASE_URI
says on which server, the argument which database. Next: drafts.py.
"""

import sys
from decimal import Decimal
from typing import Any

from benchmarks.peers.stored_drafts import STORES
from benchmarks.peers.tryton_shipments.session import only, start, transaction
from benchmarks.workload import ARTICLES, OPENING


def fill(database: str) -> None:
    """Everything in two transactions: the company must exist before its context does."""
    pool = start(database)
    with transaction(database):
        company = _company(pool)
        number = company.id
    with transaction(database, number):
        company = only(pool.get("company.company"), id=number)
        products = _products(pool)
        for store in STORES:
            _opening_stock(pool, company, _warehouse(pool, store), products)


def _company(pool: Any) -> Any:
    party, address = pool.get("party.party"), pool.get("party.address")
    crowns = pool.get("currency.currency")(name="Svenska kronor", symbol="kr", code="SEK", rounding=Decimal("0.01"))
    crowns.save()
    owner, customer = party(name="HMS"), party(name="Mottagare", addresses=[address(street="Storgatan 1")])
    party.save([owner, customer])
    company = pool.get("company.company")(party=owner, currency=crowns)
    company.save()
    return company


def _warehouse(pool: Any, store: str) -> Any:
    location = pool.get("stock.location")
    codes = [f"{store}-{part}" for part in ("in", "out", "shelf")]
    parts = [location(name=code, code=code, type="storage") for code in codes]
    location.save(parts)
    arriving, leaving, shelf = parts
    warehouse = location(
        name=store,
        code=store,
        type="warehouse",
        input_location=arriving,
        output_location=leaving,
        storage_location=shelf,
    )
    warehouse.save()
    for part in parts:
        part.parent = warehouse
    location.save(parts)
    return warehouse


def _products(pool: Any) -> list[Any]:
    unit = only(pool.get("product.uom"), name="Unit")
    template, product = pool.get("product.template"), pool.get("product.product")
    templates = [
        template(
            name="Rullstol",
            type="goods",
            default_uom=unit,
            list_price=Decimal(0),
            products=[product(suffix_code=f"A{index:05}", cost_price=Decimal(0))],
        )
        for index in range(ARTICLES)
    ]
    template.save(templates)
    return [each.products[0] for each in templates]


def _opening_stock(pool: Any, company: Any, warehouse: Any, products: list[Any]) -> None:
    move = pool.get("stock.move")
    found = only(pool.get("stock.location"), type="lost_found")
    moves = [
        move(
            product=product,
            unit=product.default_uom,
            quantity=OPENING,
            from_location=found,
            to_location=warehouse.storage_location,
            company=company,
        )
        for product in products
    ]
    move.save(moves)
    move.do(moves)


if __name__ == "__main__":
    fill(sys.argv[1])
