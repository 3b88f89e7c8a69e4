"""Who is refused, and why? Judges one order by the rules R1-R7: every violation at once.

Pure: no database, no configuration, no clock; a budget of 10 µs for a valid order of two lines. Read on in
order.py (what is judged), known.py and every_order.py (all types), then one file an order type.
"""

from workflows.master_data import MasterData
from workflows.order_types import OrderType
from workflows.rules.accessories import judge_accessories
from workflows.rules.bestallning import judge_bestallning
from workflows.rules.every_order import articles_can_be_ordered, orderer_belongs_to_the_unit
from workflows.rules.forskrivning import judge_forskrivning
from workflows.rules.individuals import judge_serial_numbers
from workflows.rules.known import look_up, unknown_values
from workflows.rules.lagerflytt import judge_lagerflyttsorder
from workflows.rules.order import Evidence, Order, OrderLine, RulePolicy, Verdict
from workflows.rules.prescribing import judge_prescribing

__all__ = ["Evidence", "Order", "OrderLine", "RulePolicy", "Verdict", "check"]


def check(order: Order, master: MasterData, policy: RulePolicy) -> Verdict:
    """Judge the order by what is known. The verdict's violations are empty when it obeys every rule.

    An unknown value is reported once and silences the rules that need it; the others are still asked. A
    customer order type that is not used (or not configured, for a move between kommuner) silences the rules
    that depend on it. Same order, same master data, same policy: same verdict. Raises nothing.
    """
    known = look_up(order, master)
    found = unknown_values(order, known)
    found += orderer_belongs_to_the_unit(order, known)
    evidence: tuple[Evidence, ...] = ()
    if order.order_type == OrderType.LAGERFLYTTSORDER:
        found += judge_lagerflyttsorder(order, known, policy)
    elif order.order_type == OrderType.BESTALLNING:
        found += judge_bestallning(order, known)
    else:
        found += judge_forskrivning(order, known)
        wrong, evidence = judge_prescribing(order, known, master)
        found += wrong
    found += articles_can_be_ordered(known)
    found += judge_serial_numbers(order, known, master)
    found += judge_accessories(order)
    return Verdict(tuple(found), evidence)
