"""Is every read bounded by an index, however many orders there are? Asked of the plans, never of a clock.

Next: workflows/migrations/sql/0003_reads.sql (the indexes), benchmarks/reads.py (how long the reads take).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest
from builders import a_worker, a_world
from conftest import fresh_database
from read_plans import LARGE, Explaining

from config.database import EVERYTHING, Connection, Database
from config.server_urls import ServerUrls
from config.settings import STANDING_HOURS
from workflows.backorders import list_backorders, list_queue
from workflows.cohort import run_due
from workflows.deliveries import DeliveryFilter, Outcome, list_deliveries
from workflows.due import anything_ahead, documents_due, what_is_due
from workflows.held_orders import held_orders, retrying_orders
from workflows.kommun_status import kommun_status
from workflows.kommun_trend import kommun_trend
from workflows.order_counts import count_orders
from workflows.order_progress import progress
from workflows.order_rows import begin_with, order_rows, those_seen
from workflows.order_standing import standing_of
from workflows.order_timeline import timeline
from workflows.overdue import overdue
from workflows.overview import count_up_to, orders_ahead, status
from workflows.patient_records import is_protected, orders_of, things_held
from workflows.pick_list_prints import latest_prints, mark_printed
from workflows.picking import orders_to_pick, queue_to_pick
from workflows.queries import OrderFilter, find_order, history_of, list_orders, read_orders
from workflows.receivers import receivers_of
from workflows.searching import search, sources_of_orders
from workflows.steps.main_line import STEPS
from workflows.trend import trend
from workflows.watchdog import standing_orders

RARE, ENDED, DRAFTS = range(1, 5), range(5, 3_005), range(3_005, 5_005)
PAGE = 5
OF_KIL, NOTES = 10, 30
KINDS = 24

_ORDERS = """
    INSERT INTO orders (source, external_id, body_hash, order_type, priority, received_at, due_at, kommun, sender,
        receiver_kind, receiver_code, orderer_person, orderer_unit, partial, ordered_on, created_by)
    SELECT 'many', n::text, '', CASE WHEN n < 5 THEN 'lagerflyttsorder' ELSE 'bestallning' END, 1, now(), now(),
        CASE WHEN n % 2000 = 7 THEN 'Kil' ELSE 'Karlstad' END, CASE WHEN n < 5 THEN '50401' ELSE '10' END,
        CASE WHEN n % 2000 = 9 THEN 'kommunlager' ELSE 'vardenhet' END,
        CASE WHEN n % 2000 = 9 THEN '50401' ELSE '03-05' END, 'best', '03-05', false, current_date, 'test'
    FROM generate_series(1, 5004) n;
    INSERT INTO order_line (order_id, line_no, article, quantity) SELECT id, 1, 'A1', 1 FROM orders;
    SET session_replication_role = replica;
    UPDATE orders SET state = 'rejected', violations = '[]', due_at = NULL WHERE id < 5;
    INSERT INTO utleverans (order_id, store, year, sequence, note_due)
    SELECT id, '10', 2025, id, id % 100 = 0 FROM orders WHERE id BETWEEN 5 AND 3004;
    INSERT INTO utleverans_line SELECT id, 1, 'A1', 1 FROM utleverans;
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, order_id, order_version,
        line_no, actor)
    SELECT 'pick', 'A1', 1, 'store', '10', 'outbound', '10', order_id, 3, 1, 'test' FROM utleverans;
    UPDATE orders o SET state = 'delivered', utleverans = u.id, ended_at = now(), due_at = NULL FROM utleverans u
    WHERE u.order_id = o.id;
    UPDATE orders SET state = 'validated', due_at = NULL, promised_by = received_at WHERE id % 500 = 0 AND id > 3004;
    UPDATE orders SET held_since = now(), held_reason = 'x' WHERE id % 400 = 1 AND id > 3004;
    UPDATE orders SET state = 'backordered', due_at = NULL WHERE id = 4002;
    INSERT INTO waiting_line SELECT '10', 'A1', 1, received_at, id, 1 FROM orders WHERE id = 4002;
    RESET session_replication_role;
"""


@pytest.fixture(scope="module")
def many(servers: ServerUrls, template: str) -> Iterator[Database]:
    """Thousands of orders in one store, type and two states, and before them all four of another; they stay so. OF_KIL
    are of a small kommun: the four, which leave its store, three that reach it, and three of its unit's."""
    with fresh_database(servers, template) as url:
        database = Database(url)
        yield _with_many(database)
        database.close()


def _with_many(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 9_000})
    with database.session() as owner:
        owner.execute(_ORDERS.encode())
        owner.execute("VACUUM ANALYZE")
    return database


WHO = [None, EVERYTHING, "Karlstad", "Kil"]
"""A process of ours, and who asks for the whole region, for a kommun that has nearly all of it, and for a small one."""

OF_A_STORE = WHO[:3]
"""Who has much to do with lager 10: what waits there is asked for by its own people."""


def is_of(order: dict[str, Any], kommun: str | None) -> bool:
    its_store = {"Karlstad": "50301", "Kil": "50401"}.get(kommun or "")
    return kommun is None or kommun == order["kommun"] or its_store in (order["sender"], order["receiver_code"])


@contextmanager
def explained(database: Database, kommun: str | None = None) -> Iterator[Any]:
    with database.transaction(kommun=kommun) as tx:
        explaining, before = Explaining(tx), read_from_end_to_end(tx)
        yield explaining
        assert explaining.read_from_end_to_end() == set()
        assert read_from_end_to_end(tx) == before


def read_from_end_to_end(tx: Connection) -> list[tuple[Any, ...]]:
    """How often this connection has read each large table so, within functions too."""
    return tx.execute(
        "SELECT relname, seq_scan FROM pg_stat_xact_user_tables WHERE relname = ANY(%s) ORDER BY 1", (list(LARGE),)
    ).fetchall()


FILTERS = [
    {}, {"state": "draft"}, {"state": "rejected"}, {"state": "picked"}, {"state": "delivered"},
    {"order_type": "bestallning"}, {"order_type": "lagerflyttsorder"}, {"order_type": "forskrivning"},
    {"store": "10"}, {"store": "50401"}, {"store": "50301"},
    {"state": "draft", "order_type": "lagerflyttsorder"}, {"state": "delivered", "order_type": "bestallning"},
    {"state": "draft", "store": "50401"}, {"state": "rejected", "store": "10"}, {"state": "rejected", "store": "50401"},
    {"order_type": "bestallning", "store": "50401"}, {"order_type": "lagerflyttsorder", "store": "10"},
    {"state": "delivered", "order_type": "lagerflyttsorder", "store": "10"},
]  # fmt: skip


@pytest.mark.parametrize("wanted", FILTERS, ids=str)
def test_a_list_reads_as_many_orders_as_it_shows(many: Database, wanted: dict[str, Any]) -> None:
    for before in (None, 5_000, 3_000, 3):
        with many.transaction() as plain:
            every = list_orders(plain, OrderFilter(before=before), 10_000)
        matching = [each for each in every if all(each[_KEY.get(name, name)] == is_ for name, is_ in wanted.items())]
        for who in WHO:
            kommun = None if who == EVERYTHING else who
            kinds = 3 if "state" in wanted or not (wanted or kommun) else KINDS
            own = [each for each in matching if is_of(each, kommun)]
            with explained(many, who) as tx:
                found = list_orders(tx, OrderFilter(**wanted, before=before, kommun=kommun), PAGE)
                # For who asks, each line and each utleverans of an order asks once more whether the order is there.
                once_more = (1 if who is None else 5) * len(found)
                # A small kommun's page reads no other's orders; one of its own it may find by two ways.
                most = 2 * OF_KIL if kommun == "Kil" else kinds * PAGE
                assert tx.rows_read("orders") <= min(most, kinds * PAGE) + once_more
                # A row is a page at most, and the way down an index and along it a few.
                ways = kinds if kommun is None else 3 * kinds
                assert tx.pages_read("orders") <= tx.rows_read("orders") + 5 * (ways + len(found)) + 2 * once_more
            assert [each["id"] for each in found] == [each["id"] for each in own[:PAGE]]


_KEY = {"store": "sender"}


@pytest.mark.parametrize(
    "wanted", [{}, {"store": "10"}, {"state": "draft"}, {"state": "picked", "store": "50401"}], ids=str
)
def test_a_list_of_held_orders_reads_the_held_ones(many: Database, wanted: dict[str, Any]) -> None:
    with explained(many) as tx:
        found = list_orders(tx, OrderFilter(**wanted, held=True), 100)
        assert tx.rows_read("orders") <= 5 + len(found)
    assert len(found) == (0 if "50401" in wanted.values() else 5)


ONE_BY_ONE: dict[str, Callable[[Connection], object]] = {
    "order page": lambda tx: (read_orders(tx, [7]), history_of(tx, 7)),
    "how far": lambda tx: progress(tx, 7),
    "what happened": lambda tx: timeline(tx, 7, with_looks=True),
    "rows of a list": lambda tx: order_rows(tx, [4711, 7, 5]),
    "begin with": lambda tx: begin_with(tx, "471"),
    "begin with, of a source": lambda tx: begin_with(tx, "many:471"),
    "those seen": lambda tx: those_seen(tx, [4711, 7, 5], OrderFilter(state="draft", kommun="Karlstad")),
    "number": lambda tx: find_order(tx, "4711"),
    "external id": lambda tx: find_order(tx, "many:4711"),
    "counts": count_orders,
    "due": what_is_due,
    "anything ahead": anything_ahead,
    "documents due": documents_due,
    "held": lambda tx: count_up_to(tx, "held", PAGE),
    "retrying": lambda tx: count_up_to(tx, "retrying", PAGE),
    "held orders": lambda tx: held_orders(tx, None, None, PAGE),
    "retrying orders": lambda tx: retrying_orders(tx, "Karlstad", None, PAGE),
    "a patient": lambda tx: (orders_of(tx, [1]), things_held(tx, [1]), is_protected(tx, [1])),
    "pick list": lambda tx: orders_to_pick(tx, "10", PAGE),
    "queue to pick": lambda tx: queue_to_pick(tx, "10", PAGE, after=3_500, unprinted=True),
    "standing of one": lambda tx: standing_of(tx, 4711, "pick"),
    "receivers": lambda tx: receivers_of(tx, [4711, 7]),
    "prints": lambda tx: latest_prints(tx, [4711, 7]),
    "backorders": lambda tx: list_backorders(tx, None, None),
    "queue": lambda tx: list_queue(tx, "10", "A1"),
    "standing": lambda tx: standing_orders(tx, STANDING_HOURS, datetime.now(UTC)),
    "trend": lambda tx: trend(tx, datetime.now(UTC)),
    "sources": sources_of_orders,
    "search": lambda tx: search(tx, "4711", ["many"], devices=True),
}


ASKED = (
    "order page", "number", "external id", "held", "held orders", "retrying orders", "a patient", "queue to pick",
    "standing of one", "receivers", "prints", "rows of a list", "those seen", "search",
)  # fmt: skip
"""Of these, what a route asks in the name of a kommun."""


@pytest.mark.parametrize("who", WHO[1:])
@pytest.mark.parametrize("what", ASKED)
def test_what_is_few_is_read_without_the_rest_for_who_asks_too(many: Database, what: str, who: str) -> None:
    with explained(many, who) as tx:
        ONE_BY_ONE[what](tx)
        assert tx.rows_read("orders") <= 100
        assert tx.rows_read("order_line") <= 30


@pytest.mark.parametrize("what", ONE_BY_ONE)
def test_what_is_few_is_read_without_the_rest(many: Database, what: str) -> None:
    with explained(many) as tx:
        ONE_BY_ONE[what](tx)
        assert tx.rows_read("orders") <= 100
        assert tx.rows_read("order_line") <= 30


def test_a_page_of_the_queue_to_pick_reads_as_many_orders_as_it_shows(database: Database) -> None:
    many = _with_many(database)
    with many.session() as owner:
        owner.execute(
            "SET session_replication_role = replica; UPDATE orders SET state = 'validated', due_at = NULL, "
            "priority = (id % 2)::int WHERE id > 3004 AND id % 4 = 0 AND held_since IS NULL; ANALYZE orders"
        )
    with many.transaction() as tx:
        first = queue_to_pick(tx, "10", 30)
        mark_printed(tx, first[3:6], "anna")
    for who in OF_A_STORE:
        with explained(many, who) as tx:
            assert queue_to_pick(tx, "10", PAGE) == first[:PAGE]
            assert queue_to_pick(tx, "10", PAGE, after=first[19]) == first[20 : 20 + PAGE]
            assert tx.rows_read("orders") <= 2 * (PAGE + 2)
            assert tx.indexes_of("orders") == {"orders_to_pick", "orders_pkey"}
            assert queue_to_pick(tx, "10", PAGE, unprinted=True) == first[:3] + first[6:8]


def test_a_list_of_utleveranser_reads_as_many_orders_as_it_shows(database: Database) -> None:
    many = _with_many(database)
    with many.session() as owner:
        # Some on their way and some that came back, among thousands delivered; and as many cancelled that never left.
        owner.execute(
            "SET session_replication_role = replica; "
            "UPDATE orders SET state = 'utleverans', ended_at = NULL WHERE id % 100 = 7 AND id BETWEEN 5 AND 3004; "
            "UPDATE orders SET state = 'cancelled' WHERE id % 100 = 8 AND id BETWEEN 5 AND 3004; "
            "UPDATE orders SET state = 'cancelled', due_at = NULL, ended_at = now() WHERE id > 4200; ANALYZE orders"
        )
    kinds: dict[Outcome, list[int]] = {
        "utleverans": [n for n in ENDED if n % 100 == 7],
        "cancelled": [n for n in ENDED if n % 100 == 8],
        "delivered": [n for n in ENDED if n % 100 not in (7, 8)],
    }
    for outcome, oldest_first, after in product(kinds, (True, False), (None, 1_000)):
        numbers = kinds[outcome] if oldest_first else kinds[outcome][::-1]
        for who in OF_A_STORE:
            theirs = [n for n in numbers if who != "Karlstad" or n % 2_000 != 7]
            right = [n for n in theirs if after is None or (n > after if oldest_first else n < after)][:PAGE]
            with explained(many, who) as tx:
                found = list_deliveries(tx, DeliveryFilter("10", outcome, oldest_first, after), PAGE)
                rows = 3 * PAGE + (1 if who is None else 5) * len(found)
                assert tx.rows_read("orders") <= rows
                assert tx.pages_read("orders") <= rows + 5 * (3 + 5 * len(found))
            assert [each["id"] for each in found] == right


def test_the_status_of_a_small_kommun_counts_its_own_orders(many: Database) -> None:
    with explained(many, "Kil") as tx:
        told = kommun_status(tx, "Kil")
        # Each note that is due asks whose order it is of.
        assert tx.rows_read("orders") <= 4 * OF_KIL + NOTES
    assert sum(each["count"] for each in told["orders"]) == len({*RARE, 4007, 4009})
    assert told["due"] == 2


def test_what_is_overdue_is_found_without_reading_every_order(many: Database) -> None:
    with explained(many) as tx:
        overdue(tx, datetime.now(UTC))


def test_the_status_counts_up_to_its_bound(many: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.overview.MOST_COUNTED", PAGE)
    monkeypatch.setattr("workflows.overview.MOST_STANDING", PAGE)
    with explained(many) as tx:
        told = status(tx)
        orders_ahead(tx)
        assert tx.rows_read("orders") <= 20 * PAGE
    assert told["due"] == told["documents_due"] == PAGE
    assert set(told["at_least"]) >= {"due", "documents_due"}
    assert {(each["order_type"], each["state"]): each["count"] for each in told["orders"]} == {
        ("lagerflyttsorder", "draft"): 4, ("bestallning", "draft"): 5_000
    }  # fmt: skip


def test_a_kommuns_trend_looks_at_the_latest_happenings_up_to_its_bound(
    many: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.kommun_trend.MOST_LOOKED_AT", PAGE)
    with explained(many) as tx:
        told = kommun_trend(tx, "Karlstad", datetime.now(UTC))
        assert tx.rows_read("history") == tx.rows_read("orders") == PAGE
    assert (sum(hour.received for hour in told.hours), told.more) == (PAGE, True)


class _ExplainingDatabase(Database):
    """The test's database: it keeps the claims' plans, and whether a step has read a table from end to end."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.claims: list[Explaining] = []

    @contextmanager
    def transaction(self, **options: Any) -> Iterator[Any]:
        with super().transaction(**options) as tx:
            claim, before = _Claiming(tx), read_from_end_to_end(tx)
            yield claim
            self.claims.append(claim)
            assert read_from_end_to_end(tx) == before


class _Claiming(Explaining):
    """Explains the claim alone: what a step writes must not be done twice."""

    def _explain(self, query: str | bytes, parameters: Any) -> None:
        if "SKIP LOCKED" in (query if isinstance(query, str) else query.decode()):
            super()._explain(query, parameters)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


def test_a_step_claims_by_the_index_of_the_due_and_reads_no_table_from_end_to_end(database: Database) -> None:
    explaining = _ExplainingDatabase(_with_many(database).url)
    try:
        with a_worker(database) as worker:
            for step in STEPS.values():
                assert run_due(explaining, step, "bestallning", worker, limit=50).claimed == 50
    finally:
        explaining.close()
    for claim in explaining.claims:
        assert claim.indexes_of("orders") == {"orders_due", "orders_alone"}
        assert claim.rows_read("orders") <= 2 * 50
