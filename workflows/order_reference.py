"""Which order does a person mean? Our number or `source:external_id`, and what is said where there is none.

Next: queries.py, which finds it.
"""

import re

from config.database import Connection
from workflows.cohort import OrderNotFound
from workflows.queries import find_order

_MAY_BE_SOMEBODYS = re.compile(r"\d{6}\W{0,3}\d{4}")
"""Wider than identity.py: a number with a mistyped digit is not said again either (P7)."""


def order_named(tx: Connection, reference: str, kommun: str | None = None) -> int:
    """The id of the order that `reference` names, of that kommun's where one is given. Raises OrderNotFound, which says
    what was tried and the form."""
    order_id = find_order(tx, reference, kommun)
    if order_id is None:
        raise OrderNotFound(not_found(reference))
    return order_id


def not_found(reference: str) -> str:
    """That no order has `reference`, which is repeated as shown_reference allows, and how an order is named."""
    shown = shown_reference(reference)
    example = "import:A-4" if ":" in shown or shown.isdigit() or not shown else f"import:{shown}"
    return (
        f"{shown + ': ordern' if shown else 'Ordern'} finns inte; skriv vårt nummer eller källa:nummer, "
        f"t.ex. {example} (there is no such order; write our number or source:external_id, e.g. {example})"
    )


def shown_reference(reference: str) -> str:
    """The reference as it may be said again: empty where it may hold somebody's number, or does not print."""
    shown = reference.strip()
    return "" if not shown.isprintable() or _MAY_BE_SOMEBODYS.search(shown) else shown
