"""Which rules hold whatever the order type? The orderer's unit, the articles, the misplaced instruction.

Next: individuals.py (serial numbers); lagerflytt.py, bestallning.py, forskrivning.py, one order type each.
"""

from collections.abc import Mapping

from workflows.master_data import Article
from workflows.rules.known import Known
from workflows.rules.order import Order
from workflows.rules.right_choices import nothing_in
from workflows.violations import Violation, violation


def orderer_belongs_to_the_unit(order: Order, known: Known) -> list[Violation]:
    """`orderer-unit`: the unit decides the own store, so the orderer must belong to it."""
    if known.orderer is None or known.unit is None or order.orderer_unit in known.orderer.units:
        return []
    units = sorted(known.orderer.units)
    choice_sv, choice_en = "beställaren är inte knuten till någon enhet", "the orderer belongs to no unit"
    if units:
        choice_sv, choice_en = f"välj {' eller '.join(units)}", f"choose {' or '.join(units)}"
    return [
        violation(
            "orderer-unit",
            "orderer.unit",
            person=order.orderer_person,
            unit=order.orderer_unit,
            choice_sv=choice_sv,
            choice_en=choice_en,
            choices=[{"orderer.unit": unit} for unit in units],
        )
    ]


def articles_can_be_ordered(order: Order, known: Known, equivalents: Mapping[int, str]) -> list[Violation]:
    """`article-withdrawn`, naming the successor, unless the line has an equivalent that may be sent (by line_no)."""
    return [
        _withdrawn(f"lines[{index}].article", article)
        for index, article in enumerate(known.articles)
        if article is not None and article.withdrawn and order.lines[index].line_no not in equivalents
    ]


def _withdrawn(field: str, article: Article) -> Violation:
    """`article-withdrawn`, with the successor to choose, if any."""
    choice_sv, choice_en = "ingen ersättare är registrerad", "no successor is registered"
    if article.successor:
        choice_sv = f"välj ersättaren {article.successor}"
        choice_en = f"choose its successor {article.successor}"
    return violation(
        "article-withdrawn", field, article=article.number, choice_sv=choice_sv, choice_en=choice_en,
        choices=[{field: article.successor}] if article.successor else (),
    )  # fmt: skip


def no_instruction(order: Order) -> list[Violation]:
    """`field-format`: an instruction belongs to lagerflytt_mellan_kommuner alone.

    The interface has no code of its own for it. Asked only where the customer order type is used,
    because the answer depends on it.
    """
    if order.instruction_reference is None and order.instruction_approved_by is None:
        return []
    return [
        violation(
            "field-format",
            "instruction",
            expected_sv="anges bara för kundordertypen lagerflytt_mellan_kommuner",
            expected_en="is given only for the customer order type lagerflytt_mellan_kommuner",
            choices=nothing_in("instruction"),
        )
    ]
