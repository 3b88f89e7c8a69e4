"""Does a device come back by a browser: from its order's page to the shelf? As who handles goods, and by keyboard."""

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import balance, own_store_order, store
from devices_world import arrive, mark, naming, where
from playwright.sync_api import expect

from workflows.master_data import Role


@pytest.mark.parametrize("javascript", [True, False])
def test_what_was_delivered_comes_back_to_the_shelf_and_some_is_written_off(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    article = "A1" if javascript else "A2"
    (order,) = store(back_office.database, own_store_order((article, 3)))
    back_office.work()
    page = somebody(Role.LAGERPERSONAL, javascript=javascript, then=f"/ordrar/{order}")
    page.get_by_role("link", name="Begär åter").click()
    page.get_by_label(f"Antal av {article}").fill("4")
    page.get_by_label("Till lager").select_option("50301")
    page.get_by_label("Orsak").fill("behövs inte")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("4 är fler än de 3 som finns")
    expect(page.get_by_label("Orsak")).to_have_value("behövs inte")
    assert not javascript or barriers(page) == []
    page.get_by_label(f"Antal av {article}").fill("2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("är begärd")
    assert not javascript or barriers(page) == []
    page.get_by_role("button", name="Ta emot").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Returen är mottagen")
    page.get_by_label(f"till hyllan {article}").fill("1")
    page.get_by_label(f"svinn {article}").fill("1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Svinn måste ha en orsak")
    assert not javascript or barriers(page) == []
    page.get_by_label("Orsak").fill("trasig")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Returen är bedömd")
    expect(page.get_by_text("avslutad", exact=True)).to_be_visible()
    assert balance(back_office.database, "50301", article) == (38, 0, 0)


def test_a_marked_device_is_received_by_its_number_and_mended(somebody: Somebody, back_office: BackOffice) -> None:
    mark(back_office.database, "A9")
    arrive(back_office.database, "50301", "R/9")
    (order,) = store(back_office.database, naming("R/9", order=own_store_order(("A9", 1))))
    back_office.work()
    page = somebody(Role.TEKNIKER, then=f"/returer/ny?order={order}")
    page.get_by_label("Till lager").select_option("50301")
    page.get_by_label("Orsak").fill("går sönder")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ta emot").click()
    page.get_by_label("R/9").select_option("till reparation")
    page.get_by_role("button", name="Bedöm det som kom").click()
    expect(page.get_by_role("row").filter(has_text="R/9")).to_contain_text("R/9 (reparation)")
    assert barriers(page) == []
    page.get_by_label("R/9").select_option("till hyllan")
    page.get_by_role("button", name="Ta emot från reparation").click()
    expect(page.get_by_role("status")).to_have_text("Returen är uppdaterad")
    assert where(back_office.database, "R/9")[:2] == ("store", "50301")
    page.get_by_role("link", name="Alla returer").click()
    page.get_by_role("link", name="Visa även avslutade").click()
    expect(page.get_by_role("table")).to_contain_text("1 × A9")
    assert barriers(page) == []
