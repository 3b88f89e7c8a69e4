"""Is a cohort equal to its orders one by one? The same orders, worked in both ways, must end in the same state.

Each example is built in one database and copied, so that both begin with equal rows, ids and ages; COMPARED says
what is compared. A step that looks at its cohort where it should look at each order shows here. ORDERFLODE_EXAMPLES
takes more of them, as make test-long does.
"""

import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, NamedTuple

import psycopg
import pytest
from builders import TODAY, a_lagerflytt, a_prescription, a_world, an_order, own_store_order, receive, store
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from psycopg.conninfo import make_conninfo

from config.database import Database
from config.server_urls import ServerUrls
from workflows.allocation import Goods
from workflows.cohort import COHORT
from workflows.counting import adjust_stock
from workflows.intake import NewOrder
from workflows.journal import Worker
from workflows.steps.main_line import work_all
from workflows.verify.checking import verify

EXAMPLES = int(os.environ.get("ORDERFLODE_EXAMPLES", "6"))
MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)
IN_KIL = {"orderer_unit": "04-01", "receiver_code": "04-01", "sender": "50401"}
KINDS: dict[str, Any] = {
    "from lager 10": an_order,
    "from the own store": own_store_order,
    "from another own store": lambda *lines, **told: own_store_order(*lines, **IN_KIL | told),
    "lagerflytt": a_lagerflytt,
    "lagerflytt elsewhere": lambda *lines, **told: a_lagerflytt(*lines, **{"receiver_code": "50401"} | told),
    "forskrivning": a_prescription,
    "direktforskrivning": lambda *lines, **told: a_prescription(
        *lines, **{"customer_order_type": "direktforskrivning", "sender": "50301"} | told
    ),
    "forskrivning elsewhere": lambda *lines, **told: a_prescription(*lines, **{"orderer_unit": "04-01"} | told),
    "breaks R1": lambda *lines, **told: a_lagerflytt(*lines, **{"sender": "50401"} | told),
    "breaks R4": lambda *lines, **told: an_order(*lines, ("A404", 1), **{"sender": "50401"} | told),
    "breaks R6": lambda *lines, **told: a_prescription(*lines, **{"prescriber": "best"} | told),
}


class Sketch(NamedTuple):
    """An order to come: `minute` is its age."""

    kind: str
    lines: list[tuple[str, int]]
    akut: bool
    partial: bool
    minute: int
    equivalent: bool = False


Outcome = dict[str, list[Any]]
ARTICLES = st.sampled_from(["A1", "A2", "A3"])
SKETCHES = st.builds(
    Sketch,
    kind=st.sampled_from(sorted(KINDS)),
    lines=st.lists(st.tuples(ARTICLES, st.integers(1, 4)), min_size=1, max_size=3),
    akut=st.booleans(),
    partial=st.booleans(),
    minute=st.integers(0, 5),
    equivalent=st.booleans(),
)
Units = dict[tuple[str, str], int]
GOODS = st.builds(Goods, st.sampled_from(["10", "50301", "50401"]), ARTICLES)
POLICIES = st.fixed_dictionaries(
    {
        "shortage_50401": st.sampled_from(["backorder", "difference"]),
        "picking_10": st.sampled_from(["automatic", "automatic", "confirmed"]),
        "delivery_50301": st.sampled_from(["automatic", "confirmed"]),
    }
)


def drawn(sketches: Sequence[Sketch]) -> list[NewOrder]:
    return [
        KINDS[each.kind](
            *each.lines,
            priority=0 if each.akut else 1,
            partial=each.partial,
            accept_equivalent=each.equivalent,
            received_at=MORNING + timedelta(minutes=each.minute),
            ordered_on=TODAY,
        )
        for each in sketches
    ]


def begin(
    world: tuple[str, str], sketches: Sequence[Sketch], stock: dict[Any, int], successors: str = "", **policies: str
) -> None:
    """Fill a new database. `successors` are pairs of articles, as SQL says them; some are withdrawn."""
    with closing(Database(world[1])) as database:
        a_world(database, stock=stock, **policies)
        if successors:
            with database.transaction() as tx:
                tx.execute(
                    "UPDATE article a SET successor = s.after, withdrawn = s.withdrawn "
                    f"FROM (VALUES {successors}) AS s (number, after, withdrawn) WHERE a.number = s.number"
                )
        store(database, *drawn(sketches))


@contextmanager
def a_copy(servers: ServerUrls, original: str) -> Iterator[tuple[str, str]]:
    """Name and URL of a database that is equal to another one, which nobody uses at the moment."""
    name = f"equal_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {original}".encode())
        try:
            yield name, make_conninfo(servers.database_url, dbname=name)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def both_ways(
    servers: ServerUrls, world: tuple[str, str], counted: Units, arriving: Sequence[Units], small: int
) -> tuple[Outcome, Outcome]:
    """What comes of the world in cohorts, and in a copy of it in cohorts of `small`, or one by one."""
    name, url = world
    with a_copy(servers, name) as (_, url_of_copy):
        one_by_one = worked(url_of_copy, counted, arriving, small)
    return worked(url, counted, arriving, COHORT), one_by_one


def worked(url: str, counted: Units, arriving: Sequence[Units], cohort: int) -> Outcome:
    """Work everything in cohorts of at most `cohort`, count some goods, let others arrive, and work on after each."""
    with closing(Database(url)) as database, closing(Worker(database)) as worker:
        work_all(database, worker, cohort)
        for goods, units in counted.items():
            adjust_stock(database, Goods(*goods), units, reason="inventering", actor="test")
            work_all(database, worker, cohort)
        for delivery in arriving:
            receive(database, delivery)
            work_all(database, worker, cohort)
        assert verify(database).broken == ()
        with database.transaction() as tx:
            return {
                what: sorted(tx.execute((_NAMED + query).encode()).fetchall(), key=repr)
                for what, query in COMPARED.items()
            }


_NAMED = """
    WITH RECURSIVE named (id, name) AS (
        SELECT id, external_id FROM orders WHERE rest_of IS NULL
        UNION ALL SELECT o.id, n.name || ' rest' FROM orders o JOIN named n ON n.id = o.rest_of)
"""
"""An order by its external id, a restorder by its original's: the numbers of restorder may be given in another
sequence, as a cohort makes all of its own at once."""

COMPARED = {
    "orders": "SELECT n.name, o.state, o.version, o.attempts, o.alone, o.held_reason, o.due_at IS NULL, o.priority, "
    "o.received_at, o.sender, o.partial, o.violations::text, o.evidence::text FROM named n JOIN orders o USING (id)",
    "history": "SELECT n.name, h.version, h.event, h.from_state, h.to_state, h.actor, h.reason, h.details::text "
    "FROM named n JOIN history h ON h.order_id = n.id",
    "lines": "SELECT n.name, l.line_no, l.article, l.ordered_article, l.quantity, l.on_rest, "
    "l.short_delivered "
    "FROM named n JOIN order_line l ON l.order_id = n.id",
    "balances": "SELECT store, article, on_hand, reserved, outbound FROM stock_balance",
    "movements": "SELECT n.name, m.order_version, m.line_no, m.kind, m.article, m.quantity, m.from_place, "
    "m.from_store, m.to_place, m.to_store FROM movement m LEFT JOIN named n ON n.id = m.order_id",
    "utleveranser": "SELECT n.name, u.store, u.year, l.line_no, l.article, l.quantity FROM named n "
    "JOIN utleverans u ON u.order_id = n.id JOIN utleverans_line l ON l.utleverans = u.id",
    "waiting": "SELECT DISTINCT n.name, w.store, w.priority, w.received_at "
    "FROM named n JOIN waiting_line w ON w.order_id = n.id",
    "numbers": "SELECT number FROM utleverans",
    "number of each": "SELECT n.name, u.number FROM named n JOIN utleverans u ON u.order_id = n.id "
    "WHERE NOT EXISTS (SELECT FROM history h WHERE h.order_id = n.id AND h.event = 'resume')",
    "left over": "SELECT 'restock', store || article FROM restock UNION ALL SELECT 'claim', event FROM claim",
}
"""Everything the work leaves behind, but moments and ids, and the articles a waiting order was last seen to lack: they
are noted anew whenever it is looked at, and cohorts look at it at other moments.
Which of its store's numbers an order has is compared where
orders are due in one sequence in both ways: numbered by age, and never waiting, as a cohort goes on at one moment."""


@pytest.mark.timeout(600)
# Without shrinking: an example is two worlds worked to their ends, and a smaller one would take minutes to find.
@settings(
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    sketches=st.lists(SKETCHES, min_size=1, max_size=40),
    stock=st.dictionaries(GOODS, st.integers(1, 20)),
    policies=POLICIES,
    counted=st.dictionaries(GOODS, st.integers(0, 6), max_size=2),
    arriving=st.lists(st.dictionaries(GOODS, st.integers(1, 12), min_size=1), max_size=2),
    small=st.sampled_from([1, 1, 3]),
    successors=st.sampled_from(
        [
            "",
            "('A1', 'A2', false)",
            "('A1', 'A2', false), ('A2', 'A3', false)",
            "('A1', 'A2', true), ('A2', 'A1', false)",
            "('A1', 'A2', false), ('A2', 'A3', true), ('A3', 'A1', false)",
        ]
    ),
)
def test_a_cohort_ends_as_its_orders_one_by_one(
    servers: ServerUrls, template: str, sketches: list[Sketch], stock: dict[Goods, int], policies: dict[str, str],
    counted: Units, arriving: list[Units], small: int, successors: str,
) -> None:  # fmt: skip
    by_age = sorted(sketches, key=lambda each: each.minute) == sketches
    with a_copy(servers, template) as world:
        begin(world, sketches, dict(stock), successors, **policies)
        in_cohorts, one_by_one = both_ways(servers, world, counted, arriving, small)
    for what in COMPARED if by_age else COMPARED.keys() - {"number of each"}:
        assert in_cohorts[what] == one_by_one[what], what


def as_many_as_a_cohort_holds(random: Random) -> list[Sketch]:
    """Numbered by age; more is asked of the first articles than of the last."""
    return [
        Sketch(
            random.choice(sorted(KINDS)),
            [
                (f"A{min(random.randint(1, 10), random.randint(1, 10))}", random.randint(1, 4))
                for _ in range(number % 3 + 1)
            ],
            akut=random.random() < 0.1,
            partial=random.random() < 0.2,
            minute=number,
            equivalent=random.random() < 0.3,
        )
        for number in range(COHORT)
    ]


def test_five_hundred_orders_end_as_one_by_one_and_with_the_same_numbers(servers: ServerUrls, template: str) -> None:
    sketches = as_many_as_a_cohort_holds(Random(500))
    stock = {
        Goods(code, f"A{n}"): units for code, units in (("10", 70), ("50301", 20), ("50401", 9)) for n in range(1, 11)
    }
    arriving: list[Units] = [{Goods("10", article): 15 for article in ("A1", "A2", "A5")}]
    with a_copy(servers, template) as world:
        begin(
            world,
            sketches,
            stock,
            "('A1', 'A2', false), ('A2', 'A3', false)",
            shortage_50401="backorder",
            picking_50301="confirmed",
        )
        in_cohorts, one_by_one = both_ways(servers, world, {Goods("50301", "A2"): 3}, arriving, 1)
    assert {state for _, state, *_ in in_cohorts["orders"]} == {"delivered", "rejected", "backordered", "validated"}
    assert {"resume", "unreserve"} <= {event for _, _, event, *_ in in_cohorts["history"]}
    for what in COMPARED:
        assert in_cohorts[what] == one_by_one[what], what
