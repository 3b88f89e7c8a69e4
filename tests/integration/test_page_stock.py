"""Do the pages of a store tell what lies there, and change it as the command does? Next: test_page_counts.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_lagerflytt, balance, run_all, store
from devices_world import a_marked_world, arrive
from page_visitor import Visitors, visitors, words_of
from refill_world import levels

from config.database import Database
from workflows.master_data import Role


@pytest.fixture
def let_in(database: Database, tmp_path: Path) -> Iterator[Visitors]:
    """The back office over a region where A9 is individually marked."""
    a_marked_world(database)
    with visitors(database, tmp_path) as let_in:
        yield let_in


def test_the_stores_are_those_of_the_visitors_kommun(let_in: Visitors) -> None:
    everywhere, at_home = let_in(Role.HMS).get("/lager"), let_in(Role.LAGERPERSONAL, "Karlstad").get("/lager")
    assert [code in everywhere.text for code in ("/lager/10", "/lager/50301", "/lager/50401")] == [True] * 3
    assert [code in at_home.text for code in ("/lager/10", "/lager/50301", "/lager/50401")] == [False, True, False]


def test_a_store_shows_what_is_there_what_is_promised_and_what_is_coming(let_in: Visitors, database: Database) -> None:
    levels(database, {"A1": (20, 30), "A2": (5, 10)})
    store(database, a_lagerflytt(("A1", 7)))
    page = let_in(Role.LAGERPERSONAL, "Karlstad").get("/lager/50301")
    assert "A1 Artikel 1 – 20 0 ▼ under 20 0 0 7 20 30" in words_of(page)
    assert "A2 Artikel 2 – 0 0 ▼ under 0 0 0 0 5 10" in words_of(page)


def test_an_article_shows_what_moved_its_balance(let_in: Visitors, database: Database) -> None:
    (moved,) = store(database, a_lagerflytt(("A1", 3)))
    run_all(database)
    page = let_in(Role.HMS).get("/lager/50301/artikel/A1")
    assert page.status_code == 200
    assert f"leverans +3 på väg ut, lager 10 hylla order {moved} · 10-2026-000001" in words_of(page)
    assert "mottaget från leverantör +20 leverantör hylla" in words_of(page)


def test_a_balance_is_set_to_what_was_counted(let_in: Visitors, database: Database) -> None:
    hms = let_in(Role.HMS)
    answer = hms.post("/lager/50301/justera", artikel="A1", raknat="18", orsak="räknat om")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lager/50301/artikel/A1")
    assert balance(database, "50301", "A1") == (18, 0, 0)
    refused = hms.post("/lager/50301/justera", artikel="A1", raknat="17", orsak="")
    assert refused.status_code == 422
    assert 'value="17"' in refused.text
    assert balance(database, "50301", "A1") == (18, 0, 0)


def test_devices_of_the_store_are_told_by_number(let_in: Visitors, database: Database) -> None:
    arrive(database, "50301", "S/1 S2")
    page = let_in(Role.HMS).get("/lager/50301/artikel/A9")
    assert "S/1 hylla" in words_of(page)
