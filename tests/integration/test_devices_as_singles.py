"""Does each device end with the same order, whether orders are worked in a cohort or one by one?

As test_cohorts_equal_singles.py, with devices that orders name, contend for, or are allotted.
"""

from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

import pytest
from builders import a_lagerflytt, a_prescription, an_order, own_store_order, receive, store
from devices_world import a_marked_world, arrive
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from integration.test_cohorts_equal_singles import _NAMED, COMPARED, EXAMPLES, MORNING, a_copy

from config.database import Database
from config.server_urls import ServerUrls
from workflows.cohort import COHORT
from workflows.intake import NewOrder
from workflows.journal import Worker
from workflows.steps.main_line import work_all
from workflows.verify.checking import verify

KINDS = {"hms": an_order, "own": own_store_order, "flytt": a_lagerflytt, "forskrivning": a_prescription}
SERIALS = [f"S{number}" for number in range(8)]


class Sketch(NamedTuple):
    """An order of some A9, with the devices it names, and perhaps of some A1."""

    kind: str
    units: int
    named: list[str]
    beside: int
    akut: bool
    partial: bool


SKETCHES = st.builds(
    Sketch,
    kind=st.sampled_from(sorted(KINDS)),
    units=st.integers(1, 3),
    named=st.lists(st.sampled_from(SERIALS), max_size=3, unique=True),
    beside=st.sampled_from([0, 0, 1, 2]),
    akut=st.booleans(),
    partial=st.booleans(),
)
DEVICES = {
    "devices": "SELECT d.article, d.serial_number, d.place, d.store, n.name, d.line_no "
    "FROM device d LEFT JOIN named n ON n.id = d.order_id",
    "lives": "SELECT e.article, e.serial_number, e.event, e.place, e.store, n.name, e.actor "
    "FROM device_event e LEFT JOIN named n ON n.id = e.order_id",
    "numbers on lines": "SELECT n.name, l.line_no, l.serial_numbers FROM named n "
    "JOIN order_line l ON l.order_id = n.id",
}


def drawn(sketches: list[Sketch]) -> list[NewOrder]:
    orders = []
    for minute, each in enumerate(sketches):
        lines = [("A9", max(each.units, len(each.named))), *([("A1", each.beside)] if each.beside else [])]
        order = KINDS[each.kind](
            *lines,
            priority=0 if each.akut else 1,
            partial=each.partial,
            received_at=MORNING + timedelta(minutes=minute),
        )
        first = replace(order.lines[0], serial_numbers=tuple(each.named))
        orders.append(replace(order, lines=(first, *order.lines[1:])))
    return orders


def worked(url: str, cohort: int, unmarked: int) -> dict[str, list[object]]:
    with closing(Database(url)) as database, closing(Worker(database)) as worker:
        work_all(database, worker, cohort)
        for arriving in ("T1 T2", "T3 T4 T5"):
            arrive(database, "10", arriving)
            work_all(database, worker, cohort)
        receive(database, {("10", "A9"): unmarked, ("10", "A1"): 3})
        work_all(database, worker, cohort)
        assert verify(database).broken == ()
        with database.transaction() as tx:
            return {
                what: sorted(tx.execute((_NAMED + query).encode()).fetchall(), key=repr)
                for what, query in (COMPARED | DEVICES).items()
            }


@pytest.mark.timeout(600)
@settings(
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    deadline=None,
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(
    sketches=st.lists(SKETCHES, min_size=1, max_size=25),
    here=st.lists(st.sampled_from(SERIALS), unique=True, max_size=6),
    unmarked=st.integers(0, 4),
    small=st.sampled_from([1, 1, 3]),
)
@example(
    # Two of different types wait and name the same device: the first in the queue gets it, whatever its type.
    sketches=[
        Sketch(kind="forskrivning", units=3, named=["S6", "S0", "S1"], beside=0, akut=True, partial=True),
        Sketch(kind="hms", units=1, named=["S5", "S0", "S1"], beside=0, akut=True, partial=True),
    ],
    here=["S6", "S7"],
    unmarked=1,
    small=1,
)
def test_devices_end_where_they_do_one_by_one(
    servers: ServerUrls, template: str, sketches: list[Sketch], here: list[str], unmarked: int, small: int
) -> None:
    with a_copy(servers, template) as (name, url):
        with closing(Database(url)) as database:
            a_marked_world(database, {"10": " ".join(here[:4]), "50301": " ".join(here[4:])} if here[4:] else {})
            receive(database, {("10", "A9"): unmarked})
            store(database, *drawn(sketches))
        with a_copy(servers, name) as (_, url_of_copy):
            one_by_one = worked(url_of_copy, small, unmarked)
        in_cohorts = worked(url, COHORT, unmarked)
    for what in COMPARED.keys() | DEVICES.keys():
        assert in_cohorts[what] == one_by_one[what], what
