"""Do the pages of a store tell what lies there, and change it as the command does? Next: test_page_counts.py."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from builders import a_lagerflytt, balance, own_store_order, run_all, store
from devices_world import a_marked_world, arrive, naming
from page_client import Pages, pages_of, send, words_of
from people import PERSONNUMMER
from refill_world import levels

from config.database import Database
from workflows.allocation import Goods
from workflows.counting import adjust_stock
from workflows.counts.opening import open_count
from workflows.master_data import Role


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The back office over a region where A9 is individually marked."""
    a_marked_world(database)
    with pages_of(database, tmp_path) as pages:
        yield pages


def test_the_stores_are_those_of_the_visitors_kommun(pages: Pages) -> None:
    everywhere, at_home = (pages.of(role).get("/lager") for role in (Role.HMS, Role.LAGERPERSONAL))
    assert [code in everywhere.text for code in ("/lager/10", "/lager/50301", "/lager/50401")] == [True] * 3
    assert [code in at_home.text for code in ("/lager/10", "/lager/50301", "/lager/50401")] == [False, True, False]


def test_a_store_shows_what_is_there_what_is_promised_and_what_is_coming(pages: Pages, database: Database) -> None:
    levels(database, {"A1": (20, 30), "A2": (5, 10)})
    store(database, a_lagerflytt(("A1", 7)))
    page = pages.of(Role.LAGERPERSONAL, kommun="Karlstad").get("/lager/50301")
    assert "A1 Artikel 1 – 20 0 ▼ under 20 0 0 7 20 / 30" in words_of(page)
    assert "A2 Artikel 2 – 0 0 ▼ under 0 0 0 0 5 / 10" in words_of(page)


def test_an_article_shows_what_moved_its_balance(pages: Pages, database: Database) -> None:
    (moved,) = store(database, a_lagerflytt(("A1", 3)))
    run_all(database)
    page = pages.of(Role.HMS).get("/lager/50301/artikel/A1")
    assert page.status_code == 200
    assert f"leverans +3 på väg ut, lager 10 hylla order {moved} · 10-2026-000001" in words_of(page)
    assert "mottaget från leverantör +20 leverantör hylla" in words_of(page)


def test_a_balance_is_set_to_what_was_counted(pages: Pages, database: Database) -> None:
    hms = pages.of(Role.HMS)
    answer = send(hms, "/lager/50301/justera", artikel="A1", raknat="18", orsak="räknat om")
    assert (answer.status_code, answer.headers["location"]) == (303, "/lager/50301/artikel/A1")
    assert balance(database, "50301", "A1") == (18, 0, 0)
    refused = send(hms, "/lager/50301/justera", artikel="A1", raknat="17", orsak="")
    assert refused.status_code == 422
    assert 'value="17"' in refused.text
    assert balance(database, "50301", "A1") == (18, 0, 0)


def test_devices_of_the_store_are_told_by_number(pages: Pages, database: Database) -> None:
    arrive(database, "50301", "S/1 S2")
    page = pages.of(Role.HMS).get("/lager/50301/artikel/A9")
    assert "S/1 hylla" in words_of(page)


def test_a_refill_is_approved_once_and_only_as_it_was_shown(pages: Pages, database: Database) -> None:
    levels(database, {"A1": (20, 30)})
    staff = pages.of(Role.LAGERPERSONAL, login="anna", person="lager")
    shown = staff.get("/lager/50301/pafyllnad")
    assert "A1 Artikel 1 20 0 0 0 0 20 20 30 10" in words_of(shown)
    assert "Beställare: lager, enhet 03-05" in words_of(shown)
    approved = mark_of(shown.text)
    assert send(staff, "/lager/50301/pafyllnad", forslag="en annan").status_code == 409
    assert send(staff, "/lager/50301/pafyllnad", forslag=approved).status_code == 303
    again = send(staff, "/lager/50301/pafyllnad", forslag=approved)
    assert (again.status_code, "Behovet har ändrats" in again.text) == (409, True)
    with database.transaction() as tx:
        made = tx.execute("SELECT created_by, orderer_person, receiver_code FROM orders").fetchall()
    assert made == [("anna", "lager", "50301")]


def mark_of(page: str) -> str:
    found = re.search(r'name="forslag" value="([^"]+)"', page)
    assert found
    return found[1]


def test_who_may_not_order_sees_the_need_and_no_button(pages: Pages, database: Database) -> None:
    levels(database, {"A1": (20, 30)})
    prescriber = pages.of(Role.PRESCRIBER, kommun="Karlstad", person="forsk")
    assert "Godkänn" not in prescriber.get("/lager/50301/pafyllnad").text
    assert send(prescriber, "/lager/50301/pafyllnad", forslag="x").status_code == 403
    assert pages.of(Role.HMS).get("/lager/10/pafyllnad").status_code == 404


def test_a_difference_is_settled_once_with_what_was_found_out(pages: Pages, database: Database) -> None:
    adjust_stock(database, Goods("50301", "A1"), 18, reason="två för lite", actor="test")
    hms = pages.of(Role.HMS)
    page = hms.get("/lager/50301/differenser")
    assert "justering A1 Artikel 1 −2 – två för lite test" in words_of(page)
    (address,) = re.findall(r'action="(/lager/50301/differenser/\d+)"', page.text)
    assert send(hms, address, utrett="").status_code == 422
    assert send(hms, address.replace("50301", "50401"), utrett="togs").status_code == 404
    assert send(hms, address, utrett="togs i fredags").status_code == 303
    assert send(hms, address, utrett="igen").status_code == 422
    assert "Inga differenser" in words_of(hms.get("/lager/50301/differenser"))
    assert "togs i fredags" in words_of(hms.get("/lager/50301/differenser?alla=1"))


def test_a_device_is_found_by_its_number_and_its_life_is_told(pages: Pages, database: Database) -> None:
    arrive(database, "50301", "S/1#ä?")
    (order,) = store(database, naming("S/1#ä?", order=own_store_order(("A9", 1))))
    run_all(database)
    at_home, elsewhere = pages.of(Role.LAGERPERSONAL, kommun="Karlstad"), pages.of(Role.LAGERPERSONAL, kommun="Kil")
    found = send(at_home, "/individer", nummer="S/1#ä?")
    assert found.status_code == 303
    page = at_home.get(found.headers["location"])
    assert f"Är nu hos mottagaren, lager 50301: 03-05, sedan {page_day()}" in words_of(page)
    assert f"reserverad : i lager 50301, order {order}" in words_of(page)
    assert send(elsewhere, "/individer", nummer="S/1#ä?").status_code == 422
    assert elsewhere.get(found.headers["location"]).status_code == 404
    for nonsense in ("x", "eyJ9", "W10", "ÅÄÖ"):
        assert at_home.get(f"/individer/{nonsense}").status_code == 404


def page_day() -> str:
    return f"{datetime.now(ZoneInfo('Europe/Stockholm')):%Y-%m-%d}"


def test_a_number_that_two_articles_have_is_asked_about(pages: Pages, database: Database) -> None:
    arrive(database, "10", "S1", "A8")
    arrive(database, "10", "S1")
    both = send(pages.of(Role.HMS), "/individer", nummer="S1")
    assert "A8 Artikel 8, S1 A9 Artikel 9, S1" in words_of(both)


def test_another_kommuns_store_is_not_there_whatever_is_asked_of_it(pages: Pages, database: Database) -> None:
    arrive(database, "50401", "K1")
    count = open_count(database, "50401", articles=["A9"], actor="test")
    adjust_stock(database, Goods("50401", "A1"), 3, reason="fler", actor="test")
    karlstad = pages.of(Role.HMS, kommun="Karlstad")
    for page in (
        "",
        "/artikel/A1",
        "/ta-emot",
        "/inventering",
        f"/inventering/I-{count}",
        "/differenser",
        "/pafyllnad",
    ):
        assert karlstad.get(f"/lager/50401{page}").status_code == 404, page
    # By way of another store nobody's is, whoever may see both.
    assert pages.of(Role.HMS).get(f"/lager/50301/inventering/I-{count}").status_code == 404
    assert karlstad.get(f"/lager/50301/inventering/I-{count}").status_code == 404
    assert send(karlstad, f"/lager/50301/inventering/I-{count}/stang", orsak="x").status_code == 404
    for form in ("/justera", "/ta-emot", "/inventering", f"/inventering/I-{count}", f"/inventering/I-{count}/skanna"):
        assert (
            send(karlstad, f"/lager/50401{form}", artikel="A1", raknat="1", orsak="x", skannat="K1").status_code == 404
        )
    assert balance(database, "50401", "A1") == (3, 0, 0)


def test_a_patients_number_in_the_search_leaves_the_address(pages: Pages) -> None:
    away = pages.of(Role.HMS).get(f"/lager/10?sok={PERSONNUMMER}", follow_redirects=False)
    assert (away.status_code, away.headers["location"]) == (303, "/lager/10")
