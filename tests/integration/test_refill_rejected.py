"""Which rejected orders count as ordered to a kommunlager? Those that R1 lets come once a person amends them.

Next: test_refill_once.py; workflows/incoming.py.
"""

from collections.abc import Mapping

import pytest
from builders import a_lagerflytt, a_world, run_step, states, store

from config.database import Database
from workflows.refill import Refill, refill_store

pytestmark = pytest.mark.usefixtures("sound_afterwards")

HMS = {("10", "A1"): 1_000, ("10", "A2"): 1_000}


def levels(database: Database, wanted: Mapping[str, tuple[int, int]], code: str = "50301") -> None:
    """Article → (reorder point, target) of a store."""
    with database.transaction() as tx:
        for article, (point, target) in wanted.items():
            tx.execute("INSERT INTO stock_target VALUES (%s, %s, %s, %s)", (code, article, point, target))


def wanted(refill: Refill) -> list[tuple[str, int]]:
    return [(line.article, line.quantity) for line in refill.proposal.lines]


@pytest.mark.parametrize(
    "told", [{"customer_order_type": "lagerflytt_mellan_kommuner"}, {"sender": "50401"}, {"sender": "50301"}]
)
def test_a_rejected_order_that_r1_never_lets_come_is_not_counted_as_ordered(
    database: Database, told: dict[str, str]
) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    (order_id,) = store(database, a_lagerflytt(("A1", 8), **told))
    run_step(database, "validate", "lagerflyttsorder")
    assert states(database, [order_id]) == ["rejected"]

    refill = refill_store(database, "50301", actor="schema", dry_run=True)
    assert (wanted(refill), refill.proposal.rejected) == ([("A1", 10)], ())


def test_a_rejected_order_that_counts_is_named(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A2"): 1})
    levels(database, {"A1": (2, 10), "A2": (2, 10)})
    (order_id,) = store(database, a_lagerflytt(("A1", 8), customer_order_type="okänd"))
    run_step(database, "validate", "lagerflyttsorder")

    proposal = refill_store(database, "50301", actor="schema", dry_run=True).proposal
    assert proposal.rejected == (order_id,)
    (line,) = proposal.lines
    assert (line.article, line.on_hand, line.reserved, line.on_its_way, line.ordered) == ("A2", 1, 0, 0, 0)
