"""Which two steps of orders meet, and what must have become of them? Each pair makes cases, one for each schedule.

One side is often a worker that takes what is due, the other a person or another worker. Next: interleaving_beside.py
(what meets orders from beside), interleaving.py (how they are run).
"""

from functools import partial

from builders import a_lagerflytt, an_order, balance, states
from interleaving_world import Case, articles, claimed, confirms, now_due, orders_in, works

from config.database import Database
from workflows.allocation import Goods
from workflows.cohort import StaleVersion
from workflows.counting import receive_goods
from workflows.journal import Worker
from workflows.machines import StepNotAllowed
from workflows.steps.cancel import CANCEL
from workflows.steps.main_line import STEPS

PICK, NUMBER, DELIVER = STEPS["pick"], STEPS["create_utleverans"], STEPS["deliver"]


def pick_and_pick(database: Database, number: int) -> list[Case]:
    """A worker and a person pick one order: one does, and the goods leave the shelf once."""
    made = articles(database, number, 5)
    ids = orders_in(database, "validated", [an_order((each, 2)) for each in made])

    def expect(article: str, answers: list[object]) -> None:
        if claimed(answers[0]):
            assert isinstance(answers[1], StepNotAllowed), answers
        else:
            assert answers[1] == "picked", answers
        assert balance(database, "10", article) == (3, 0, 2)

    return [
        Case((works("pick"), confirms(PICK, order_id)), partial(expect, article), now_due(database, order_id))
        for article, order_id in zip(made, ids, strict=True)
    ]


def picks_of_the_same_goods(database: Database, number: int) -> list[Case]:
    """Two orders of the same two articles, named the other way round: both are picked, and neither waits in vain."""
    ones, others = articles(database, number, 5), articles(database, number, 5)
    pairs = list(zip(ones, others, strict=True))
    lefts = orders_in(database, "validated", [an_order((one, 1), (other, 2)) for one, other in pairs])
    rights = orders_in(database, "validated", [an_order((other, 2), (one, 1)) for one, other in pairs])

    def expect(one: str, other: str, answers: list[object]) -> None:
        assert answers == ["picked", "picked"]
        assert (balance(database, "10", one), balance(database, "10", other)) == ((3, 0, 2), (1, 0, 4))

    return [
        Case((confirms(PICK, left), confirms(PICK, right)), partial(expect, *pair))
        for left, right, pair in zip(lefts, rights, pairs, strict=True)
    ]


def pick_and_cancel(database: Database, number: int) -> list[Case]:
    """A worker picks the order that a person cancels as it was read: exactly one of them does."""
    made = articles(database, number, 5)
    ids = orders_in(database, "validated", [an_order((each, 2)) for each in made])

    def expect(article: str, answers: list[object]) -> None:
        if claimed(answers[0]):
            assert isinstance(answers[1], StaleVersion), answers
            assert balance(database, "10", article) == (3, 0, 2)
        else:
            assert answers[1] == "cancelled", answers
            assert balance(database, "10", article) == (5, 0, 0)

    return [
        Case(
            (works("pick"), confirms(CANCEL, order_id, reason="ångrat", version=2)),
            partial(expect, article),
            now_due(database, order_id),
        )
        for article, order_id in zip(made, ids, strict=True)
    ]


def pick_and_late_cancel(database: Database, number: int) -> list[Case]:
    """Who cancels an order whatever becomes of it gets it cancelled, and all goods are back on the shelf."""
    made = articles(database, number, 5)
    ids = orders_in(database, "validated", [an_order((each, 2)) for each in made])

    def expect(article: str, answers: list[object]) -> None:
        assert answers[0] == "picked" or isinstance(answers[0], StepNotAllowed), answers
        assert answers[1] == "cancelled", answers
        assert balance(database, "10", article) == (5, 0, 0)

    return [
        Case((confirms(PICK, order_id), confirms(CANCEL, order_id, reason="ångrat")), partial(expect, article))
        for article, order_id in zip(made, ids, strict=True)
    ]


def pick_and_receive(database: Database, number: int) -> list[Case]:
    """A pick while more of the same goods arrives: no unit is lost, and who waits for them is woken."""
    made = articles(database, number, 5)
    ids = orders_in(database, "validated", [an_order((each, 2)) for each in made])
    orders_in(database, "backordered", [an_order((each, 6)) for each in made])

    def expect(article: str, answers: list[object]) -> None:
        assert (claimed(answers[0]), answers[1]) == (1, None)
        assert balance(database, "10", article) == (6, 0, 2)
        with database.transaction() as tx:
            assert tx.execute("SELECT FROM restock WHERE article = %s", (article,)).fetchone() is not None

    def receives(article: str, database: Database, _: Worker) -> None:
        receive_goods(database, Goods("10", article), 3, document=f"följesedel {article}", actor="bo")

    return [
        Case((works("pick"), partial(receives, article)), partial(expect, article), now_due(database, order_id))
        for article, order_id in zip(made, ids, strict=True)
    ]


def deliver_and_deliver(database: Database, number: int) -> list[Case]:
    """A lagerflytt is received twice: the kommunlager gets it once."""
    made = articles(database, number, 5)
    ids = orders_in(database, "utleverans", [a_lagerflytt((each, 2)) for each in made])

    def expect(article: str, answers: list[object]) -> None:
        if claimed(answers[0]):
            assert isinstance(answers[1], StepNotAllowed), answers
        else:
            assert answers[1] == "delivered", answers
        assert (balance(database, "10", article), balance(database, "50301", article)) == ((3, 0, 0), (2, 0, 0))

    return [
        Case(
            (works("deliver", "lagerflyttsorder"), confirms(DELIVER, order_id)),
            partial(expect, article),
            now_due(database, order_id),
        )
        for article, order_id in zip(made, ids, strict=True)
    ]


def number_and_number(database: Database, number: int) -> list[Case]:
    """Two orders of one store get their utleveranser: two numbers, and none between them."""
    made = articles(database, number, 5)
    lefts, rights = (orders_in(database, "picked", [an_order((each, 1)) for each in made]) for _ in range(2))

    def expect(left: int, right: int, answers: list[object]) -> None:
        assert (claimed(answers[0]), answers[1]) == (1, "utleverans")
        with database.transaction() as tx:
            rows = tx.execute("SELECT sequence FROM utleverans WHERE order_id IN (%s, %s) ORDER BY 1", (left, right))
            one, other = (sequence for (sequence,) in rows)
        assert other == one + 1

    return [
        Case(
            (works("create_utleverans"), confirms(NUMBER, right)),
            partial(expect, left, right),
            now_due(database, left),
        )
        for left, right in zip(lefts, rights, strict=True)
    ]


def validate_and_validate(database: Database, number: int) -> list[Case]:
    """Two workers validate two orders of the last unit: one gets it, the other waits for it."""
    made = articles(database, number, 1)
    ones, others = (orders_in(database, "draft", [an_order((each, 1)) for each in made]) for _ in range(2))

    def expect(article: str, ids: list[int], answers: list[object]) -> None:
        assert [claimed(each) for each in answers] == [1, 1]
        assert sorted(states(database, ids)) == ["backordered", "validated"]
        assert balance(database, "10", article) == (1, 1, 0)

    return [
        Case((works("validate"), works("validate")), partial(expect, article, [*ids]), now_due(database, *ids))
        for article, *ids in zip(made, ones, others, strict=True)
    ]


def validates_of_enough(database: Database, number: int) -> list[Case]:
    """Two workers validate two orders of the last two units: each gets one, and waits at most for the other's lock."""
    made = articles(database, number, 2)
    ones, others = (orders_in(database, "draft", [an_order((each, 1)) for each in made]) for _ in range(2))

    def expect(article: str, ids: list[int], answers: list[object]) -> None:
        assert [claimed(each) for each in answers] == [1, 1]
        assert states(database, ids) == ["validated", "validated"]
        assert balance(database, "10", article) == (2, 2, 0)

    return [
        Case((works("validate"), works("validate")), partial(expect, article, [*ids]), now_due(database, *ids))
        for article, *ids in zip(made, ones, others, strict=True)
    ]
