"""May this förskrivning be? R5 direktförskrivning, R6 förskrivning, R7 nothing else; always to a patient.

Only the delivering store depends on the customer order type: the other rules are asked whatever it is.
Next: prescribing.py, who may prescribe what.
"""

from workflows.order_types import FORSKRIVNING_SENDERS, LAGER_10, R6, SenderKind, own_store_order
from workflows.rules.every_order import no_instruction
from workflows.rules.known import Known
from workflows.rules.order import Order
from workflows.rules.right_choices import FROM_LAGER_10, as_bestallning, from_the_own_store
from workflows.violations import Violation, violation


def judge_forskrivning(order: Order, known: Known) -> list[Violation]:
    """R5-R7 (S41-55), but for the right to prescribe."""
    found = []
    sender = FORSKRIVNING_SENDERS.get(order.customer_order_type or "")
    if sender is None:
        found.append(_not_used(known))
    else:
        wrong_store = _from_lager_10 if sender is SenderKind.LAGER_10 else _from_the_own_store
        found += wrong_store(order, known) + no_instruction(order)
    if order.receiver_kind != R6.receiver:
        choices = [{"receiver.kind": R6.receiver.value, "receiver.id": None}, as_bestallning(known.unit)]
        found.append(violation("forskrivning-receiver", "receiver.kind", choices=choices))
    if not order.medical_decision:
        found.append(violation("forskrivning-medical-decision", "medical_decision"))
    return found


def _not_used(known: Known) -> Violation:
    """`kundordertyp-not-used`: "övriga kundordertyper vid förskrivning används ej" (S55)."""
    return violation(
        "kundordertyp-not-used",
        "customer_order_type",
        choice_sv="välj direktförskrivning (från eget lager) eller förskrivning (från lager 10, HMS)",
        choice_en="choose direktförskrivning (from the own store) or förskrivning (from lager 10, HMS)",
        choices=[*from_the_own_store(known.unit), FROM_LAGER_10],
    )


def _from_the_own_store(order: Order, known: Known) -> list[Violation]:
    """`direktforskrivning-sender`: "att det blir rätt levererande lager" (S49). Lager 10 is never own."""
    unit = known.unit
    if known.sender is None or unit is None or own_store_order(order.order_type, order.sender, unit.own_store):
        return []
    if unit.own_store in (None, LAGER_10):
        choice_sv = f"enhet {unit.code} har inget eget lager, så välj kundordertypen förskrivning och lager 10 (HMS)"
        choice_en = (
            f"unit {unit.code} has no store of its own, "
            "so choose the customer order type förskrivning and lager 10 (HMS)"
        )
    else:
        choice_sv = (
            f"välj enhetens eget lager {unit.own_store}, "
            "eller kundordertypen förskrivning om varan beställs från lager 10 (HMS)"
        )
        choice_en = (
            f"choose the unit's own store {unit.own_store}, "
            "or the customer order type förskrivning if the goods are ordered from lager 10 (HMS)"
        )
    choices = [*({"sender": each["sender"]} for each in from_the_own_store(unit)), FROM_LAGER_10]
    return [violation("direktforskrivning-sender", "sender", choice_sv=choice_sv, choice_en=choice_en, choices=choices)]


def _from_lager_10(order: Order, known: Known) -> list[Violation]:
    """`forskrivning-sender` (S53), naming the customer order type that goods from the own store have."""
    if known.sender is None or order.sender == LAGER_10:
        return []
    own_store = known.unit.own_store if known.unit is not None else None
    named = f" {own_store}" if own_store not in (None, LAGER_10) else ""
    choices = [{"sender": LAGER_10}, *from_the_own_store(known.unit)]
    return [violation("forskrivning-sender", "sender", own_store=named, choices=choices)]
