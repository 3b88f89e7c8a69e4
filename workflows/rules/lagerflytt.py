"""May this lagerflyttsorder be? R1, refill of a kommunlager from lager 10, and R2, a move between kommuner.

Every rule here but the last depends on the customer order type: where that one is refused, they are silent.
Next: bestallning.py.
"""

from workflows.master_data import Store, StoreKind
from workflows.order_types import LAGER_10, R1, CustomerOrderType, ReceiverKind
from workflows.rules.every_order import no_instruction
from workflows.rules.known import Known
from workflows.rules.order import Order, RulePolicy
from workflows.rules.right_choices import nothing_in
from workflows.violations import Violation, violation


def judge_lagerflyttsorder(order: Order, known: Known, policy: RulePolicy) -> list[Violation]:
    """R1 and R2 (S12-23). Customer order types that the region has configured beside lagerflytt obey R1.

    Who may create a move between kommuner is up to its own instruction: no role is asked for.
    """
    chosen = order.customer_order_type
    if chosen == CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER:
        if chosen in policy.lagerflytt_types:
            found = _instruction_followed(order) + _kommunlager_of_two_kommuner(order, known)
        else:
            right = {"customer_order_type": R1.customer_order_type, "sender": LAGER_10, "instruction": None}
            found = [violation("between-kommuner-disabled", "customer_order_type", choices=[right])]
    elif chosen in policy.lagerflytt_types:
        found = _from_lager_10(order, known) + no_instruction(order)
    else:
        found = [_not_used(policy)]
    return found + _nothing_medical(order)


def _not_used(policy: RulePolicy) -> Violation:
    """`kundordertyp-not-used`, naming the configured ones."""
    used = sorted(policy.lagerflytt_types)
    choice_sv, choice_en = (
        "ingen är inställd för lagerflyttsorder",
        "none is configured for a lagerflyttsorder",
    )
    if used:
        choice_sv, choice_en = f"välj {' eller '.join(used)}", f"choose {' or '.join(used)}"
    return violation(
        "kundordertyp-not-used", "customer_order_type", choice_sv=choice_sv, choice_en=choice_en,
        choices=[{"customer_order_type": each} for each in used],
    )  # fmt: skip


def _from_lager_10(order: Order, known: Known) -> list[Violation]:
    """R1: created by lagerpersonal or tekniker (S17), from lager 10 (S21), to a kommunlager (S18)."""
    found = []
    if known.orderer is not None and known.orderer.roles.isdisjoint(R1.creators):
        found.append(violation("lagerflytt-creator", "orderer.person", person=order.orderer_person))
    if known.sender is not None and order.sender != LAGER_10:
        found.append(violation("lagerflytt-sender", "sender", choices=[{"sender": LAGER_10}]))
    own_store = known.unit.own_store if known.unit is not None else None
    to_own = (
        [{"receiver.kind": R1.receiver.value, "receiver.id": own_store}] if own_store not in (None, LAGER_10) else []
    )
    if order.receiver_kind != R1.receiver:
        found.append(violation("lagerflytt-receiver", "receiver.kind", choices=to_own))
    elif known.receiver is not None and _kommun_of(known.receiver) is None:
        found.append(violation("lagerflytt-receiver", "receiver.id", choices=to_own))
    return found


def _instruction_followed(order: Order) -> list[Violation]:
    """R2: by its own instruction (S23), which is named, and approved by somebody else than the creator."""
    wrong = []
    if not order.instruction_reference:
        wrong.append("instruction.reference")
    if not order.instruction_approved_by or order.instruction_approved_by == order.orderer_person:
        wrong.append("instruction.approved_by")
    if not wrong:
        return []
    return [violation("between-kommuner-instruction", wrong[0] if len(wrong) == 1 else "instruction")]


def _kommunlager_of_two_kommuner(order: Order, known: Known) -> list[Violation]:
    """R2: both ends are kommunlager, of different kommuner."""
    if order.receiver_kind != ReceiverKind.KOMMUNLAGER:
        return [violation("between-kommuner-parties", "receiver.kind")]
    if known.sender is None or known.receiver is None:
        return []
    sending, receiving = _kommun_of(known.sender), _kommun_of(known.receiver)
    if sending is None:
        return [violation("between-kommuner-parties", "sender")]
    return [violation("between-kommuner-parties", "receiver.id")] if receiving in (None, sending) else []


def _kommun_of(place: object) -> str | None:
    """The kommun whose kommunlager the place is; None for lager 10 and whatever else is no kommunlager."""
    return place.kommun if isinstance(place, Store) and place.kind == StoreKind.KOMMUN else None


def _nothing_medical(order: Order) -> list[Violation]:
    """`field-format`: a stock transfer has no patient, so a prescriber or a decision on it is misplaced.

    The interface has no code of its own for it; ignoring what was written would hide a mistaken order type.
    """
    given = [
        field
        for field, present in (
            ("prescriber", order.prescriber is not None),
            ("medical_decision", order.medical_decision),
        )
        if present
    ]
    return [
        violation(
            "field-format",
            field,
            expected_sv="anges inte för en lagerflyttsorder",
            expected_en="is not given for a lagerflyttsorder",
            choices=nothing_in(field),
        )
        for field in given
    ]
