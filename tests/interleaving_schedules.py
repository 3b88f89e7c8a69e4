"""In which orders are two run? All there are, or those with one switch too early and some by chance.

A plan yields choices and is sent what became of them. Each schedule gets a case of its own; every invariant is verified
after each batch of them. Next: interleaving_pairs.py.
"""

from collections.abc import Callable, Generator, Iterator
from itertools import chain, count, repeat
from random import Random

from interleaving import Choices, Explorer, Run
from interleaving_world import Case

from config.database import Database
from workflows.verify.checking import verify

Plan = Generator[Choices, Run, None]
Pair = Callable[[Database, int], list[Case]]
"""Two that meet: makes so many cases of it."""

BATCH = 25
"""Cases that are made at once and verified together."""


def few(by_chance: int) -> Plan:
    """Every schedule in which one is interrupted once, by as much of the other as there is: most errors between two
    need no more. Then so many by chance."""
    for first in (0, 1):
        for statements in count(1):
            run = yield chain(repeat(first, statements), repeat(1 - first))
            if run.choices[:statements] != [first] * statements:
                break
    for seed in range(by_chance):
        yield _any(seed)


def every(most: int) -> Plan:
    """Every schedule, depth first; where there are more than `most`, so many by chance."""
    begins_with: list[int] = []
    for _ in range(most):
        run = yield chain(begins_with, repeat(0))
        if 0 not in run.choices:
            return
        last = len(run.choices) - 1 - run.choices[::-1].index(0)
        begins_with = [*run.choices[:last], 1]
    for seed in range(most):
        yield _any(seed)


def _any(seed: int) -> Choices:
    chance = Random(seed)
    return iter(lambda: chance.randrange(2), None)


def explore(database: Database, pair: Pair, plan: Plan) -> int:
    """Run the pair's cases by the schedules of the plan; returns how many there were.

    Raises AssertionError for one after which the pair's expectation or an invariant does not hold; with it comes what
    was sent, in its order.
    """
    runs = 0
    cases = _cases(database, pair)
    with Explorer(database.url) as explorer:
        choices = next(plan)
        while True:
            case = next(cases)
            case.begin()
            run = explorer.run(case.acts, choices)
            runs += 1
            try:
                case.expect(run.answers)
            except AssertionError as broken:
                broken.add_note("\n".join([f"schedule {runs}:", *run.sent]))
                raise
            try:
                choices = plan.send(run)
            except StopIteration:
                break
    _sound(database)
    return runs


def _cases(database: Database, pair: Pair) -> Iterator[Case]:
    while True:
        yield from pair(database, BATCH)
        _sound(database)


def _sound(database: Database) -> None:
    assert verify(database).broken == ()
