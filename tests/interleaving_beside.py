"""Which work beside the orders' steps meets them: counts, the refill, and the queue that goods arrive for?

Next: interleaving_pairs.py (steps that meet steps), integration/test_interleavings.py.
"""

from functools import partial

from builders import an_order, balance, receive, states
from count_world import closed, counted, opened
from interleaving_world import Case, articles, claimed, confirms, now_due, orders_in, works

from config.database import Database
from workflows.cohort import Worked
from workflows.correcting import BelowNothing
from workflows.journal import Worker
from workflows.machines import StepNotAllowed
from workflows.refill import Refill, refill_store
from workflows.steps.main_line import STEPS
from workflows.steps.resume import run_restocked

PICK = STEPS["pick"]


def _closes(count_id: int, database: Database, _: Worker) -> object:
    return closed(database, count_id)


def _counts(database: Database, made: list[str], units: int) -> list[int]:
    """A count of each article, which found so many units."""
    counts = [opened(database, article) for article in made]
    for article, count_id in zip(made, counts, strict=True):
        counted(database, count_id, **{article: units})
    return counts


def count_and_pick(database: Database, number: int) -> list[Case]:
    """A count that misses one closes while goods are picked: the one is booked, beside what left."""
    made = articles(database, number, 5)
    ids = orders_in(database, "validated", [an_order((each, 2)) for each in made])

    def expect(article: str, answers: list[object]) -> None:
        assert getattr(answers[0], "booked", answers) == {article: -1}
        assert claimed(answers[1]) == 1
        assert balance(database, "10", article) == (2, 0, 2)

    return [
        Case((partial(_closes, count_id), works("pick")), partial(expect, article), now_due(database, order_id))
        for article, order_id, count_id in zip(made, ids, _counts(database, made, 4), strict=True)
    ]


def count_and_pick_of_what_is_missing(database: Database, number: int) -> list[Case]:
    """A count finds less than is reserved: the order waits again; or it was picked, and the shelf is counted again."""
    made = articles(database, number, 2)
    ids = orders_in(database, "validated", [an_order((each, 2)) for each in made])

    def expect(article: str, order_id: int, answers: list[object]) -> None:
        if answers[1] == "picked":
            assert isinstance(answers[0], BelowNothing), answers
            assert balance(database, "10", article) == (0, 0, 2)
        else:
            assert isinstance(answers[1], StepNotAllowed), answers
            assert states(database, [order_id]) == ["backordered"]
            assert balance(database, "10", article) == (1, 0, 0)

    return [
        Case((partial(_closes, count_id), confirms(PICK, order_id)), partial(expect, article, order_id))
        for article, order_id, count_id in zip(made, ids, _counts(database, made, 1), strict=True)
    ]


def count_and_validate(database: Database, number: int) -> list[Case]:
    """A count finds one of two while an order of two is validated: it waits, whether it had got them first or not."""
    made = articles(database, number, 2)
    ids = orders_in(database, "draft", [an_order((each, 2)) for each in made])

    def expect(article: str, order_id: int, answers: list[object]) -> None:
        assert getattr(answers[0], "booked", answers) == {article: -1}
        assert claimed(answers[1]) == 1
        assert states(database, [order_id]) == ["backordered"]
        assert balance(database, "10", article) == (1, 0, 0)

    return [
        Case(
            (partial(_closes, count_id), works("validate")),
            partial(expect, article, order_id),
            now_due(database, order_id),
        )
        for article, order_id, count_id in zip(made, ids, _counts(database, made, 1), strict=True)
    ]


def refill_and_refill(database: Database, number: int) -> list[Case]:
    """A kommunlager is refilled twice at the same moment: it is ordered once."""
    codes = [f"6{article[1:]:0>4}" for article in articles(database, number, 0)]
    with database.transaction() as tx:
        for statement in (
            "INSERT INTO store SELECT c, 'Lager', 'kommun', 'Kil', 'automatic', 'automatic', 'difference' "
            "FROM unnest(%s::text[]) c",
            "INSERT INTO vardenhet SELECT 'enhet ' || c, 'Enhet', 'Kil', c FROM unnest(%s::text[]) c",
            "INSERT INTO person_unit SELECT 'lager', 'enhet ' || c FROM unnest(%s::text[]) c",
            "INSERT INTO stock_target SELECT c, 'A1', 2, 7 FROM unnest(%s::text[]) c",
        ):
            tx.execute(statement, (codes,))

    def expect(code: str, answers: list[object]) -> None:
        made = [each.order_id for refill in answers if isinstance(refill, Refill) for each in refill.created]
        assert len(made) == 1 and all(isinstance(each, Refill) for each in answers), answers
        with database.transaction() as tx:
            found = tx.execute(
                "SELECT id, quantity FROM orders JOIN order_line ON order_id = id WHERE receiver_code = %s", (code,)
            )
            assert found.fetchall() == [(made[0], 7)]

    def refills(code: str, database: Database, _: Worker) -> Refill:
        return refill_store(database, code, actor="test")

    return [Case((partial(refills, code), partial(refills, code)), partial(expect, code)) for code in codes]


def resume_and_validate(database: Database, number: int) -> list[Case]:
    """A unit arrived for who waits: whoever comes meanwhile waits behind, and does not overtake."""
    made = articles(database, number, 0)
    waiting = orders_in(database, "backordered", [an_order((each, 1)) for each in made])
    new = orders_in(database, "draft", [an_order((each, 1)) for each in made])

    def begin(article: str, order_id: int) -> None:
        with database.transaction() as tx:
            tx.execute("DELETE FROM restock")
        receive(database, {("10", article): 1})
        now_due(database, order_id)()

    def expect(article: str, ids: list[int], answers: list[object]) -> None:
        assert claimed(answers[0]) >= 1
        assert claimed(answers[1]) == 1
        assert states(database, ids) == ["validated", "backordered"]
        assert balance(database, "10", article) == (1, 1, 0)

    def resumes(database: Database, worker: Worker) -> Worked:
        return run_restocked(database, worker)

    return [
        Case((resumes, works("validate")), partial(expect, article, [first, second]), partial(begin, article, second))
        for article, first, second in zip(made, waiting, new, strict=True)
    ]


def waiting_and_validate(database: Database, number: int) -> list[Case]:
    """An order of more than there is begins to wait, while a younger one of what there is comes: whoever has the
    balance first; once the older one waits, the younger one waits behind it."""
    made = articles(database, number, 2)
    older = orders_in(database, "draft", [an_order((each, 3)) for each in made])
    younger = orders_in(database, "draft", [an_order((each, 2)) for each in made])

    def expect(article: str, ids: list[int], answers: list[object]) -> None:
        assert [claimed(each) for each in answers] == [1, 1]
        with database.transaction() as tx:
            rows = tx.execute(
                "SELECT order_id FROM history WHERE order_id = ANY(%s) AND version = 2 ORDER BY at", (ids,)
            )
            first = [order_id for (order_id,) in rows]
        late = "backordered" if first == ids else "validated"
        assert states(database, ids) == ["backordered", late], first

    return [
        Case((works("validate"), works("validate")), partial(expect, article, [*ids]), now_due(database, *ids))
        for article, *ids in zip(made, older, younger, strict=True)
    ]
