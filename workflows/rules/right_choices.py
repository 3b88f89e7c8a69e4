"""Which choice is right instead? The values that mend an order, as the sentences of the violations name them.

Whoever can change the order's fields (a form) offers them; nobody reads them out of a sentence. Next: violations.py.
"""

from workflows.master_data import CareUnit
from workflows.order_types import LAGER_10, R3, R5, R6, OrderType
from workflows.rules.order import Order
from workflows.violations import Choice

FROM_LAGER_10: Choice = {"customer_order_type": R6.customer_order_type, "sender": LAGER_10}
"""The pair of R6."""


def nothing_in(*fields: str) -> list[Choice]:
    """The one choice that empties these fields."""
    return [dict.fromkeys(fields)]


def from_the_own_store(unit: CareUnit | None) -> list[Choice]:
    """The pair of R5, where the unit has a store of its own."""
    return [{"customer_order_type": R5.customer_order_type, "sender": store} for store in _own_store(unit)]


def to_own_vardenhet(unit: CareUnit | None) -> list[Choice]:
    """To the orderer's own vårdenhet, where it is known."""
    return [] if unit is None else [{"receiver.kind": R3.receiver.value, "receiver.id": unit.code}]


def as_bestallning(unit: CareUnit | None) -> Choice:
    """A beställning to the orderer's vårdenhet, in the place of a förskrivning; the store may stay."""
    return {
        "order_type": OrderType.BESTALLNING.value,
        "customer_order_type": None,
        "receiver.kind": R3.receiver.value,
        "receiver.id": None if unit is None else unit.code,
        "prescriber": None,
        "medical_decision": None,
    }


def as_forskrivning(order: Order, unit: CareUnit | None) -> Choice:
    """A förskrivning to a patient, in the place of a beställning: of the store that it names, or else of lager 10."""
    own = next((pair for pair in from_the_own_store(unit) if pair["sender"] == order.sender), FROM_LAGER_10)
    return {"order_type": OrderType.FORSKRIVNING.value, **own, "receiver.kind": R6.receiver.value, "receiver.id": None}


def _own_store(unit: CareUnit | None) -> list[str]:
    """The unit's own store; lager 10 never is."""
    return [] if unit is None or unit.own_store in (None, LAGER_10) else [str(unit.own_store)]
