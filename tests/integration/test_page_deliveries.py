"""What do the pages of utleveranser show and do? Asked without a browser: whose they are, and what may be confirmed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from acceptance.pdf_barcodes import barcodes_in
from builders import CONFIRMED, a_prescription, an_order, balance, goods_moved, own_store_order, run_all, states, store
from devices_world import a_marked_world, where
from pages_by_http import visiting
from people import PERSONNUMMER, a_patient, logged
from starlette.testclient import TestClient
from web_world import a_web_process

from backoffice.pages.visit import SAID
from config.database import Database
from workflows.cohort import run_named
from workflows.master_data import Role
from workflows.patients import load_keys
from workflows.steps import deliver, pick
from workflows.steps.cancel import FAIL_DELIVERY

BY_PART = {"HX-Request": "true"}
KIL = {"receiver_code": "04-01", "orderer_unit": "04-01"}


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The web process over a world where a person confirms at lager 10."""
    a_marked_world(database, {"10": "S1 S2 S3"}, **CONFIRMED)
    with a_web_process(database.url, tmp_path) as client:
        yield client


@pytest.fixture
def hms(web: TestClient, database: Database) -> TestClient:
    """Somebody who sees the whole region."""
    return visiting(web, database, Role.HMS)


def on_their_way(database: Database, *orders: Any) -> list[tuple[int, str]]:
    """The orders with their utleveranser, in which they stand."""
    ids = store(database, *orders)
    run_all(database)
    for order_id in ids:
        run_named(database, pick.STEP, order_id, actor="anna")
    run_all(database)
    with database.transaction() as tx:
        numbers = dict(tx.execute("SELECT order_id, number FROM utleverans").fetchall())
    return [(order_id, numbers[order_id]) for order_id in ids]


def said(answer: Any) -> str:
    return unquote(answer.cookies.get(SAID))


def shown(page: str, numbers: list[str]) -> list[str]:
    """Which of them the page shows, in its order."""
    return sorted((each for each in numbers if f">{each}</a>" in page), key=lambda each: page.index(f">{each}</a>"))


def test_lists_are_by_store_and_state_from_either_end(hms: TestClient, database: Database) -> None:
    (a, on_way), (_, later), (c, there), (d, back) = on_their_way(database, *[an_order(("A1", 1)) for _ in range(4)])
    numbers = [on_way, later, there, back]
    run_named(database, deliver.STEP, c, actor="bo")
    run_named(database, FAIL_DELIVERY, d, actor="bo", reason="ingen hemma")
    run_all(database)

    def page(query: str) -> str:
        return hms.get(f"/utleveranser?lager=10{query}").text

    assert shown(page(""), numbers) == [on_way, later]
    assert shown(page("&ordning=nyast"), numbers) == [later, on_way]
    assert shown(page(f"&efter={a}"), numbers) == [later]
    assert shown(page("&lage=levererade"), numbers) == [there]
    assert shown(page("&lage=bomkorningar"), numbers) == [back]
    assert "bo: ingen hemma" in page("&lage=bomkorningar")
    assert shown(hms.get("/utleveranser?lager=50301").text, numbers) == []


def test_a_page_of_the_list_ends_with_the_key_of_the_next_one(
    hms: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.pages.routes.deliveries.PAGE", 1)
    (a, _), (b, newer) = on_their_way(database, an_order(("A1", 1)), an_order(("A1", 1)))
    assert f"lage=att-leverera&amp;efter={a}" in hms.get("/utleveranser?lager=10").text
    newest = hms.get("/utleveranser?lager=10&ordning=nyast").text
    assert f"ordning=nyast&amp;efter={b}" in newest
    assert shown(newest, [newer]) == [newer]


def test_an_utleverans_is_there_for_the_kommun_of_its_order_alone(web: TestClient, database: Database) -> None:
    (_, own), (other_id, others) = on_their_way(database, an_order(("A1", 1)), an_order(("A1", 1), **KIL))
    karlstad = visiting(web, database, Role.LAGERPERSONAL)

    assert shown(karlstad.get("/utleveranser?lager=10").text, [own, others]) == [own]
    for place in (others, f"{others}/foljesedel.pdf", f"foljesedlar.pdf?utleverans={own}&utleverans={others}"):
        assert karlstad.get(f"/utleveranser/{place}").status_code == 404
    for event, data in (("leverans", {"antal-0": "1"}), ("bomkorning", {"orsak": "x"})):
        assert karlstad.post(f"/utleveranser/{others}/{event}", data=data).status_code == 404
    unknown = karlstad.post("/utleveranser/skanna", data={"kod": others})
    assert unknown.status_code == 422
    assert "Okänd streckkod" in unknown.text
    assert states(database, [other_id]) == ["utleverans"]


def test_a_number_is_found_whole_by_its_end_and_by_the_orders_barcode(hms: TestClient, database: Database) -> None:
    ((order_id, number),) = on_their_way(database, an_order(("A1", 1)))
    for said_as in (number, number.replace("-", "+"), str(int(number[-6:])), f"ORDER-{order_id}"):
        answer = hms.get("/utleveranser", params={"lager": "10", "nummer": said_as})
        assert answer.headers["location"] == f"/utleveranser/{number}"
    assert hms.get("/utleveranser?lager=10&nummer=10-1999-000001").status_code == 404
    # A browser keeps the addresses that it was at.
    away = hms.get(f"/utleveranser?lager=10&nummer={PERSONNUMMER}", follow_redirects=False)
    assert away.status_code == 303 and PERSONNUMMER not in away.headers["location"]


def test_a_scanned_note_delivers_and_scanned_again_it_is_done_already(hms: TestClient, database: Database) -> None:
    (one, number), (two, _) = on_their_way(database, an_order(("A1", 1)), an_order(("A1", 1)))

    first = hms.post("/utleveranser/skanna", data={"lager": "10", "kod": number})
    by_order = hms.post("/utleveranser/skanna", data={"lager": "10", "kod": f"ORDER-{two}"}, headers=BY_PART)
    again = hms.post("/utleveranser/skanna", data={"lager": "10", "kod": number}, headers=BY_PART)

    assert said(first) == f"{number} är levererad."
    assert f'data-gone="order-{two}"' in by_order.text
    assert states(database, [one, two]) == ["delivered"] * 2
    assert again.status_code == 200
    assert "answer-before" in again.text
    assert "data-refused" not in again.text
    assert sum(kind == "deliver" for kind, *_ in goods_moved(database, one)) == 1


def test_what_is_not_on_its_way_is_told_where_it_stands(hms: TestClient, database: Database) -> None:
    (short, number), (failed, back) = on_their_way(database, an_order(("A1", 3)), an_order(("A1", 1)))
    (waits,) = store(database, an_order(("A1", 1)))
    run_all(database)
    run_named(database, deliver.STEP, short, actor="bo", short={"A1": 1})
    run_named(database, FAIL_DELIVERY, failed, actor="bo", reason="stängt")

    def told(code: str) -> str:
        answer = hms.post("/utleveranser/skanna", data={"kod": code}, headers=BY_PART)
        assert answer.status_code == 409
        assert "data-refused" in answer.text
        return " ".join(answer.text.split())

    assert "Den är levererad sedan" in told(number)  # with units missing: not just so
    assert "av bo, orsak: stängt" in told(back)
    assert "Den är validerad sedan" in told(f"ORDER-{waits}")


def test_units_and_devices_that_did_not_arrive_are_a_difference(hms: TestClient, database: Database) -> None:
    ((order_id, number),) = on_their_way(database, an_order(("A1", 5), ("A9", 2)))
    page = hms.get(f"/utleveranser/{number}").text
    assert 'value="S1" checked' in page
    version = page.partition('name="version" value="')[2].partition('"')[0]
    form = {"version": version, "antal-0": "4", "individ-1": ["S2"]}

    answer = hms.post(f"/utleveranser/{number}/leverans", data=form)

    assert said(answer) == f"{number} är levererad; 2 st kom inte fram och är bokade som differens"
    assert [each[0] for each in (where(database, "S1"), where(database, "S2"))] == ["difference", "receiver"]
    assert ("short_delivery", "A1", 1, "outbound 10", "difference 10") in goods_moved(database, order_id)
    again = hms.post(f"/utleveranser/{number}/leverans", data=form)
    assert said(again) == f"{number} var redan bekräftad så"
    assert hms.post(f"/utleveranser/{number}/leverans", data=form | {"antal-0": "5"}).status_code == 409


def test_a_wrong_count_is_told_beside_its_field_and_nothing_at_all_is_a_failed_delivery(
    hms: TestClient, database: Database
) -> None:
    ((order_id, number),) = on_their_way(database, an_order(("A1", 2)))

    many = hms.post(f"/utleveranser/{number}/leverans", data={"antal-0": "3"})
    none = hms.post(f"/utleveranser/{number}/leverans", data={"antal-0": "0"})

    assert (many.status_code, none.status_code) == (422, 422)
    assert "Skriv ett antal från 0 till 2" in many.text
    assert 'value="3"' in many.text
    assert "Då är det en bomkörning" in none.text
    assert states(database, [order_id]) == ["utleverans"]


def test_a_failed_delivery_needs_a_reason_without_anybodys_number(hms: TestClient, database: Database) -> None:
    ((order_id, number),) = on_their_way(database, an_order(("A1", 2)))
    place = f"/utleveranser/{number}/bomkorning"
    assert "En orsak måste anges" in hms.post(place, data={"orsak": " "}).text
    refused = hms.post(place, data={"orsak": f"{PERSONNUMMER} var borta"})
    assert refused.status_code == 422
    assert "Texten innehåller ett personnummer" in refused.text.partition('id="orsak-about"')[2]
    assert PERSONNUMMER not in refused.text

    answer = hms.post(place, data={"orsak": "ingen hemma"})

    assert said(answer) == f"Bomkörningen av {number} är bokad: godset är åter i lagret"
    assert states(database, [order_id]) == ["cancelled"]
    assert balance(database, "10", "A1")[2] == 0
    assert hms.post(place, data={"orsak": "igen"}).status_code == 409


def test_who_only_reads_is_offered_nothing_to_do(web: TestClient, database: Database) -> None:
    ((_, number),) = on_their_way(database, an_order(("A1", 1)))
    page = visiting(web, database, Role.PRESCRIBER).get(f"/utleveranser/{number}").text
    assert number in page
    assert "<form method" not in page.partition("<main")[2]


def test_a_patients_note_is_a_look_for_those_who_may_and_a_logged_denial_for_others(
    web: TestClient, hms: TestClient, database: Database, tmp_path: Path
) -> None:
    hms.get("/utleveranser")
    keys = load_keys(tmp_path / "keys.json")
    (_, patients), (_, units) = on_their_way(
        database, a_prescription(("A1", 1), patient=a_patient(keys, PERSONNUMMER)), an_order(("A1", 1))
    )
    orderer = visiting(web, database, Role.ORDERER)

    page = orderer.get("/utleveranser?lager=10").text
    assert (f'value="{units}"' in page, f'value="{patients}"' in page) == (True, False)
    assert "foljesedel.pdf" not in orderer.get(f"/utleveranser/{patients}").text
    both = f"/utleveranser/foljesedlar.pdf?utleverans={units}&utleverans={patients}"
    assert orderer.get(f"/utleveranser/{patients}/foljesedel.pdf").status_code == 403
    assert orderer.get(both).status_code == 403
    one, many = hms.get(f"/utleveranser/{patients}/foljesedel.pdf"), hms.get(both)

    assert many.headers["cache-control"] == "no-store"
    assert [each for each in barcodes_in(many.content) if each.startswith("10-")] == [units, patients]
    assert patients in barcodes_in(one.content)
    assert [action for action, *_ in logged(database)] == ["denied", "denied", "print", "print"]


def test_no_more_notes_are_printed_at_once_than_a_file_holds(hms: TestClient, database: Database) -> None:
    many = "&".join(f"utleverans=10-2026-{n:06}" for n in range(51))
    assert hms.get(f"/utleveranser/foljesedlar.pdf?{many}").status_code == 422
    assert hms.get("/utleveranser/foljesedlar.pdf").status_code == 422


def test_a_protected_receivers_unit_is_not_told(hms: TestClient, database: Database) -> None:
    ((_, number),) = on_their_way(database, a_prescription(("A1", 1), protected=True))
    assert "03-05" not in hms.get("/utleveranser?lager=10").text
    assert "03-05" not in hms.get(f"/utleveranser/{number}").text


def test_goods_of_an_own_store_are_listed_there(web: TestClient, database: Database) -> None:
    store(database, own_store_order(("A1", 1)))
    run_all(database)
    assert "50301-" in visiting(web, database, Role.LAGERPERSONAL).get("/utleveranser?lager=50301&lage=levererade").text
