"""Is what a store's pages read bounded, however much has moved and however many articles there are? Asked of the plans.

Next: test_read_plans.py (the world of orders), workflows/migrations/sql/0005_stock.sql (the indexes).
"""

from collections.abc import Iterator
from typing import Any

import pytest
from builders import a_world
from conftest import fresh_database
from read_plans import Explaining

from config.database import EVERYTHING, Database
from config.server_urls import ServerUrls
from workflows.counts.sheet_pages import page_of_lines
from workflows.differences import DifferenceFilter, page_of_differences
from workflows.returns.reading import list_returns
from workflows.shelves import Wanted, devices_on_shelf, movements_of_shelf, page_of_shelves

PAGE = 5

_MOVED = """
    INSERT INTO article (number, name, individual, withdrawn)
    SELECT 'B' || n, 'Artikel B' || n, n = 1, false FROM generate_series(1, 4000) n;
    INSERT INTO stock_balance (store, article, on_hand)
    SELECT s, 'B' || n, 7 FROM generate_series(1, 4000) n, unnest(ARRAY['50301', '50401']) s;
    INSERT INTO stock_target (store, article, reorder_point, target)
    SELECT s, 'B' || n, 7 * (n % 2), 9 FROM generate_series(1, 4000) n, unnest(ARRAY['50301', '50401']) s;
    SET session_replication_role = replica;
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, document, actor)
    SELECT CASE WHEN n % 10 = 0 THEN 'adjust' ELSE 'receive' END, 'B' || n % 3, 1,
        CASE WHEN n % 10 = 0 THEN 'difference' ELSE 'supplier' END, CASE WHEN n % 10 = 0 THEN s ELSE '' END, 'store', s,
        s || n || ': x', 'test'
    FROM generate_series(1, 6000) n, unnest(ARRAY['50301', '50401']) s;
    INSERT INTO device (article, serial_number, place, store)
    SELECT 'B1', n, 'store', CASE WHEN n % 150 = 0 THEN '50301' ELSE '50401' END FROM generate_series(1, 3000) n;
    INSERT INTO stock_count (store, opened_by) VALUES ('50301', 'test');
    INSERT INTO stock_count_line (count_id, store, article) SELECT 1, '50301', 'B' || n FROM generate_series(1, 4000) n;
    INSERT INTO return_order (store, reason, asked, requested_by, state, ended_at)
    SELECT s, 'x', '{}', 'test', 'closed', now() FROM generate_series(1, 2000), unnest(ARRAY['50301', '50401']) s;
    INSERT INTO return_order (store, reason, asked, requested_by)
    SELECT s, 'x', '{}', 'test' FROM generate_series(1, 6), unnest(ARRAY['50301', '50401']) s;
    INSERT INTO return_order (store, reason, asked, requested_by, state, ended_at)
    SELECT '50401', 'x', '{}', 'test', 'closed', now() FROM generate_series(1, 2000);
    RESET session_replication_role;
"""


@pytest.fixture(scope="module")
def moved(servers: ServerUrls, template: str) -> Iterator[Database]:
    """Two stores with thousands of articles, movements, differences and devices; nothing here changes them."""
    with fresh_database(servers, template) as url:
        database = Database(url)
        a_world(database)
        with database.session() as owner:
            owner.execute(_MOVED.encode())
            owner.execute("VACUUM ANALYZE")
        yield database
        database.close()


@pytest.fixture(params=[None, EVERYTHING, "Karlstad"], ids=str)
def asked(moved: Database, request: pytest.FixtureRequest) -> Any:
    """What was read, by a process of ours and by who asks for the region and for a kommun."""
    with moved.transaction(kommun=request.param) as tx:
        yield Explaining(tx)


def test_a_page_of_balances_reads_a_page(asked: Any) -> None:
    found, following = page_of_shelves(asked, "50301", Wanted(after="B2"), PAGE)
    assert (len(found), following) == (PAGE, found[-1]["article"])
    assert asked.rows_read("stock_balance") <= 3 * PAGE
    assert asked.rows_read("stock_target") <= 3 * PAGE
    assert asked.rows_read("orders") == 0


def test_a_search_reads_the_store_and_no_other(asked: Any) -> None:
    found, following = page_of_shelves(asked, "50301", Wanted(search="B39", below=True), PAGE)
    assert (len(found), following) == (PAGE, found[-1]["article"])
    assert asked.rows_read("stock_balance") <= 2 * 4_000 + PAGE


@pytest.mark.parametrize("before", [None, 6_000])
def test_the_latest_movements_are_read_without_the_others(asked: Any, before: int | None) -> None:
    found = movements_of_shelf(asked, "50301", "B1", before, PAGE)
    assert len(found) == PAGE
    assert asked.rows_read("movement") <= 2 * PAGE
    assert asked.indexes_of("movement") <= {"movement_from_shelf", "movement_to_shelf"}


def test_the_latest_differences_are_read_without_other_movements(asked: Any) -> None:
    assert len(page_of_differences(asked, DifferenceFilter("50301"), None, PAGE)) == PAGE
    assert asked.rows_read("movement") <= 2 * PAGE


def test_a_page_of_devices_reads_a_page(asked: Any) -> None:
    assert len(devices_on_shelf(asked, "50301", "B1", "12", PAGE)) == PAGE
    assert asked.rows_read("device") <= 2 * PAGE


def test_a_page_of_a_count_reads_the_counts_own_lines(asked: Any) -> None:
    found, following = page_of_lines(asked, 1, "left", "B2", PAGE)
    assert (len(found), following) == (PAGE, found[-1]["article"])
    assert asked.rows_read("stock_count_line") <= 4_001


def test_open_returns_are_read_without_those_that_have_ended(asked: Any) -> None:
    assert len(list_returns(asked, state="open", limit=PAGE)) == PAGE
    assert asked.rows_read("return_order") <= 2 * 12
