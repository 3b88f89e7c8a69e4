"""Do goods and orders stay right whatever happens, in whatever order? Chance chooses; life_expectations.py looks.

Hypothesis chooses lives of STEPS_OF_ONE steps, each in a region of its own, by a seed and the region's policies; in a
life, what is done is chosen by its weight, and how it is done as well. A life that goes wrong is told by its seed and
what was done last. 2,000 steps are the same lives each time, so that what they see does not depend on luck;
ORDERFLODE_MODEL_STEPS takes others, and make test-long takes 50,000 anew.
"""

import os
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import life_orders
import life_returns
import life_stock
import psycopg
import pytest
from conftest import with_database
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from life_expectations import Expectations
from life_of_goods import Deed, Life
from life_seen import EVERYTHING, EXPECTED, happened

from config.database import Database
from config.server_urls import ServerUrls
from config.settings import settings as configured

STEPS = "ORDERFLODE_MODEL_STEPS"
STEPS_OF_ONE = 100
EVERY_INVARIANT = 50
"""Steps between two looks at every invariant."""

WEIGHTS: dict[Callable[[Life], Deed | None], int] = {
    life_orders.order: 22, life_orders.work: 18, life_orders.cancel: 11, life_orders.fail_delivery: 5,
    life_orders.confirm_pick: 9, life_orders.confirm_delivery: 11, life_orders.reduce: 13, life_orders.amend: 6,
    life_orders.take_in: 2, life_orders.undo: 3,
    life_stock.receive: 13, life_stock.adjust: 4, life_stock.withdraw: 2, life_stock.refill: 2,
    life_stock.refill_of_the_day: 1, life_stock.begin_count: 3, life_stock.count_goods: 9, life_stock.close: 6,
    life_stock.give_count_up: 2,
    life_returns.open_holding: 2, life_returns.ask_back: 14, life_returns.take_back: 14, life_returns.judge: 14,
    life_returns.mend: 20, life_returns.give_return_up: 3,
}  # fmt: skip
WAYS = {"once": 54, "twice": 8, "itself at once": 12, "two at once": 10, "cut": 6, "rest": 10}
BY_ITSELF_OR_NOT = st.sampled_from(["automatic", "confirmed"])
WAITS_OR_NOT = st.sampled_from(["backorder", "difference"])
POLICIES = st.fixed_dictionaries(
    {
        "picking_10": BY_ITSELF_OR_NOT, "picking_50301": BY_ITSELF_OR_NOT,
        "delivery_10": BY_ITSELF_OR_NOT, "delivery_50301": BY_ITSELF_OR_NOT,
        "shortage_50301": WAITS_OR_NOT, "shortage_50401": WAITS_OR_NOT,
    }
)  # fmt: skip


class Story:
    """What was done in all lives of a run."""

    def __init__(self) -> None:
        self.steps = 0
        self.seen: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    def __str__(self) -> str:
        parts = {"seen": self.seen, "done": self.done, "refused": self.refused}
        return "\n".join(
            f"{name}: " + ", ".join(f"{what} {often}" for what, often in sorted(each.items()))
            for name, each in parts.items()
        )


def _some_deed(life: Life) -> tuple[str, Deed]:
    while True:
        (chosen,) = life.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
        deed = chosen(life)
        if deed is not None:
            return chosen.__name__, deed


def _step(life: Life) -> str:
    """Do something in some way; returns what it was."""
    (way,) = life.chance.choices(list(WAYS), list(WAYS.values()))
    if way == "rest":
        life.work_to_rest()
        return way
    name, deed = _some_deed(life)
    if way == "itself at once":
        life.at_once((name, name), (deed, deed))
    elif way == "two at once":
        other, beside = _some_deed(life)
        life.at_once((name, other), (deed, beside))
        return f"{name} beside {other}"
    else:
        {"once": life.once, "twice": life.twice, "cut": life.cut}[way](name, deed)
    return f"{name} ({way})"


def _live(life: Life, steps: int, told: deque[str]) -> None:
    """One life, looked at after every step; the last look is at rest."""
    expected = Expectations(life)
    for number in range(1, steps + 1):
        life.steps = number
        told.append(_step(life))
        expected.check()
        if told[-1] == "rest":
            expected.check_rest()
            expected.check()
        if number % EVERY_INVARIANT == 0:
            expected.check_all()
    told.append("the last rest")
    life.work_to_rest()
    expected.check()
    expected.check_rest()
    expected.check()
    life.work_to_rest()
    expected.check()
    expected.check_all()


@contextmanager
def _a_database(servers: ServerUrls, template: str) -> Iterator[Database]:
    name = f"life_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
    database = Database(with_database(servers.database_url, name))
    try:
        yield database
    finally:
        database.close()
        with psycopg.connect(servers.database_url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def _live_one(servers: ServerUrls, template: str, story: Story, seed: int, policies: dict[str, str]) -> None:
    """One life from its seed, in a region with these policies; what it saw goes to the story."""
    told: deque[str] = deque(maxlen=12)
    with _a_database(servers, template) as database, TemporaryDirectory() as folder:
        life = Life(database, Random(seed), Path(folder), **policies)
        try:
            _live(life, STEPS_OF_ONE, told)
            story.seen += happened(life)
        except BaseException as error:
            raise AssertionError(f"after {life.steps} steps: {' → '.join(told)}") from error
        finally:
            life.close()
    story.done += life.done
    story.refused += life.refused
    story.steps += STEPS_OF_ONE


def _take(servers: ServerUrls, template: str, steps: int, *, anew: bool) -> Story:
    """Take so many steps in lives of STEPS_OF_ONE; `anew`: other lives than the last time."""
    story = Story()

    @settings(
        max_examples=max(1, steps // STEPS_OF_ONE),
        derandomize=not anew,
        database=None,
        deadline=None,
        # A life that fails is told as it was: to make it smaller would take it up a hundred times.
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.integers(0, 2**32 - 1), policies=POLICIES)
    def live(seed: int, policies: dict[str, str]) -> None:
        _live_one(servers, template, story, seed, policies)

    live()
    print(story)  # noqa: T201 - what the weights come to, shown by pytest -s
    return story


@pytest.fixture
def between_kommuner(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The region has an instruction for moves between kommuner."""
    monkeypatch.setenv("ORDERFLODE_LAGERFLYTT_TYPES", '["lagerflytt", "lagerflytt_mellan_kommuner"]')
    configured.cache_clear()
    yield
    monkeypatch.undo()
    configured.cache_clear()


@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("between_kommuner")
def test_goods_and_orders_stay_right_whatever_happens(servers: ServerUrls, template: str) -> None:
    story = _take(servers, template, int(os.environ.get(STEPS, "2000")), anew=STEPS in os.environ)
    if story.steps >= 2_000:
        assert EXPECTED - story.seen.keys() == set(), f"never seen\n{story}"
        assert {each.__name__ for each in WEIGHTS} - story.done.keys() == set(), f"never done\n{story}"


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.usefixtures("between_kommuner")
def test_goods_and_orders_stay_right_for_fifty_thousand_steps(servers: ServerUrls, template: str) -> None:
    story = _take(servers, template, int(os.environ.get(STEPS, "50000")), anew=True)
    if story.steps >= 50_000:
        assert EVERYTHING - story.seen.keys() == set(), f"never seen\n{story}"
