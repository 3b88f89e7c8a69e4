"""Is a page of the access log found by an index, however long the log is? Asked of the plans, never of a clock.

Next: workflows/log_search.py, workflows/migrations/sql/0005_review.sql.
"""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from read_plans import Explaining

from config.database import Connection, Database
from workflows.log_search import LookFilter, search_looks

ROWS, PAGE = 20_000, 10
EVER = LookFilter(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


@pytest.fixture
def log(database: Database) -> Database:
    """A long log: the first rows are somebody's, of a kind, an order and a kommun that no later row is."""
    with database.session() as owner:
        owner.execute(
            "INSERT INTO access_log (at, actor, kommun, action, why, order_id) SELECT '2026-01-01'::timestamptz "
            "+ n * interval '1 minute', CASE WHEN n < 5 THEN 'sara' ELSE 'anna' END, "
            "CASE WHEN n < 5 THEN 'Kil' ELSE 'Karlstad' END, CASE WHEN n < 5 THEN 'recall' ELSE 'print' END, 'x', "
            f"CASE WHEN n < 5 THEN 7 ELSE n + 7 END FROM generate_series(1, {ROWS}) n"
        )
        owner.execute("VACUUM ANALYZE access_log")
    return database


@pytest.mark.parametrize(
    "asked",
    [
        {}, {"actor": "anna"}, {"actor": "sara"}, {"action": "recall"}, {"kommun": "Kil"}, {"order": 7},
        {"actor": "sara", "action": "recall", "kommun": "Kil"}, {"actor": "anna", "before": 300},
        {"begins": datetime(2026, 1, 2, tzinfo=UTC), "ends": datetime(2026, 1, 3, tzinfo=UTC)},
    ],
    ids=str,
)  # fmt: skip
def test_a_page_reads_as_many_rows_as_it_shows(log: Database, asked: dict[str, Any]) -> None:
    with log.transaction() as tx:
        explaining = Explaining(tx)
        found = search_looks(cast(Connection, explaining), replace(EVER, **asked), PAGE)
        assert explaining.rows_read("access_log") <= PAGE + 2
    assert len(found) == (4 if asked.keys() & {"order", "kommun", "action"} or asked.get("actor") == "sara" else PAGE)
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
