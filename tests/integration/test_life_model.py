"""Do goods and orders stay right whatever happens, in whatever order? Hypothesis chooses; life_of_goods.py looks.

Two workers, hints that come twice, workers that die, people who change their minds, and stock that is never what it
should be. `ORDERFLODE_MODEL_STEPS` says how many steps to take in all; make test-long takes 50,000.
"""

import os
import uuid
from typing import Any

import psycopg
import pytest
from builders import a_lagerflytt, a_prescription, an_order, own_store_order
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from life_of_goods import Life
from psycopg.conninfo import make_conninfo

from config.database import Database
from config.server_urls import ServerUrls
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import StockMovedMeanwhile, adjust_stock
from workflows.order_types import OrderType
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY
from workflows.steps.deliver import STEP as DELIVER
from workflows.steps.main_line import EVENTS, STEPS
from workflows.steps.pick import STEP as PICK
from workflows.steps.short import ShortTooMuch

STEPS_OF_ONE = 100
EVERY_INVARIANT = 50
"""Steps between two looks at every invariant."""

ARTICLES = st.sampled_from(["A1", "A2", "A3"])
STORES = st.sampled_from(["10", "50301", "50401"])
KINDS: dict[str, Any] = {
    "from lager 10": an_order,
    "from the own store": own_store_order,
    "lagerflytt": a_lagerflytt,
    "lagerflytt elsewhere": lambda *lines, **told: a_lagerflytt(*lines, **{"receiver_code": "50401"} | told),
    "forskrivning": a_prescription,
    "breaks R1": lambda *lines, **told: a_lagerflytt(*lines, **{"sender": "50401"} | told),
}
POLICIES = st.fixed_dictionaries(
    {
        "picking_10": st.sampled_from(["automatic", "confirmed"]),
        "delivery_10": st.sampled_from(["automatic", "confirmed"]),
        "shortage_50401": st.sampled_from(["backorder", "difference"]),
    }
)
EVENT, TYPE = st.sampled_from(EVENTS), st.sampled_from([str(each) for each in OrderType])
ANY, SOME = st.integers(0, 10_000), st.integers(1, 4)
OPEN = ("draft", "validated", "picked", "utleverans", "rejected", "backordered")


class LifeOfGoods(RuleBasedStateMachine):
    """What may happen; every rule may come at any time, and is refused where it is not allowed."""

    servers: ServerUrls
    template: str
    taken = 0
    """Steps of all lives together."""

    def __init__(self) -> None:
        super().__init__()
        self.life: Life | None = None
        self.steps = 0

    @initialize(policies=POLICIES)
    def begin(self, policies: dict[str, str]) -> None:
        self.name = f"life_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {self.name} TEMPLATE {self.template}".encode())
        self.database = Database(make_conninfo(self.servers.database_url, dbname=self.name))
        self.life = Life(self.database, **policies)

    def teardown(self) -> None:
        if self.life is None:
            return
        try:
            self.life.work_to_rest()
            self.life.check()
            self.life.check_all()
        finally:
            self.life.close()
            self.database.close()
            with psycopg.connect(self.servers.database_url, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {self.name} WITH (FORCE)".encode())

    @rule(
        kind=st.sampled_from(sorted(KINDS)),
        lines=st.lists(st.tuples(ARTICLES, SOME), min_size=1, max_size=3),
        akut=st.booleans(),
        partial=st.booleans(),
        again=st.booleans(),
    )
    def order(self, kind: str, lines: list[tuple[str, int]], akut: bool, partial: bool, again: bool) -> None:
        self.life.order(KINDS[kind](*lines, priority=0 if akut else 1, partial=partial), again=again)

    @rule(place=STORES, article=ARTICLES, units=st.integers(1, 8))
    def receive(self, place: str, article: str, units: int) -> None:
        self.life.receive(place, article, units)

    @rule(who=st.integers(0, 1), event=EVENT, order_type=TYPE, limit=st.sampled_from([1, 3, 500]))
    def work(self, who: int, event: str, order_type: str, limit: int) -> None:
        self.life.work(who, event, order_type, limit)

    @rule(event=EVENT, order_type=TYPE)
    def crash(self, event: str, order_type: str) -> None:
        self.life.crash(event, order_type)

    @rule()
    def work_to_rest(self) -> None:
        self.life.work_to_rest()

    @rule(place=STORES, article=ARTICLES, counted=st.integers(0, 8))
    def adjust(self, place: str, article: str, counted: int) -> None:
        self.life.person(
            lambda database: adjust_stock(
                database, Goods(place, article), counted, reason="inventering", actor="model"
            ),
            StockMovedMeanwhile,
        )

    @rule(which=ANY)
    def cancel(self, which: int) -> None:
        order_id = self.life.some_order((*OPEN, "delivered"), which)
        if order_id is not None:
            self.life.person(lambda database: run_named(database, CANCEL, order_id, actor="model", reason="ångrat"))

    @rule(which=ANY)
    def fail_delivery(self, which: int) -> None:
        order_id = self.life.some_order(("utleverans", "delivered"), which)
        if order_id is not None:
            self.life.person(
                lambda database: run_named(database, FAIL_DELIVERY, order_id, actor="model", reason="ingen hemma")
            )

    @rule(which=ANY, event=st.sampled_from([PICK, DELIVER]), article=ARTICLES, missing=st.integers(0, 2))
    def confirm(self, which: int, event: Any, article: str, missing: int) -> None:
        order_id = self.life.some_order(event.from_states, which)
        if order_id is not None:
            short = {article: missing} if missing else {}
            self.life.person(
                lambda database: run_named(database, event, order_id, actor="model", short=short), ShortTooMuch
            )

    @rule(which=ANY, event=st.sampled_from([each for each in EVENTS if each in STEPS]))
    def cancel_while_it_is_worked(self, which: int, event: str) -> None:
        order_id = self.life.some_order(STEPS[event].from_states, which)
        if order_id is not None:
            self.life.both_at_once(
                lambda database, _: run_named(database, CANCEL, order_id, actor="model", reason="ångrat"),
                lambda database, _: run_named(database, STEPS[event], order_id, actor="model"),
            )

    @rule(left=EVENT, right=EVENT, order_type=TYPE)
    def two_workers(self, left: str, right: str, order_type: str) -> None:
        self.life.both_at_once(self.life.hint(left, order_type), self.life.hint(right, order_type))

    @invariant()
    def everything_is_right(self) -> None:
        if self.life is None:
            return
        self.life.check()
        self.steps += 1
        LifeOfGoods.taken += 1
        if self.steps % EVERY_INVARIANT == 0:
            self.life.check_all()


def take(servers: ServerUrls, template: str, steps: int) -> None:
    """Take so many steps, in lives of STEPS_OF_ONE at most."""
    LifeOfGoods.servers, LifeOfGoods.template, LifeOfGoods.taken = servers, template, 0
    while LifeOfGoods.taken < steps:
        run_state_machine_as_test(LifeOfGoods, settings=_settings(steps - LifeOfGoods.taken))


def _settings(steps: int) -> settings:
    return settings(
        max_examples=steps // STEPS_OF_ONE + 1,
        stateful_step_count=STEPS_OF_ONE,
        # A life that fails is told as it was: to make it shorter would take it up a hundred times.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


@pytest.mark.timeout(900)
def test_goods_and_orders_stay_right_whatever_happens(servers: ServerUrls, template: str) -> None:
    take(servers, template, int(os.environ.get("ORDERFLODE_MODEL_STEPS", "2000")))


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_goods_and_orders_stay_right_for_fifty_thousand_steps(servers: ServerUrls, template: str) -> None:
    take(servers, template, 50_000)
