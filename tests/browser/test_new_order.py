"""Is each order type created by who does it, right and wrong, by keyboard and without JavaScript? And refused in time?

Next: ../integration/test_page_new_order.py, what the form says without a browser.
"""

import re

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import an_order, states, store
from people import PERSONNUMMER
from playwright.sync_api import Page, expect

from workflows.master_data import Role

SAVED = re.compile(r"/ordrar/\d+$")


def newest(office: BackOffice) -> tuple[str, str | None, str, str | None, str]:
    """The order that was created last, when the workers have been at it."""
    office.work()
    with office.database.transaction() as tx:
        row = tx.execute(
            "SELECT order_type, customer_order_type, sender, receiver_code, state FROM orders ORDER BY id DESC LIMIT 1"
        ).fetchone()
    assert row is not None
    return row


def fill_row(page: Page, number: int, article: str, quantity: str) -> None:
    page.get_by_label(f"Rad {number}: artikel").fill(article)
    page.get_by_label(f"Rad {number}: antal").fill(quantity)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_prescriber_is_told_beside_the_field_takes_the_right_choice_and_creates_it(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    page = somebody(Role.PRESCRIBER, javascript=javascript, then="/ny-order")
    if javascript:
        assert barriers(page) == []
    expect(page.get_by_label("Ansvarig förskrivare")).to_have_value("forsk")
    page.get_by_label("Patientens nummer").fill(PERSONNUMMER)
    page.get_by_label("Medicinskt ställningstagande, datum").fill("2026-11-20")
    page.get_by_label("Referens till beslutet").fill("J-1")
    fill_row(page, 1, "A1", "1")
    page.get_by_label("Levererande lager").select_option("10")
    if not javascript:
        page.get_by_role("button", name="Pröva", exact=True).click()
    wrong = page.locator("#sender-about")
    expect(wrong).to_contain_text("En direktförskrivning tas från eget lager")
    if javascript:
        assert barriers(page) == []
    wrong.get_by_role("button", name="Välj levererande lager 50301").click()
    expect(page.get_by_label("Levererande lager")).to_have_value("50301")
    expect(wrong).not_to_contain_text("tas från eget lager")
    expect(page.get_by_label("Patientens nummer")).to_have_value(PERSONNUMMER)
    page.get_by_role("button", name="Skapa ordern").click()
    page.wait_for_url(SAVED)
    assert PERSONNUMMER not in page.url + page.title()
    assert newest(back_office)[:4] == ("forskrivning", "direktforskrivning", "50301", None)


def test_store_staff_refill_their_store_by_keyboard_alone(somebody: Somebody, back_office: BackOffice) -> None:
    page = somebody(Role.LAGERPERSONAL, then="/ny-order")
    expect(page.get_by_label("Levererande lager")).to_have_value("10")
    page.get_by_label("Rad 1: artikel").focus()
    page.keyboard.type("A2")
    page.keyboard.press("Enter")  # as a scanner does: it is judged, and nothing is sent
    expect(page.locator("#rows-0-article-about")).to_have_text("Artikel 2")
    expect(page.get_by_role("alert").get_by_role("link")).to_have_text("Rad 1: antal")
    assert barriers(page) == []
    page.get_by_role("alert").get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Rad 1: antal")).to_be_focused()
    page.keyboard.type("3")
    page.keyboard.press("Tab")
    expect(page.locator("#domen")).to_contain_text("Ordern följer reglerna")
    button = page.get_by_role("button", name="Skapa ordern")
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(SAVED)
    assert newest(back_office)[:4] == ("lagerflyttsorder", "lagerflytt", "10", "50301")


@pytest.mark.parametrize("javascript", [True, False])
def test_an_orderer_adds_rows_and_chooses_articles_by_name(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    page = somebody(Role.ORDERER, javascript=javascript, then="/ny-order")
    page.get_by_label("Levererande lager").select_option("10")
    page.get_by_role("button", name="Lägg till rad").click()
    if javascript:
        expect(page.get_by_label("Rad 3: artikel")).to_be_focused()
        page.keyboard.type("artikel 3")
        expect(page.locator("#artiklar option")).to_have_attribute("value", "A3")
    fill_row(page, 3, "A3", "2")
    fill_row(page, 1, "A4", "1")
    page.get_by_role("button", name="Ta bort rad 2").click()
    expect(page.get_by_label("Rad 3: artikel")).to_have_count(0)
    expect(page.get_by_label("Rad 2: artikel")).to_have_value("A3")
    page.get_by_role("button", name="Skapa ordern").click()
    page.wait_for_url(SAVED)
    assert newest(back_office)[:4] == ("bestallning", None, "10", "03-05")


def test_hms_chooses_for_whom_and_a_medical_decision_makes_it_a_prescription(somebody: Somebody) -> None:
    page = somebody(Role.HMS, then="/ny-order?typ=forskrivning")
    page.get_by_label("Enhet").fill("04-01")
    page.get_by_label("Enhet").press("Tab")
    expect(page.get_by_label("Levererande lager")).to_have_value("50401")
    page.get_by_label("Ansvarig förskrivare").fill("forsk")
    page.get_by_label("Beställare").fill("forsk")
    page.get_by_label("Ordertyp", exact=True).select_option("bestallning")
    expect(page.get_by_label("Till vårdenhet")).to_have_value("04-01")
    wrong = page.locator("#prescriber-about, #medical_decision-date-about")
    wrong.get_by_role("button", name="Gör en förskrivning i stället").click()
    expect(page.get_by_label("Ordertyp", exact=True)).to_have_value("forskrivning")
    expect(page.get_by_label("Patientens nummer")).to_have_value("")
    page.get_by_role("button", name="Pröva", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Patientens nummer: Fyll i fältet.")
    expect(page.get_by_role("alert")).to_be_focused()
    assert barriers(page) == []


def test_a_rejected_order_is_put_right_by_one_click(somebody: Somebody, back_office: BackOffice) -> None:
    (order_id,) = store(back_office.database, an_order(("A5", 1), sender="50401"))
    back_office.work()
    page = somebody(Role.HMS, then=f"/ny-order?rattar={order_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Rätta order {order_id}")
    assert barriers(page) == []
    page.locator("#sender-about").get_by_role("button", name="Välj levererande lager 50301").click()
    expect(page.locator("#domen")).to_have_text("Ordern följer reglerna")
    page.get_by_role("button", name="Rätta ordern").click()
    page.wait_for_url(f"/ordrar/{order_id}")
    back_office.work()
    assert states(back_office.database, [order_id]) == ["delivered"]
