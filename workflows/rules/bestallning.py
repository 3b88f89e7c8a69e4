"""May this beställning be? R3 from the own store, R4 from lager 10; always to a vårdenhet, never medical.

Next: forskrivning.py.
"""

from workflows.order_types import LAGER_10, R3, own_store_order
from workflows.rules.every_order import no_instruction
from workflows.rules.known import Known
from workflows.rules.order import Order
from workflows.rules.right_choices import as_forskrivning, nothing_in, to_own_vardenhet
from workflows.violations import Violation, violation


def judge_bestallning(order: Order, known: Known) -> list[Violation]:
    """R3 and R4 (S29-37). It has no customer order type, so no rule but one depends on it."""
    found = []
    if order.customer_order_type is not None:
        found.append(
            violation(
                "kundordertyp-not-used",
                "customer_order_type",
                choice_sv="en beställning har ingen kundordertyp, så lämna fältet tomt",
                choice_en="a beställning has no customer order type, so leave the field empty",
                choices=nothing_in("customer_order_type"),
            )
        )
    else:
        found += no_instruction(order)
    if known.orderer is not None and known.orderer.roles.isdisjoint(R3.creators):
        found.append(violation("bestallning-creator", "orderer.person", person=order.orderer_person))
    if order.receiver_kind != R3.receiver:
        found.append(violation("bestallning-receiver", "receiver.kind", choices=to_own_vardenhet(known.unit)))
    if order.medical_decision or order.prescriber is not None:
        field = "medical_decision" if order.medical_decision else "prescriber"
        choices = [*nothing_in("medical_decision", "prescriber"), as_forskrivning(order, known.unit)]
        found.append(violation("bestallning-medical-decision", field, choices=choices))
    return found + _own_store_or_lager_10(order, known)


def _own_store_or_lager_10(order: Order, known: Known) -> list[Violation]:
    """`bestallning-sender` (S33-35). Another kommun's store is not own, even if it has the goods."""
    unit = known.unit
    if order.sender == LAGER_10 or known.sender is None or unit is None:
        return []
    if own_store_order(order.order_type, order.sender, unit.own_store):
        return []
    stores = [LAGER_10] if unit.own_store in (None, LAGER_10) else [unit.own_store, LAGER_10]
    if len(stores) == 1:
        choice_sv = f"välj lager 10 (HMS), för enhet {unit.code} har inget eget lager"
        choice_en = f"choose lager 10 (HMS), because unit {unit.code} has no store of its own"
    else:
        choice_sv = f"välj enhetens eget lager {unit.own_store} eller lager 10 (HMS)"
        choice_en = f"choose the unit's own store {unit.own_store} or lager 10 (HMS)"
    choices = [{"sender": store} for store in stores]
    return [violation("bestallning-sender", "sender", choice_sv=choice_sv, choice_en=choice_en, choices=choices)]
