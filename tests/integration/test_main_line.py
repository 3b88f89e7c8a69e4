"""Does an order of each type get from draft to delivered, with its goods, its number and its history?"""

from builders import a_lagerflytt, a_prescription, a_world, an_order, balance, own_store_order, states, store

from config.database import Database
from workflows.journal import Worker
from workflows.steps.main_line import work_all
from workflows.verify.checking import verify


def test_every_order_type_goes_from_draft_to_delivered(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 10, ("50301", "A1"): 4})
    ids = store(database, an_order(("A1", 2)), a_lagerflytt(("A1", 3)), a_prescription(("A1", 1)), own_store_order())

    work_all(database, Worker(database))

    assert states(database, ids) == ["delivered"] * 4
    assert balance(database, "10", "A1") == (4, 0, 0)
    assert balance(database, "50301", "A1") == (6, 0, 0)
    assert verify(database).broken == ()
