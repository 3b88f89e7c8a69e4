"""Does the form of a new order say what the API says, keep what was typed, and save an order once? Without a browser.

Next: ../browser/test_new_order.py, the same by somebody who sees and presses it.
"""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from builders import a_world, an_order, order_row, run_all, store
from fastapi.testclient import TestClient
from order_files import NUMBER, a_file, taken_in, to_a_patient
from web_world import a_web_process, an_account, logged_in

from backoffice.pages.order_form import written_choice
from config.database import Database
from workflows.accounts import choose_language
from workflows.keyring import keys_of
from workflows.master_data import Role

PAGE = "/ny-order"


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 100, ("50301", "A1"): 100})
    an_account(database, "forsk", Role.PRESCRIBER, kommun="Karlstad", person="forsk")
    an_account(database, "hms", Role.HMS)
    an_account(database, "lager", Role.LAGERPERSONAL, kommun="Karlstad", person="lager")
    return database


@pytest.fixture
def web(world: Database, tmp_path: Path) -> Iterator[TestClient]:
    with a_web_process(world.url, tmp_path / "home") as client:
        yield client


def bestallning(**changes: Any) -> dict[str, Any]:
    """The fields of a form whose order is right."""
    return {
        "external_id": "BCDFGHJKLMNPQR", "order_type": "bestallning", "orderer.unit": "03-05",
        "orderer.person": "forsk", "sender": "50301", "receiver.id": "03-05", "priority": "normal",
        "line.article": ["A1", ""], "line.quantity": ["2", ""], "line.serial_numbers": ["", ""],
        "line.accessory_to": ["", ""], "var.typ": "bestallning", "var.enhet": "03-05",
    } | {name.replace("__", "."): value for name, value in changes.items()}  # fmt: skip


def forskrivning(**changes: Any) -> dict[str, Any]:
    return bestallning(
        order_type="forskrivning", customer_order_type="direktforskrivning", receiver__id=NUMBER, prescriber="forsk",
        medical_decision__date="2026-11-20", medical_decision__reference="J-1", var__typ="forskrivning",
    ) | {name.replace("__", "."): value for name, value in changes.items()}  # fmt: skip


def said_at(page: str, element: str) -> str:
    """What the page says beside a field."""
    found = re.search(rf'<div class="about" id="{element}-about">(.*?)</div>', page, re.DOTALL)
    assert found is not None, element
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", found[1]))).strip()


def value_of(page: str, name: str) -> str:
    """What stands in the form's field of that name."""
    if found := re.search(rf'<input[^>]* name="{re.escape(name)}"[^>]* value="([^"]*)"', page):
        return unescape(found[1])
    select = re.search(rf'<select[^>]* name="{re.escape(name)}".*?</select>', page, re.DOTALL)
    chosen = re.search(r'<option value="([^"]*)" selected', select[0]) if select else None
    return chosen[1] if chosen else ""


def orders(database: Database) -> list[tuple[Any, ...]]:
    with database.transaction() as tx:
        return tx.execute(
            "SELECT source, order_type, customer_order_type, sender, receiver_code, state FROM orders ORDER BY id"
        ).fetchall()


def test_an_order_that_is_right_is_created_and_shown(web: TestClient, world: Database) -> None:
    browser = logged_in(web, "forsk")
    answer = browser.post(PAGE, data=bestallning(), follow_redirects=False)
    assert answer.status_code == 303, said_at(answer.text, "sender")
    assert orders(world) == [("sida", "bestallning", None, "50301", "03-05", "draft")]
    assert re.fullmatch(r"/ordrar/\d+", answer.headers["location"])


def test_a_form_that_is_sent_again_is_the_same_order(web: TestClient, world: Database) -> None:
    browser = logged_in(web, "forsk")
    first, second = (browser.post(PAGE, data=forskrivning(), follow_redirects=False) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert len(orders(world)) == 1


def test_a_form_that_was_sent_and_changed_is_offered_as_another_order(web: TestClient, world: Database) -> None:
    browser = logged_in(web, "forsk")
    browser.post(PAGE, data=bestallning(), follow_redirects=False)
    again = browser.post(PAGE, data=bestallning(reference="en annan"))
    assert (again.status_code, len(orders(world))) == (422, 1)
    (choice,) = re.findall(r'name="valj" value="(external_id=[A-Z]+)"', again.text)
    changed = browser.post(f"{PAGE}/prova", data=bestallning(reference="en annan", valj=choice))
    number = value_of(changed.text, "external_id")
    created = browser.post(PAGE, data=bestallning(reference="en annan", external_id=number), follow_redirects=False)
    assert (created.status_code, len(orders(world))) == (303, 2)


def test_violations_stand_beside_their_fields_all_at_once_and_what_was_typed_stays(
    web: TestClient, world: Database
) -> None:
    browser = logged_in(web, "forsk")
    wrong = forskrivning(
        sender="10", prescriber="ingen", line__article=["A1", "", "finns-inte"], line__quantity=["0", "", "3"],
        line__serial_numbers=["", "", ""], line__accessory_to=["", "", ""], note="<b>Ring & fråga</b>",
    )  # fmt: skip
    answer = browser.post(PAGE, data=wrong)
    assert (answer.status_code, orders(world)) == (422, [])
    page = answer.text
    assert "En direktförskrivning tas från eget lager" in said_at(page, "sender")
    assert said_at(page, "prescriber") == "Person ingen finns inte."
    assert said_at(page, "rows-0-quantity") == "Antalet ska vara ett heltal från 1 till 9999."
    # The row in between is empty and no line: what is said of the second line stands at the third row.
    assert said_at(page, "rows-2-article") == "Artikel finns-inte finns inte."
    assert (value_of(page, "sender"), value_of(page, "prescriber")) == ("10", "ingen")
    assert value_of(page, "note") == "<b>Ring & fråga</b>"
    assert value_of(page, "receiver.id") == NUMBER
    assert answer.headers["cache-control"] == "no-store"


def test_what_is_missing_is_said_when_somebody_asks_and_not_while_they_type(web: TestClient) -> None:
    browser = logged_in(web, "forsk")
    begun = forskrivning(receiver__id="", medical_decision__date="", sender="10")
    typing = browser.post(f"{PAGE}/prova", data=begun).text
    assert "tas från eget lager" in said_at(typing, "sender")
    assert "Fyll i" not in typing
    asked = browser.post(f"{PAGE}/prova", data=begun | {"prova": "ja"}).text
    assert said_at(asked, "receiver-id") == "Fyll i fältet."
    assert said_at(asked, "medical_decision-date") == "Fyll i fältet."


@pytest.mark.parametrize(
    ("wrong", "field", "offered", "then"),
    [
        (forskrivning(sender="10"), "sender", "levererande lager 50301", {"sender": "50301"}),
        (
            forskrivning(customer_order_type="forskrivning"), "sender", "direktförskrivning",
            {"customer_order_type": "direktforskrivning", "sender": "50301"},
        ),
        (bestallning(customer_order_type="lagerflytt"), "customer_order_type", "Ta bort", {"customer_order_type": ""}),
        (
            bestallning(prescriber="forsk", medical_decision__date="2026-11-20", medical_decision__reference="J-1"),
            "medical_decision-date", "förskrivning",
            {"order_type": "forskrivning", "customer_order_type": "direktforskrivning", "receiver.id": "",
             "prescriber": "forsk"},
        ),
        (forskrivning(prescriber=""), "prescriber", "forsk", {"prescriber": "forsk"}),
    ],
)  # fmt: skip
def test_a_right_choice_is_one_click_and_then_the_violation_is_gone(
    web: TestClient, wrong: dict[str, Any], field: str, offered: str, then: dict[str, str]
) -> None:
    browser = logged_in(web, "forsk")
    page = browser.post(f"{PAGE}/prova", data=wrong | {"prova": "ja"}).text
    about = re.search(rf'id="{field}-about">(.*?)</div>', page, re.DOTALL)
    assert about is not None
    buttons = re.findall(r'name="valj" value="([^"]*)"[^>]*>([^<]*)<', about[1])
    (choice,) = [value for value, said in buttons if offered in said]
    mended = browser.post(f"{PAGE}/prova", data=wrong | {"valj": unescape(choice)}).text
    assert {name: value_of(mended, name) for name in then} == then
    assert "refusal" not in mended.partition(f'id="{field}-about"')[2].partition("</div>")[0]  # or the field is gone


def test_the_type_and_the_unit_decide_what_can_be_chosen(web: TestClient) -> None:
    browser = logged_in(web, "forsk")
    began = browser.get(PAGE).text
    assert (value_of(began, "order_type"), value_of(began, "prescriber")) == ("forskrivning", "forsk")
    assert "hx-get" not in began  # what is typed may be a patient's number, and stands in no address
    assert (value_of(began, "customer_order_type"), value_of(began, "sender")) == ("direktforskrivning", "50301")
    assert "lagerflyttsorder" not in began
    other = forskrivning(order_type="bestallning", receiver__id=NUMBER)
    changed = browser.post(f"{PAGE}/prova", data=other).text
    assert (value_of(changed, "receiver.id"), value_of(changed, "sender")) == ("03-05", "50301")
    assert NUMBER not in changed
    back = browser.post(f"{PAGE}/prova", data=bestallning(order_type="forskrivning")).text
    assert (value_of(back, "receiver.id"), value_of(back, "prescriber")) == ("", "forsk")


def test_rows_are_added_and_removed_by_buttons(web: TestClient) -> None:
    browser = logged_in(web, "forsk")
    more = browser.post(f"{PAGE}/prova", data=bestallning(rad="ny")).text
    assert more.count('name="line.article"') == 3
    less = browser.post(f"{PAGE}/prova", data=bestallning(rad="0")).text
    assert (less.count('name="line.article"'), value_of(less, "line.article")) == (1, "")


def test_nobody_sends_a_type_that_is_not_theirs_or_as_somebody_else(web: TestClient, world: Database) -> None:
    browser = logged_in(web, "lager")
    assert browser.post(PAGE, data=forskrivning()).status_code == 403
    assert browser.post(f"{PAGE}/prova", data=forskrivning()).status_code == 403
    assert logged_in(web, "forsk").post(PAGE, data=bestallning(orderer__person="best")).status_code == 403
    assert orders(world) == []


def test_another_kommuns_places_are_not_offered_and_not_told_of(web: TestClient) -> None:
    browser = logged_in(web, "forsk")
    page = browser.post(f"{PAGE}/prova", data=bestallning(receiver__id="04-01", sender="50401")).text
    assert said_at(page, "receiver-id") == "Vårdenhet 04-01 finns inte."
    assert said_at(page, "sender").startswith("Lager 50401 finns inte.")
    assert "Rehab" not in page


def test_hms_orders_for_others_whom_the_unit_has(web: TestClient, world: Database) -> None:
    browser = logged_in(web, "hms")
    page = browser.post(f"{PAGE}/prova", data={"order_type": "bestallning", "orderer.unit": "04-01"}).text
    assert (value_of(page, "sender"), value_of(page, "receiver.id")) == ("50401", "04-01")
    assert '<option value="best">Beställare</option>' in page
    sent = bestallning(orderer__person="best", orderer__unit="04-01", sender="50401", receiver__id="04-01")
    assert browser.post(PAGE, data=sent, follow_redirects=False).status_code == 303


def suggested(browser: TestClient, at: str, **typed: Any) -> list[tuple[str, str]]:
    """What is suggested in the field with that id: (code, name)."""
    fields = {name.replace("__", "."): value for name, value in typed.items()}
    answer = browser.post(f"{PAGE}/forslag", data=fields, headers={"HX-Trigger": at})
    return re.findall(r'<option value="([^"]*)">([^<]*)</option>', answer.text)


def test_articles_are_found_by_number_and_by_name_in_the_row_that_is_filled_in(web: TestClient) -> None:
    browser = logged_in(web, "lager")
    typed = ["rullstol", "a3", "artik 4"]
    assert suggested(browser, "rows-0-article", line__article=typed) == []
    assert suggested(browser, "rows-1-article", line__article=typed) == [("A3", "Artikel 3")]
    assert suggested(browser, "rows-2-article", line__article=typed) == [("A4", "Artikel 4")]
    assert suggested(browser, "rows-9-article", line__article=typed) == []


def test_units_are_found_among_the_kommuns_own(web: TestClient) -> None:
    assert suggested(logged_in(web, "hms"), "orderer-unit", orderer__unit="re") == [("04-01", "Rehab")]
    assert suggested(logged_in(web, "forsk"), "receiver-id", receiver__id="0") == [("03-05", "Hemvården")]


def test_the_form_speaks_english_to_who_does(web: TestClient, world: Database) -> None:
    browser = logged_in(web, "forsk")
    with world.transaction() as tx:
        choose_language(tx, "forsk", "en")
    page = browser.post(f"{PAGE}/prova", data=forskrivning(sender="10", receiver__id="", prova="ja")).text
    assert said_at(page, "sender").startswith("A direktförskrivning is taken from the own store: choose the unit's own")
    assert "Choose delivering store 50301" in page
    assert said_at(page, "receiver-id") == "Fill this in."


def rejected(database: Database, **changes: Any) -> int:
    """An order of the API's that broke a rule."""
    (order_id,) = store(database, an_order(("A1", 2), **{"sender": "50401", "orderer_person": "forsk"} | changes))
    run_all(database)
    assert order_row(database, order_id)["state"] == "rejected"
    return order_id


def test_a_rejected_order_is_put_right_in_the_same_form(web: TestClient, world: Database) -> None:
    order_id = rejected(world)
    browser = logged_in(web, "hms")
    page = browser.get(f"{PAGE}?rattar={order_id}").text
    assert "välj enhetens eget lager 50301" in said_at(page, "sender")
    number = value_of(page, "external_id")
    sent = bestallning(external_id=number, rattar=str(order_id), var__typ="bestallning")
    refused = browser.post(PAGE, data=sent | {"sender": "50401", "reference": "R-1"})
    assert refused.status_code == 422
    assert (order_row(world, order_id)["state"], order_row(world, order_id)["reference"]) == ("rejected", None)
    answer = browser.post(PAGE, data=sent, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/ordrar/{order_id}")
    run_all(world)
    assert (order_row(world, order_id)["state"], order_row(world, order_id)["sender"]) != ("rejected", "50401")
    assert browser.get(f"{PAGE}?rattar={order_id}").status_code == 409


def test_a_rejected_prescriptions_patient_is_typed_again(web: TestClient, world: Database, tmp_path: Path) -> None:
    keys = keys_of(world, tmp_path / "home" / "keys.json")
    file = a_file(tmp_path, to_a_patient("P-1", sender="50401"))
    assert taken_in(world, keys, file).accepted == 1
    run_all(world)
    browser = logged_in(web, "hms")
    page = browser.get(f"{PAGE}?rattar=1").text
    assert NUMBER not in page
    assert "Patientens nummer visas inte här: skriv det på nytt." in page
    assert "Mottagarens namn, adress, telefon och meddelande visas inte här" in page
    assert (value_of(page, "receiver.id"), said_at(page, "receiver-id")) == ("", "Fyll i fältet.")
    assert value_of(page, "prescriber") == "forsk"


def test_another_kommuns_rejected_order_is_not_there(web: TestClient, world: Database) -> None:
    order_id = rejected(world, orderer_unit="04-01", receiver_code="04-01", sender="50402")
    browser = logged_in(web, "forsk")
    assert browser.get(f"{PAGE}?rattar={order_id}").status_code == 404
    assert browser.post(PAGE, data=bestallning(rattar=str(order_id))).status_code == 404


def test_no_choice_can_put_in_what_no_field_has() -> None:
    assert written_choice({"sender": "10", "prescriber": None}) == "sender=10&prescriber="
