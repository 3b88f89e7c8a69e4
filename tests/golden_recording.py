"""How are the histories of a release recorded? Orders of every type go any way that is allowed, by the real steps.

    .venv/bin/python tests/golden_recording.py

writes golden/histories_VERSION.ndjson of the version in pyproject.toml, as often as its machines are changed on purpose
before it is released: once the changelog names the release, its histories stand. Next: golden_histories.py.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from builders import CONFIRMED, a_lagerflytt, a_prescription, a_world, an_order, receive, run_step, states, store
from golden_histories import FOLDER, History, file_of, write

from config.database import Database
from config.server_urls import server_urls
from config.settings import Settings
from workflows.allocation import Goods
from workflows.cohort import run_named
from workflows.counting import adjust_stock
from workflows.intake import NewLine, NewOrder
from workflows.machines import all_transitions, allowed_events
from workflows.migrations import migrate
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY
from workflows.steps.main_line import STEPS
from workflows.steps.reduce import reduce_by

SEED = 20261128
WALKS = 60
"""Orders of each type."""
LONGEST = 12
"""Transitions of an order at most: some are in flight when the next release comes."""
UNITS = 50

KINDS: tuple[Callable[..., NewOrder], ...] = (an_order, a_lagerflytt, a_prescription)


def record(database: Database) -> list[History]:
    """Let orders go; the different ways that they went, sorted. Raises AssertionError if a transition was not made."""
    chance = Random(SEED)
    a_world(database, **CONFIRMED)
    for number in range(WALKS):
        for kind in KINDS:
            _walk(database, chance, kind, f"W{kind.__name__}{number}")
    recorded = _histories(database)
    assert set(all_transitions()) == set().union(*(each.transitions() for each in recorded))
    return recorded


def _walk(database: Database, chance: Random, kind: Callable[..., NewOrder], article: str) -> None:
    """One order, of an article of its own: there is enough of it, or nothing yet, or it does not exist."""
    with database.transaction() as tx:
        tx.execute("INSERT INTO article VALUES (%s, 'Artikel', '122203', NULL, false, false)", (article,))
    if chance.random() < 0.7:
        receive(database, {("10", article): UNITS})
    good = kind((article, UNITS))
    bad = replace(good, lines=(NewLine("finns inte", 1, ()),))
    (order_id,) = store(database, bad if chance.random() < 0.3 else good)
    ways = _ways(database, order_id, good)
    for _ in range(LONGEST):
        (state,) = states(database, [order_id])
        events = allowed_events(good.order_type, state)
        if not events:
            break
        # An order seldom ends before its time: the ways are to be long.
        weights = [1 if event in ("cancel", "fail_delivery") else 4 for event in events]
        ways[chance.choices(events, weights)[0]]()


def _ways(database: Database, order_id: int, good: NewOrder) -> dict[str, Callable[[], object]]:
    """What each event is brought about by, for the order that is, or is mended to, `good`."""
    (article,) = (line.article for line in good.lines)
    steps = {
        **STEPS, "cancel": CANCEL, "fail_delivery": FAIL_DELIVERY, "amend": amend_with(good),
        "reduce": reduce_by({article: 1}),
    }  # fmt: skip

    def resume() -> None:
        receive(database, {("10", article): UNITS})
        run_step(database, "resume")

    return {
        "resume": resume,
        "unreserve": lambda: adjust_stock(database, Goods("10", article), 0, reason="prov", actor="test"),
        **{
            event: partial(run_named, database, step, order_id, actor="test", reason="prov")
            for event, step in steps.items()
        },
    }


def _histories(database: Database) -> list[History]:
    with database.transaction() as tx:
        rows = tx.execute(
            "SELECT DISTINCT o.order_type, jsonb_agg(jsonb_build_array(h.event, h.from_state, h.to_state) "
            "ORDER BY h.version) FROM orders o JOIN history h ON h.order_id = o.id GROUP BY o.id ORDER BY 1, 2"
        ).fetchall()
    return [
        History(order_type, tuple((event, before, after) for event, before, after in went)) for order_type, went in rows
    ]


def main() -> None:
    """Record the present version in a database that is thrown away."""
    release = version("orderflode")
    if f"## [{release}]" in (FOLDER.parents[1] / "CHANGELOG.md").read_text(encoding="utf-8"):
        sys.exit(f"{release} is released: its histories stand")
    with TemporaryDirectory() as home:
        settings = Settings(ORDERFLODE_HOME=Path(home))
        with server_urls(settings, need_redis=False, throw_away=True) as urls:
            migrate(urls.database_url)
            database = Database(urls.database_url)
            recorded = record(database)
            database.close()
    path = file_of(release)
    write(path, recorded)
    sys.stdout.write(f"{path}: {len(recorded)}\n")


if __name__ == "__main__":
    main()
