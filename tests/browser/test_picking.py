"""Are a day's orders picked and delivered with a scanner alone? As those who do it, right and wrong, without a mouse.

A scanner is a keyboard: it writes the barcode, and Enter.
"""

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import an_order, receive, states, store
from devices_world import arrive, mark, numbers_of
from playwright.sync_api import Page, expect
from waiting import wait_for

from workflows.master_data import Role


def scan(page: Page, *codes: str) -> None:
    """The scanner writes them, one right after the other, into the field that waits for them."""
    expect(page.locator("[data-scan]")).to_be_focused()
    write(page, *codes)


def write(page: Page, *codes: str) -> None:
    """The scanner writes them wherever the keyboard's focus is."""
    for code in codes:
        page.keyboard.type(f"{code}\n")


def to_pick(office: BackOffice, *articles: str) -> list[int]:
    """An order of one of each article, waiting for its pick at lager 10."""
    ids = store(office.database, *[an_order((article, 1)) for article in articles])
    office.work()
    return ids


def numbers(office: BackOffice, ids: list[int]) -> list[str]:
    """The utleveranser that the system made of them."""
    office.work()
    with office.database.transaction() as tx:
        rows = tx.execute("SELECT number FROM utleverans WHERE order_id = ANY(%s) ORDER BY order_id", (ids,)).fetchall()
    return [number for (number,) in rows]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_days_orders_are_picked_and_delivered_by_scan(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    ids = to_pick(back_office, "A1", "A1", "A2", "A2")
    page = somebody(Role.LAGERPERSONAL, javascript=javascript, then="/plock?lager=10")
    field, said = page.get_by_label("Skanna plocklistan"), page.get_by_role("status")
    for order_id in ids if not javascript else ids[:1]:
        scan(page, f"ORDER-{order_id}")
        expect(said.first).to_contain_text(f"Order {order_id} är plockad")
        expect(field).to_have_value("")
        expect(field).to_be_focused()
    if javascript:
        scan(page, *[f"ORDER-{order_id}" for order_id in ids[1:]])
        expect(said).to_contain_text(f"Order {ids[-1]} är plockad")
        assert barriers(page) == []
    for order_id in ids:
        expect(page.locator(f"#order-{order_id}")).to_have_count(0)
    assert states(back_office.database, ids) == ["picked"] * 4

    notes = numbers(back_office, ids)
    page.goto("/utleveranser?lager=10")
    expect(page.get_by_role("link", name=notes[0])).to_be_visible()
    for number in notes:
        scan(page, number)
        expect(page.get_by_role("status").first).to_contain_text(f"{number} är levererad")
    expect(page.get_by_label("Skanna följesedeln")).to_be_focused()
    assert states(back_office.database, ids) == ["delivered"] * 4


HEARD = """() => {
    window.heard = 0;
    window.OscillatorNode = class extends OscillatorNode { start() { window.heard += 1; super.start(); } };
}"""
"""Counts the sounds."""


def test_a_wrong_scan_is_told_in_words_and_heard_and_the_next_one_is_taken(
    somebody: Somebody, back_office: BackOffice
) -> None:
    done, waits = to_pick(back_office, "A1", "A1")
    page = somebody(Role.TEKNIKER, then="/plock?lager=10")
    said = page.get_by_role("status")
    expect(page.get_by_label("Skanna plocklistan")).to_be_focused()
    page.evaluate(HEARD)
    scan(page, f"ORDER-{done}", f"ORDER-{done}")
    expect(said).to_contain_text(f"✕ Order {done} plockas inte Den är plockad sedan")
    expect(said).to_contain_text("av tekniker")
    assert barriers(page) == []
    scan(page, "ORDER-99999")
    expect(said).to_contain_text("Okänd streckkod")
    expect(page.get_by_label("Skanna plocklistan")).to_be_focused()
    scan(page, f"ORDER-{waits}")
    expect(said).to_contain_text(f"✓ Order {waits} är plockad")
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('no network')) }")
    scan(page, f"ORDER-{waits}")
    expect(said).to_contain_text("Inget svar")
    assert page.evaluate("window.heard") == 3


def test_devices_are_named_by_scan_and_what_is_short_is_counted(somebody: Somebody, back_office: BackOffice) -> None:
    database = back_office.database
    mark(database, "A8")
    receive(database, {("10", "A8"): 1, ("10", "A9"): 3})
    (order_id,) = store(database, an_order(("A8", 1), ("A9", 3)))
    back_office.work()
    page = somebody(Role.LAGERPERSONAL, then="/plock?lager=10")
    scan(page, f"ORDER-{order_id}")  # nothing is known of the device that stands there
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Plock av order {order_id}")
    serials = page.get_by_label("Individnummer av A8")
    expect(serials).to_be_focused()
    assert barriers(page) == []
    write(page, "M-1", "M-2")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")  # past the count of A9, and back
    page.keyboard.press("Shift+Tab")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(page.get_by_text("2 av 1 individnummer är skannade")).to_be_visible()
    expect(serials).to_be_focused()
    expect(page.get_by_label("Hittat antal av A9")).to_have_value("2")
    assert barriers(page) == []
    page.keyboard.press("Control+A")
    write(page, "M-2")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 st saknades och står på en restorder")
    assert numbers_of(database, order_id)[0] == ["M-2"]


@pytest.mark.parametrize("javascript", [True, False])
def test_pick_lists_are_chosen_printed_and_marked_by_keyboard(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    ids = to_pick(back_office, "A3", "A3")
    page = somebody(Role.LAGERPERSONAL, javascript=javascript, then="/plock?visa=ej-utskrivna")
    for order_id in ids:
        page.get_by_label(f"Välj order {order_id}").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="Skriv ut valda").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("2 plocklistor är märkta som utskrivna")
    file = page.get_by_role("link", name="Öppna plocklistorna (PDF)")
    if javascript:
        expect(file).to_be_focused()
        kind = page.evaluate(
            "async (file) => (await fetch(file)).headers.get('content-type')", file.get_attribute("href")
        )
        assert kind == "application/pdf"
        assert barriers(page) == []
    for order_id in ids:
        expect(page.locator(f"#order-{order_id}")).to_have_count(0)
    page.get_by_role("link", name="Alla att plocka").click()
    expect(page.locator(f"#order-{ids[0]}")).to_contain_text("lagerpersonal")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_device_that_did_not_arrive_and_a_failed_delivery_are_told_by_keyboard(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    database, name = back_office.database, "J" if javascript else "N"
    mark(database, "A10")
    arrive(database, "10", f"{name}-1 {name}-2", "A10")
    short, failed = store(database, an_order(("A10", 2)), an_order(("A4", 1)))
    back_office.work()
    page = somebody(Role.TEKNIKER, javascript=javascript, then="/plock?lager=10")
    for order_id in (short, failed):
        scan(page, f"ORDER-{order_id}")
        expect(page.get_by_role("status").first).to_contain_text(f"Order {order_id} är plockad")
    wait_for(lambda: states(database, [short, failed]) == ["picked"] * 2)
    for_short, for_failed = numbers(back_office, [short, failed])

    page.goto(f"/utleveranser/{for_short}")
    page.get_by_label(f"{name}-1").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("1 st kom inte fram och är bokade som differens")

    page.goto(f"/utleveranser/{for_failed}")
    page.get_by_label("Orsak").focus()
    page.keyboard.type("   \n")
    expect(page.get_by_text("En orsak måste anges")).to_be_visible()
    if javascript:
        expect(page.get_by_label("Orsak")).to_be_focused()
        assert barriers(page) == []
    page.get_by_label("Orsak").fill("ingen hemma")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("godset är åter i lagret")
    assert states(database, [short, failed]) == ["delivered", "cancelled"]
    page.goto("/utleveranser?lager=10&lage=bomkorningar")
    expect(page.get_by_text("ingen hemma").first).to_be_visible()


def test_who_sees_most_and_who_sees_least_meet_no_barrier(somebody: Somebody, back_office: BackOffice) -> None:
    (order_id,) = to_pick(back_office, "A5")
    most = somebody(Role.HMS, then="/plock?lager=10")
    scan(most, f"ORDER-{order_id}")
    expect(most.get_by_role("status")).to_contain_text("är plockad")
    (number,) = numbers(back_office, [order_id])
    least = somebody(Role.PRESCRIBER, then="/utleveranser?lager=10")
    expect(least.get_by_role("link", name=number)).to_be_visible()
    expect(least.get_by_label("Skanna följesedeln")).to_have_count(0)
    assert barriers(least) == []
    least.emulate_media(media="print")
    expect(least.get_by_role("link", name=number)).to_be_visible()
    least.emulate_media(media="screen")
    for page in (most, least):
        page.goto(f"/utleveranser/{number}")
        assert barriers(page) == []
