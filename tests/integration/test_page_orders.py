"""What do the list of orders and an order's page tell, and to whom? Asked of the application in this process.

Next: test_page_order_steps.py, what is done on them; browser/test_orders.py, people who do it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import CONFIRMED, a_lagerflytt, a_world, an_order, in_state, own_store_order, receive, run_all, store
from page_client import Pages, pages_of, words_of
from people import PERSONNUMMER, delivered_to, logged

from config.database import Database
from workflows.keyring import keys_of
from workflows.master_data import Role
from workflows.saved_views import MOST_VIEWS


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The pages over a small region with goods, where a person confirms at lager 10."""
    a_world(database, stock={(each, f"A{n}"): 40 for each in ("10", "50301") for n in (1, 2)}, **CONFIRMED)
    with pages_of(database, tmp_path) as client:
        yield client


def test_the_list_is_narrowed_by_what_stands_in_its_address(pages: Pages) -> None:
    hms = pages.of(Role.HMS)
    (waits,) = store(pages.database, an_order(("A1", 2)))
    run_all(pages.database)
    (draft,) = store(pages.database, a_lagerflytt(("A2", 1)))
    rejected = in_state(pages.database, "rejected")

    def listed(query: str) -> set[int]:
        answer = hms.get(f"/ordrar?{query}")
        assert answer.status_code == 200
        return {each for each in (waits, draft, rejected) if f'href="/ordrar/{each}"' in answer.text}

    assert listed("") == {waits, draft, rejected}
    assert listed("state=validated") == {waits}
    assert listed("type=lagerflyttsorder") == {draft}
    assert listed("store=50301") == set()
    assert listed("held=1") == set()
    assert listed("state=&type=&store=&q=") == {waits, draft, rejected}
    assert listed("state=nonsense&unknown=1&store=%00&after=x") == {waits, draft, rejected}
    assert listed(f"after={draft}") == {waits}


def test_an_order_is_found_by_how_its_number_begins(pages: Pages) -> None:
    hms = pages.of(Role.HMS)
    one, other, third = store(
        pages.database,
        an_order(external_id="VX-10", source="journal"), an_order(external_id="VX-11", source="butik"),
        an_order(external_id="VY-1", source="butik"),
    )  # fmt: skip

    def found(query: str) -> list[int]:
        text = hms.get(f"/ordrar?q={query}").text
        return [each for each in (one, other, third) if f'href="/ordrar/{each}"' in text]

    assert found("VX") == [one, other]
    assert found("VX-10") == [one]
    assert found("butik:V") == [other, third]
    assert found("butik:VX") == [other]
    assert found(str(third)) == [third]
    assert found("VX&type=forskrivning") == found("X") == found("V%25") == []


def test_somebodys_number_is_not_searched_for_in_an_address_nor_said_again(pages: Pages) -> None:
    hms = pages.of(Role.HMS)
    answer = hms.get(f"/ordrar?state=draft&q={PERSONNUMMER}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/ordrar?state=draft")
    assert PERSONNUMMER not in answer.text + str(answer.headers)


def test_a_long_list_comes_page_by_page(pages: Pages) -> None:
    ids = store(pages.database, *(an_order(("A1", 1)) for _ in range(52)))
    hms = pages.of(Role.HMS)
    first = hms.get("/ordrar?state=draft").text
    assert f'href="/ordrar?state=draft&amp;after={ids[2]}"' in first
    second = hms.get(f"/ordrar?state=draft&after={ids[2]}").text
    assert [each for each in ids if f'href="/ordrar/{each}"' in second] == ids[:2]
    assert 'rel="next"' not in second


def test_a_kommun_sees_its_own_orders_in_the_list_and_by_search_and_another_is_told_they_are_not_there(
    pages: Pages,
) -> None:
    ours, theirs = store(
        pages.database,
        own_store_order(external_id="K-1"),
        an_order(external_id="K-2", receiver_code="04-01", orderer_unit="04-01", sender="50401"),
    )
    hms = pages.of(Role.HMS, kommun="Karlstad")
    for address in ("/ordrar", "/ordrar?q=K-"):
        text = hms.get(address).text
        assert f'href="/ordrar/{ours}"' in text
        assert f'href="/ordrar/{theirs}"' not in text
    assert hms.get(f"/ordrar/{theirs}").status_code == 404
    assert hms.get(f"/ordrar/{theirs}/nu").status_code == 404
    with pages.database.transaction() as tx:
        denied = tx.execute("SELECT action, order_id FROM access_log").fetchall()
    assert denied == [("denied", theirs), ("denied", theirs)]


def test_a_view_is_kept_for_its_account_opened_and_removed(pages: Pages) -> None:
    hms, other = pages.of(Role.HMS), pages.of(Role.HMS)
    kept = hms.post("/ordrar/vyer", data={"namn": "Åtgärda <i>", "state": "rejected", "store": "10"})
    assert (kept.status_code, kept.headers["location"]) == (303, "/ordrar?state=rejected&store=10")
    text = hms.get("/ordrar").text
    assert '<a href="/ordrar?state=rejected&amp;store=10">Åtgärda &lt;i&gt;</a>' in text
    assert "Åtgärda" not in other.get("/ordrar").text
    for name, told in (("", "Skriv ett namn"), (f"för {PERSONNUMMER}", "personnummer")):
        refused = hms.post("/ordrar/vyer", data={"namn": name, "state": "draft"})
        assert refused.status_code == 422
        assert told in words_of(refused)
        assert PERSONNUMMER not in refused.text
    hms.post("/ordrar/vyer/ta-bort", data={"namn": "Åtgärda <i>"})
    assert "Åtgärda" not in hms.get("/ordrar").text


def test_an_account_keeps_so_many_views_and_may_change_those_it_has(pages: Pages) -> None:
    hms = pages.of(Role.HMS)
    kept = {hms.post("/ordrar/vyer", data={"namn": f"Vy {n}"}).status_code for n in range(MOST_VIEWS)}
    refused = hms.post("/ordrar/vyer", data={"namn": "En till"})
    assert (kept, refused.status_code) == ({303}, 422)
    assert "ta bort någon" in words_of(refused)
    assert hms.post("/ordrar/vyer", data={"namn": "Vy 1", "state": "draft"}).status_code == 303
    assert '<a href="/ordrar?state=draft">Vy 1</a>' in hms.get("/ordrar").text


def test_an_orders_page_tells_its_lines_and_everything_that_happened(pages: Pages) -> None:
    receive(pages.database, {("10", "A3"): 1})
    (order,) = store(pages.database, an_order(("A1", 2), ("A3", 2), partial=True))
    run_all(pages.database)
    hms = pages.of(Role.HMS)
    told = words_of(hms.get(f"/ordrar/{order}"))
    assert "A1 Artikel 1 2 2 0 0 2" in told
    assert "A3 Artikel 3 2 1 0 0 1 1" in told, "of two one is reserved, and one is on the restorder"
    assert "Resten blev order" in told
    hms.post(f"/ordrar/{order}/plocka")
    run_all(pages.database)
    told = words_of(hms.get(f"/ordrar/{order}"))
    assert "A1 Artikel 1 2 0 2 0 2" in told
    assert "plock: 2 × A1, 1 × A3" in told
    assert "utleverans skapad : plockad → utleverans" in told
    text = hms.get(f"/ordrar/{order}").text
    (note,) = re.findall(r'href="([^"]*)">följesedel \(PDF\)', text)
    assert hms.get(note).content.startswith(b"%PDF")
    assert hms.get(re.findall(r'href="(/lager/[^"]*)">A1</a>', text)[0]).status_code == 200


def test_only_who_reviews_looks_sees_them_on_the_page(pages: Pages) -> None:
    (order,) = store(pages.database, own_store_order())
    pages.of(Role.HMS, kommun="Kil").get(f"/ordrar/{order}")
    assert "nekades" not in words_of(pages.of(Role.HMS).get(f"/ordrar/{order}"))
    told = words_of(pages.of(Role.HMS, Role.ADMIN).get(f"/ordrar/{order}"))
    assert "nekades" in told
    assert "annan kommuns order" in told


def test_a_page_that_shows_a_moving_order_asks_again_until_it_stands(pages: Pages) -> None:
    (order,) = store(pages.database, an_order(("A1", 1)))
    hms = pages.of(Role.HMS)
    moving = hms.get(f"/ordrar/{order}").text
    assert f'hx-get="/ordrar/{order}/nu?sedd=1-0-free&amp;version=1"' in moving
    assert hms.get(f"/ordrar/{order}/nu?sedd=1-0-free&version=1").status_code == 204
    run_all(pages.database)
    standing = hms.get(f"/ordrar/{order}/nu?sedd=1-0-free&version=1")
    assert "validerad" in words_of(standing)
    assert "Ordern har gått vidare" in words_of(standing), "the page's forms are about version 1"
    assert "hx-get" not in standing.text
    assert "<html" not in standing.text


def test_a_backordered_order_says_what_it_waits_for(pages: Pages) -> None:
    (order,) = store(pages.database, an_order(("A4", 3)))
    run_all(pages.database)
    assert "Väntar på 3 × A4 i lager 10" in words_of(pages.of(Role.HMS).get(f"/ordrar/{order}"))


TOLD = {"name": "Åsa Öberg", "phone": "070-1740605", "address": {"city": "Kil"}, "note": "Ring på"}


def test_who_a_patient_is_is_shown_to_whoever_may_see_it_after_a_reason_and_logged(
    pages: Pages, tmp_path: Path
) -> None:
    keys = keys_of(pages.database, tmp_path / "keys.json")
    order = delivered_to(pages.database, keys, PERSONNUMMER, ("A1", 1), told=TOLD)
    hms, lager, orderer = pages.of(Role.HMS, login="hilda"), pages.of(Role.LAGERPERSONAL), pages.of(Role.ORDERER)
    for browser in (hms, lager, orderer):
        text = browser.get(f"/ordrar/{order}").text
        assert PERSONNUMMER not in text
        assert "Åsa" not in text
    assert logged(pages.database) == []

    shown = hms.post(f"/ordrar/{order}/mottagare", data={"orsak": "ringer om leveransen"})
    assert f"Personnummer {PERSONNUMMER} Namn Åsa Öberg Adress Kil Telefon 070-1740605" in words_of(shown)
    assert "ringer om leveransen" not in words_of(shown)
    assert shown.headers["cache-control"] == "no-store"
    shown = lager.post(f"/ordrar/{order}/mottagare", data={"orsak": "kör ut"})
    assert "Åsa Öberg" in words_of(shown)
    assert PERSONNUMMER not in shown.text, "a delivery needs no number"
    assert orderer.post(f"/ordrar/{order}/mottagare", data={"orsak": "nyfiken"}).status_code == 403
    for reason, told in (("", "En orsak måste anges"), (PERSONNUMMER, "personnummer")):
        refused = hms.post(f"/ordrar/{order}/mottagare", data={"orsak": reason})
        assert refused.status_code == 422
        assert told in words_of(refused)
        assert "Åsa" not in refused.text
        assert PERSONNUMMER not in refused.text
    actions = [(action, why) for action, _, _, why in logged(pages.database)]
    assert set(actions) == {("patient_open", "ringer om leveransen"), ("patient_open", "kör ut"), ("denied", "nyfiken")}


def test_nothing_is_shown_of_a_protected_identity(pages: Pages, tmp_path: Path) -> None:
    keys = keys_of(pages.database, tmp_path / "keys.json")
    order = delivered_to(pages.database, keys, PERSONNUMMER, ("A1", 1), told=TOLD, protected=True)
    shown = pages.of(Role.HMS).post(f"/ordrar/{order}/mottagare", data={"orsak": "kör ut"})
    assert "Skyddad identitet" in words_of(shown)
    assert "Åsa" not in shown.text
    assert PERSONNUMMER not in shown.text


def test_an_order_of_a_thousand_lines_is_a_light_page_and_is_picked_with_what_is_missing(pages: Pages) -> None:
    with pages.database.transaction() as tx:
        tx.execute(
            "INSERT INTO article (number, name, iso_class, individual, withdrawn) "
            "SELECT 'L' || n, 'Artikel', '122203', false, false FROM generate_series(1, 1000) n"
        )
    receive(pages.database, {("10", f"L{n}"): 2 for n in range(1, 1_001)})
    (order,) = store(pages.database, an_order(*((f"L{n}", 2) for n in range(1, 1_001))))
    run_all(pages.database)
    lager = pages.of(Role.LAGERPERSONAL)
    first, last = lager.get(f"/ordrar/{order}"), lager.get(f"/ordrar/{order}?rad=901")
    assert ">L100</a>" in first.text
    assert ">L101</a>" not in first.text
    assert "Rad 901–1000 av 1 000" in words_of(last).replace("\u00a0", " ")
    form = {"artikel": ["L7", "L800", "", "", ""], "saknas": ["1", "2", "", "", ""]}
    assert lager.post(f"/ordrar/{order}/plocka", data=form).status_code == 303
    picked = lager.get(f"/ordrar/{order}")
    assert "plockbrist: 1 × L7, 2 × L800" in words_of(picked)
    assert max(len(each.content) for each in (first, last, picked)) < 100_000
