"""Does Översikt live without jumping, lead where it says, and does a scanned number open its page? By keyboard too."""

import re

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import an_order, in_state, own_store_order, store
from people import PERSONNUMMER
from playwright.sync_api import Locator, Page, expect

from workflows.device_register import RegisteredDevice, register_devices
from workflows.heartbeats import CANARY, DISPATCHER, beat
from workflows.master_data import Role


def tile(page: Page, name: str) -> Locator:
    """The number of the tile with that word."""
    return page.get_by_role("listitem").filter(has=page.get_by_text(name, exact=True)).locator("strong")


def test_the_overview_has_no_barrier(somebody: Somebody, back_office: BackOffice) -> None:
    in_state(back_office.database, "rejected")
    with back_office.database.transaction() as tx:
        beat(tx, DISPATCHER, {"degraded": True})
        beat(tx, CANARY)
    page = somebody(Role.HMS)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Översikt")
    assert barriers(page) == []
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 390, "height": 844})
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_numbers_follow_what_happens_and_the_keyboard_stays_where_it_is(
    somebody: Somebody, back_office: BackOffice
) -> None:
    page = somebody(Role.HMS)
    before = int(tile(page, "väntar").inner_text())
    link = page.get_by_role("link", name=re.compile("^Beställning, validerad"))
    link.focus()
    with page.expect_request(lambda request: "hx-request" in request.headers) as asked:
        store(back_office.database, an_order(("A1", 1)))
        back_office.work()
    assert asked.value.headers["orderflode-by-itself"] == "yes"
    expect(tile(page, "väntar")).to_have_text(str(before + 1))
    expect(link).to_be_focused()
    assert barriers(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_box_of_a_machine_leads_to_its_orders(somebody: Somebody, back_office: BackOffice, javascript: bool) -> None:
    order_id = in_state(back_office.database, "rejected")
    page = somebody(Role.HMS, javascript=javascript)
    page.get_by_role("link", name=re.compile(r"^Beställning, avvisad: \d")).click()
    expect(page).to_have_url(re.compile(r"/ordrar\?type=bestallning&state=rejected$"))
    expect(page.get_by_role("link", name=str(order_id), exact=True).first).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_number_that_is_scanned_opens_its_page(somebody: Somebody, back_office: BackOffice, javascript: bool) -> None:
    (order_id,) = store(
        back_office.database, own_store_order(("A2", 1), source="journal", external_id=f"Å-{javascript}")
    )
    page = somebody(Role.LAGERPERSONAL, javascript=javascript)
    page.wait_for_url("**/")  # until it is loaded, with its scripts
    if javascript:
        page.keyboard.press("/")
    else:
        page.get_by_label("Sök eller skanna").focus()
    page.keyboard.type(f"Å-{javascript}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/ordrar/{order_id}$"))


def test_several_of_a_name_and_none_are_told_by_keyboard(somebody: Somebody, back_office: BackOffice) -> None:
    store(back_office.database, *(an_order(("A1", 1), source=each, external_id="TVÅ") for each in ("a", "b")))
    with back_office.database.transaction() as tx:
        register_devices(tx, [RegisteredDevice("10", "A3", "TVÅ")], "test")
    page = somebody(Role.HMS)
    field = page.get_by_label("Sök eller skanna")
    field.fill("TVÅ")
    field.press("Enter")
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(4)
    assert barriers(page) == []
    field.fill("finns inte")
    field.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Hittades inte: finns inte")
    assert barriers(page) == []


def test_somebodys_number_typed_in_the_search_stands_in_no_address(somebody: Somebody) -> None:
    page = somebody(Role.PRESCRIBER)
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    field = page.get_by_label("Sök eller skanna")
    field.fill(PERSONNUMMER)
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Det ser ut som ett personnummer")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(field).to_have_value("")
    assert not any(PERSONNUMMER in address for address in addresses)
    assert PERSONNUMMER not in page.content()
    assert barriers(page) == []
