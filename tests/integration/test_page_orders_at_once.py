"""Is what was asked of many orders done with each that it goes for, and told of every one? Next: at_once.py."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path

import pypdf
import pytest
from builders import CONFIRMED, a_world, an_order, in_state, order_row, own_store_order, run_all, states, store
from failing import SECRET, failing_for
from page_client import Pages, pages_of, words_of
from people import PERSONNUMMER, delivered_to, logged

from backoffice.pages.order_tasks import TASKS
from config.database import Database
from workflows import attempts
from workflows.keyring import keys_of
from workflows.master_data import Role
from workflows.pick_list_prints import latest_prints


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The pages over a small region with goods, where a person confirms at lager 10."""
    a_world(database, stock={(each, "A1"): 90 for each in ("10", "50301")}, **CONFIRMED)
    with pages_of(database, tmp_path) as client:
        yield client


def waiting(pages: Pages, how_many: int) -> list[int]:
    """Orders that wait for their pick."""
    ids = store(pages.database, *(an_order(("A1", 1)) for _ in range(how_many)))
    run_all(pages.database)
    return ids


def test_each_ticked_order_is_a_step_of_its_own_and_the_page_tells_what_became_of_it(pages: Pages) -> None:
    one, moved, two = waiting(pages, 3)
    draft = in_state(pages.database, "draft", ("A1", 1))
    hms = pages.of(Role.HMS)
    hms.post(f"/ordrar/{moved}/delmakulera", data={})
    hms.post(f"/ordrar/{moved}/plocka")
    ticked = [f"{one}-2", f"{moved}-2", f"{two}-2", f"{draft}-1", "999999-1", "x"]
    told = words_of(hms.post("/ordrar/flera", data={"gor": "pick", "order": ticked}))
    assert "2 gjorda, 3 gick inte" in told
    assert f"{moved} test:" in told
    assert "Ordern har ändrats sedan du öppnade sidan" in told
    assert "Ordern är ett utkast och kan inte plockas" in told
    assert "999999 – – 999999: ordern finns inte" in told
    assert states(pages.database, [one, moved, two, draft]) == ["picked", "picked", "picked", "draft"]


def test_one_that_fails_for_a_reason_nobody_expected_stops_no_other(pages: Pages) -> None:
    one, bad, two = waiting(pages, 3)
    with failing_for(pages.database, bad):
        told = words_of(pages.of(Role.HMS).post("/ordrar/flera", data={"gor": "pick", "order": [one, bad, two]}))
    assert "2 gjorda, 1 gick inte" in told
    assert "RaiseException P0001" in told
    assert SECRET not in told
    assert states(pages.database, [one, bad, two]) == ["picked", "validated", "picked"]


def test_all_that_the_filter_shows_are_asked_about_first_and_taken_so_many_at_a_time(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = waiting(pages, 5)
    hms = pages.of(Role.HMS)
    form = {"gor": "cancel", "orsak": "dubblett", "alla": "1", "state": "validated"}
    three = TASKS | {"cancel": replace(TASKS["cancel"], at_a_time=3)}
    monkeypatch.setattr("backoffice.pages.routes.orders_at_once.TASKS", three)
    asked = words_of(hms.post("/ordrar/flera", data=form))
    assert "3 ordrar, alla som filtret visar: de första av fler" in asked
    assert set(states(pages.database, ids)) == {"validated"}
    done = hms.post("/ordrar/flera", data=form | {"bekraftat": "1"})
    assert "3 gjorda, 0 gick inte. Fler återstår." in words_of(done)
    assert states(pages.database, ids) == ["validated"] * 2 + ["cancelled"] * 3
    assert f'name="after" value="{ids[2]}"' in done.text
    rest = words_of(hms.post("/ordrar/flera", data=form | {"bekraftat": "1", "after": str(ids[2])}))
    assert "2 gjorda, 0 gick inte." in rest
    assert "Fler återstår" not in rest


def test_what_is_missing_in_the_form_is_told_above_the_list_and_nothing_is_done(pages: Pages) -> None:
    (order,) = waiting(pages, 1)
    hms = pages.of(Role.HMS)
    for form, told in (
        ({"gor": "cancel", "order": str(order)}, "Skriv varför ordrarna makuleras"),
        ({"gor": "cancel", "order": str(order), "orsak": f"för {PERSONNUMMER}"}, "personnummer"),
        ({"gor": "pick"}, "Kryssa i ordrar"),
        ({"gor": "annat", "order": str(order)}, "Välj vad som ska göras"),
    ):
        answer = hms.post("/ordrar/flera", data=form)
        assert answer.status_code == 422
        assert told in words_of(answer)
        assert PERSONNUMMER not in answer.text
    assert order_row(pages.database, order)["version"] == 2


def test_only_what_somebody_may_is_offered_and_done_and_only_of_their_kommun(pages: Pages) -> None:
    (ours, *_) = waiting(pages, 1)
    (theirs,) = store(pages.database, an_order(receiver_code="04-01", orderer_unit="04-01", sender="50401"))
    prescriber = pages.of(Role.PRESCRIBER)
    text = prescriber.get("/ordrar").text
    assert 'value="cancel"' in text
    assert 'value="pick"' not in text
    assert prescriber.post("/ordrar/flera", data={"gor": "pick", "order": str(ours)}).status_code == 403
    form = {"gor": "cancel", "orsak": "dubblett", "order": [str(ours), str(theirs)]}
    assert "1 gjord, 1 gick inte" in words_of(prescriber.post("/ordrar/flera", data=form))
    assert states(pages.database, [theirs]) == ["draft"]
    form = {"gor": "cancel", "orsak": "dubblett", "alla": "1", "bekraftat": "1", "q": "T-"}
    prescriber.post("/ordrar/flera", data=form)
    assert states(pages.database, [ours, theirs]) == ["cancelled", "draft"], "found by its number, and not theirs"
    assert [action for action, *_ in logged(pages.database)] == ["denied"]


def test_held_orders_are_released_and_tried_at_once(pages: Pages) -> None:
    ids = store(pages.database, *(own_store_order(("A1", 1)) for _ in range(2)))
    with pages.database.transaction() as tx:
        for _ in range(attempts.MOST_ATTEMPTS):
            attempts.count(tx, ids[0], "Kaputt")
    form = {"gor": "release", "order": [str(each) for each in ids]}
    told = words_of(pages.of(Role.HMS).post("/ordrar/flera", data=form))
    assert "1 gjord, 1 gick inte" in told
    assert "Ordern är inte hållen" in told
    assert states(pages.database, ids) == ["validated", "draft"]


def test_delivery_notes_become_one_file_and_a_patients_is_a_look(pages: Pages, tmp_path: Path) -> None:
    keys = keys_of(pages.database, tmp_path / "keys.json")
    (order,) = waiting(pages, 1)
    (draft,) = store(pages.database, an_order(("A1", 1)))
    patients = delivered_to(pages.database, keys, PERSONNUMMER, ("A1", 1), sender="50301",
                            customer_order_type="direktforskrivning")  # fmt: skip
    hms, orderer = pages.of(Role.HMS), pages.of(Role.ORDERER)
    hms.post(f"/ordrar/{order}/plocka")
    run_all(pages.database)
    everything = {"gor": "notes", "order": [order, draft, patients]}
    told = words_of(hms.post("/ordrar/flera", data=everything))
    assert "2 kan skrivas ut, 1 gick inte" in told
    assert "Ordern har ingen utleverans" in told
    assert logged(pages.database) == [], "nothing has been looked at yet"
    assert "1 kan skrivas ut, 2 gick inte" in words_of(orderer.post("/ordrar/flera", data=everything))
    assert [action for action, *_ in logged(pages.database)] == ["denied"]


def test_the_file_of_the_notes_is_behind_the_page_and_a_look(pages: Pages, tmp_path: Path) -> None:
    keys = keys_of(pages.database, tmp_path / "keys.json")
    patients = delivered_to(pages.database, keys, PERSONNUMMER, ("A1", 1), sender="50301",
                            customer_order_type="direktforskrivning")  # fmt: skip
    hms = pages.of(Role.HMS)
    told = hms.post("/ordrar/flera", data={"gor": "notes", "order": [patients]}).text
    (address,) = re.findall(r'href="(/utleveranser/foljesedlar.pdf[^"]*)"', told)
    assert len(pypdf.PdfReader(io.BytesIO(hms.get(unescape(address)).content)).pages) == 1
    assert [action for action, *_ in logged(pages.database)] == ["print"]


def test_pick_lists_are_marked_as_printed_and_become_one_file(pages: Pages) -> None:
    one, two = waiting(pages, 2)
    draft = in_state(pages.database, "draft", ("A1", 1))
    hms = pages.of(Role.HMS, login="hilda")
    answer = hms.post("/ordrar/flera", data={"gor": "lists", "order": [one, two, draft]})
    assert "2 kan skrivas ut, 1 gick inte" in words_of(answer)
    (address,) = re.findall(r'href="(/plock/utskrift/[^"]*)"', answer.text)
    assert len(pypdf.PdfReader(io.BytesIO(hms.get(address).content)).pages) == 2
    with pages.database.transaction() as tx:
        marks = latest_prints(tx, [one, two, draft])
    assert {order: mark.by for order, mark in marks.items()} == {one: "hilda", two: "hilda"}


@pytest.mark.parametrize(
    "wrong", [{"state": "nonsense"}, {"q": PERSONNUMMER}, {"store": "1" * 200}, {"after": "x"}], ids=str
)
def test_nothing_is_done_with_all_where_the_filter_cannot_be_read(pages: Pages, wrong: dict[str, str]) -> None:
    (order,) = waiting(pages, 1)
    form = {"gor": "cancel", "orsak": "dubblett", "alla": "1", "bekraftat": "1", "type": "bestallning"}
    assert pages.of(Role.HMS).post("/ordrar/flera", data=form | wrong).status_code == 422
    assert states(pages.database, [order]) == ["validated"]


def test_a_search_that_does_not_see_all_says_so_and_nothing_is_done_with_what_it_sees(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = waiting(pages, 4)
    monkeypatch.setattr("workflows.order_rows.MOST_FOUND", 3)
    monkeypatch.setattr("backoffice.pages.order_filters.MOST_FOUND", 3)
    hms = pages.of(Role.HMS)
    assert "skriv mer av numret" in words_of(hms.get("/ordrar?q=T-"))
    form = {"gor": "pick", "alla": "1", "bekraftat": "1", "q": "T-"}
    answer = hms.post("/ordrar/flera", data=form)
    assert answer.status_code == 422
    assert "skriv mer av numret" in words_of(answer)
    assert set(states(pages.database, ids)) == {"validated"}
