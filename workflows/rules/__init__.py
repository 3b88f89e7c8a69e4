"""Who is refused, and why? Judges one order by the rules R1-R7: every violation at once.

Pure: no database, no configuration, no clock; a budget of 10 µs for a valid order of two lines. Read on in
order.py (what is judged), known.py and every_order.py (all types), then one file an order type.
"""

from collections.abc import Mapping

from workflows.master_data import MasterData
from workflows.order_types import OrderType
from workflows.rules.accessories import judge_accessories
from workflows.rules.bestallning import judge_bestallning
from workflows.rules.equivalent import equivalents_of
from workflows.rules.every_order import articles_can_be_ordered, orderer_belongs_to_the_unit
from workflows.rules.forskrivning import judge_forskrivning
from workflows.rules.individuals import judge_serial_numbers
from workflows.rules.known import Known, look_up, unknown_values
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
    equivalents = equivalents_of(order, known, master)
    found = unknown_values(order, known)
    found += orderer_belongs_to_the_unit(order, known)
    evidence: tuple[Evidence, ...] = ()
    if order.order_type == OrderType.LAGERFLYTTSORDER:
        found += judge_lagerflyttsorder(order, known, policy)
    elif order.order_type == OrderType.BESTALLNING:
        found += judge_bestallning(order, known)
    else:
        found += judge_forskrivning(order, known)
        wrong, evidence = judge_prescribing(order, known, master, equivalents.values())
        found += wrong
    found += articles_can_be_ordered(order, known, equivalents)
    found += judge_serial_numbers(order, known, master)
    found += judge_accessories(order)
    return Verdict(tuple(found), evidence, _replaced(order, known, equivalents))


def _replaced(order: Order, known: Known, equivalents: Mapping[int, str]) -> dict[int, str]:
    """The withdrawn articles' lines, and what is sent for them whatever there is of it."""
    if not equivalents:
        return {}
    return {
        line.line_no: equivalents[line.line_no]
        for line, article in zip(order.lines, known.articles, strict=True)
        if article is not None and article.withdrawn and line.line_no in equivalents
    }
