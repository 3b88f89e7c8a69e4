"""What may be sent instead of what was ordered? The successor, where the order accepts an equivalent.

A förskrivning's right must cover what is sent as well: the successor of another product group is no equivalent for
who has no right to it. Next: allocation.py, when it is sent.
"""

from workflows.master_data import Article, MasterData
from workflows.order_types import OrderType
from workflows.rules.known import Known, look_up
from workflows.rules.order import Order, OrderLine
from workflows.rules.prescribing import may_all_prescribe
from workflows.succession import successor_of


def equivalents(order: Order, master: MasterData) -> dict[int, str]:
    """Line_no → the article that may be sent for the line, where there is one."""
    return equivalents_of(order, look_up(order, master), master) if order.accept_equivalent else {}


def equivalents_of(order: Order, known: Known, master: MasterData) -> dict[int, str]:
    """The same of what is looked up already. A line that names its devices (serial numbers) has no equivalent."""
    if not order.accept_equivalent:
        return {}
    found = {}
    for line, article in zip(order.lines, known.articles, strict=True):
        other = None if article is None or line.serial_numbers else _other(line, article, master)
        if other is not None and (
            order.order_type != OrderType.FORSKRIVNING or may_all_prescribe(other, order, known, master)
        ):
            found[line.line_no] = other.number
    return found


def _other(line: OrderLine, article: Article, master: MasterData) -> Article | None:
    """The successor; for a line that is to get one already, what was ordered, as long as it is not withdrawn."""
    ordered = master.articles.get(line.ordered_article or "")
    if ordered is not None and not ordered.withdrawn:
        return ordered
    return successor_of(article, master.articles)
