"""How does everything there is to do get done once, in some life? In rounds, each deed after those it follows from.

For who wants to see every step at work and not to search for errors. Next: integration/test_sql_shape.py.
"""

from collections.abc import Callable

import life_orders
import life_returns
import life_stock
from builders import let_time_pass
from life_of_goods import Life

from workflows.journal import recover_crashed

DEEDS = [
    life_stock.receive, life_orders.order, life_orders.order, life_orders.order, life_orders.work,
    life_orders.confirm_pick, life_orders.confirm_pick, life_orders.work, life_orders.confirm_delivery,
    life_returns.open_holding, life_returns.ask_back, life_returns.take_back, life_returns.judge, life_returns.mend,
    life_orders.reduce, life_orders.cancel, life_orders.fail_delivery, life_orders.amend, life_orders.take_in,
    life_orders.undo, life_stock.adjust, life_stock.refill, life_stock.refill_of_the_day, life_stock.begin_count,
    life_stock.count_goods, life_stock.close,
]  # fmt: skip


def live_until(life: Life, enough: Callable[[], bool], most: int = 40) -> None:
    """Do everything, round after round, until every deed has been done and it is `enough`; `most` rounds at most."""
    names = {deed.__name__ for deed in DEEDS}
    for _ in range(most):
        for chosen in DEEDS:
            if deed := chosen(life):
                life.once(chosen.__name__, deed)
        let_time_pass(life.database)
        recover_crashed(life.database)
        if names <= life.done.keys() and enough():
            return
    raise AssertionError(f"not done: {sorted(names - life.done.keys())}")
