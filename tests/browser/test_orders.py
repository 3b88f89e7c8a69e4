"""Do people find orders, see where one stands, and move it? As the roles that do, by list and by page.

Next: ../integration/test_page_orders.py, what the pages tell.
"""

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import an_order, in_state, states, store
from people import PERSONNUMMER, delivered_to
from playwright.sync_api import Page, expect

from workflows.keyring import keys_of
from workflows.master_data import Role


def waiting(office: BackOffice, *lines: tuple[str, int]) -> int:
    """An order that waits for its pick."""
    (order,) = store(office.database, an_order(*lines))
    office.work()
    return order


def pressed_until(page: Page, key: str, name: str) -> None:
    """Press the key until what has the focus is called so."""
    for _ in range(60):
        page.keyboard.press(key)
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    pytest.fail(f"the keyboard does not come to {name}")


def test_an_order_is_found_in_the_list_and_picked_by_keyboard_alone(
    somebody: Somebody, back_office: BackOffice
) -> None:
    order = waiting(back_office, ("A1", 1))
    page = somebody(Role.LAGERPERSONAL, then="/ordrar")
    expect(page.get_by_role("link", name=str(order), exact=True)).to_be_visible()
    assert barriers(page) == []
    page.get_by_label("Läge").focus()
    page.keyboard.type("valid")
    expect(page).to_have_url(f"{back_office.address}/ordrar?q=&state=validated&type=&store=")
    pressed_until(page, "Tab", str(order))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"Order {order}")
    assert barriers(page) == []
    pressed_until(page, "Tab", "Bekräfta plock")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_have_text("Gjort: ordern är nu plockad")
    assert states(back_office.database, [order]) == ["picked"]


@pytest.mark.parametrize("javascript", [True, False])
def test_an_order_is_cancelled_with_a_reason(somebody: Somebody, back_office: BackOffice, javascript: bool) -> None:
    order = waiting(back_office, ("A2", 1))
    page = somebody(Role.PRESCRIBER, javascript=javascript, then=f"/ordrar/{order}")
    page.locator("summary", has_text="Makulera").last.click()
    page.get_by_label("Orsak").last.fill("beställd två gånger")
    page.get_by_role("button", name="Makulera", exact=True).click()
    expect(page.get_by_role("list").filter(has_text="beställd två gånger")).to_be_visible()
    assert states(back_office.database, [order]) == ["cancelled"]


def test_why_something_does_not_go_is_told_where_it_would_be_done(somebody: Somebody, back_office: BackOffice) -> None:
    page = somebody(Role.TEKNIKER, then=f"/ordrar/{waiting(back_office, ('A3', 1))}")
    page.get_by_text("Vad går inte nu, och varför?").click()
    expect(page.get_by_text("kan inte levereras; nästa steg är plocket")).to_be_visible()
    assert barriers(page) == []


def test_a_form_of_an_old_page_is_refused_and_the_focus_is_on_why(somebody: Somebody, back_office: BackOffice) -> None:
    order = waiting(back_office, ("A4", 1))
    page, other = (somebody(role, then=f"/ordrar/{order}") for role in (Role.HMS, Role.LAGERPERSONAL))
    other.get_by_role("button", name="Bekräfta plock").click()
    expect(other.get_by_role("status").first).to_have_text("Gjort: ordern är nu plockad")
    page.get_by_role("button", name="Bekräfta plock").click()
    expect(page.locator(":focus")).to_contain_text("Ordern har ändrats sedan du öppnade sidan")
    expect(page.get_by_role("button", name="Bekräfta plock")).to_have_count(0)
    assert barriers(page) == []


def test_the_page_of_a_moving_order_moves_with_it(somebody: Somebody, back_office: BackOffice) -> None:
    (order,) = store(back_office.database, an_order(("A5", 1)))
    page = somebody(Role.HMS)
    page.clock.install()
    page.goto(f"/ordrar/{order}")
    expect(page.locator("#nu")).to_contain_text("utkast")
    back_office.work()
    page.clock.fast_forward(5_000)
    expect(page.locator("#nu")).to_contain_text("validerad")
    expect(page.locator("#rorelse")).to_have_text("Ordern är nu validerad")
    page.get_by_role("link", name="Visa vad som kan göras nu").click()
    expect(page.get_by_role("button", name="Bekräfta plock")).to_be_visible()


def test_a_rejected_order_says_what_was_wrong_and_leads_to_its_amendment(
    somebody: Somebody, back_office: BackOffice
) -> None:
    order = in_state(back_office.database, "rejected")
    page = somebody(Role.HMS, then=f"/ordrar/{order}")
    expect(page.get_by_role("region", name="Reglerna avvisade ordern")).to_contain_text("Artikel unknown finns inte")
    expect(page.get_by_role("link", name="Rätta")).to_have_attribute("href", f"/ny-order?rattar={order}")
    assert barriers(page) == []


def test_who_a_patient_is_is_shown_after_one_said_why(somebody: Somebody, back_office: BackOffice) -> None:
    keys = keys_of(back_office.database, back_office.folder / "home" / "keys.json")
    order = delivered_to(back_office.database, keys, PERSONNUMMER, ("A6", 1))
    page = somebody(Role.HMS, then=f"/ordrar/{order}")
    expect(page.get_by_text(PERSONNUMMER)).to_have_count(0)
    page.get_by_label("Varför behöver du se vem det är?").fill("ringer om leveransen")
    page.get_by_role("button", name="Visa mottagaren").click()
    expect(page.get_by_text(PERSONNUMMER)).to_be_visible()
    assert PERSONNUMMER not in page.url + page.title()
    assert barriers(page) == []


def test_orders_are_ticked_and_picked_at_once_and_each_is_told_of(somebody: Somebody, back_office: BackOffice) -> None:
    one, two = (waiting(back_office, ("A1", 1)) for _ in range(2))
    (draft,) = store(back_office.database, an_order(("A1", 1)))
    page = somebody(Role.LAGERPERSONAL, then="/ordrar")
    for order in (one, two, draft):
        page.get_by_label(f"Välj order {order}", exact=True).check()
    page.get_by_label("Med valda ordrar").select_option("Bekräfta plock")
    page.get_by_role("button", name="Gör det").click()
    expect(page.locator(":focus")).to_contain_text("2 gjorda, 1 gick inte")
    expect(page.get_by_role("table", name="Gick inte").get_by_role("link")).to_have_text(str(draft))
    assert states(back_office.database, [one, two]) == ["picked", "picked"]
    assert barriers(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_all_that_a_filter_shows_are_cancelled_after_a_question(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    ids = [waiting(back_office, ("A2", 1)) for _ in range(2)]
    page = somebody(Role.HMS, javascript=javascript, then="/ordrar?state=validated")
    page.get_by_label("Med valda ordrar").select_option("Makulera")
    page.get_by_label("alla som filtret visar").check()
    page.get_by_role("button", name="Gör det").click()
    expect(page.get_by_role("alert")).to_have_text("Skriv varför ordrarna makuleras")
    page.get_by_label("Med valda ordrar").select_option("Makulera")
    page.get_by_label("alla som filtret visar").check()
    page.get_by_label("Orsak").fill("lagret flyttar")
    page.get_by_role("button", name="Gör det").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Makulera?")
    if javascript:
        assert barriers(page) == []
    page.get_by_role("button", name="Makulera:").click()
    expect(page.get_by_role("status").first).to_contain_text("0 gick inte")
    assert states(back_office.database, ids) == ["cancelled", "cancelled"]


@pytest.mark.parametrize("javascript", [True, False])
def test_a_list_is_kept_under_a_name_and_opened_again(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    rejected = in_state(back_office.database, "rejected")
    page = somebody(Role.HMS, javascript=javascript, then="/ordrar?state=rejected")
    name = f"Avvisade {rejected}"
    page.get_by_text("Spara eller ta bort vy").click()
    page.get_by_label("Namn på det som visas nu").fill(name)
    page.get_by_role("button", name="Spara vyn").click()
    page.goto("/ordrar")
    page.get_by_role("link", name=name).click()
    expect(page).to_have_url(f"{back_office.address}/ordrar?state=rejected")
    expect(page.get_by_role("link", name=str(rejected), exact=True)).to_be_visible()
    page.get_by_text("Spara eller ta bort vy").click()
    page.get_by_role("button", name=f"Ta bort vyn {name}").click()
    expect(page.get_by_role("link", name=name)).to_have_count(0)


def test_a_role_that_may_only_read_and_cancel_meets_no_barrier(somebody: Somebody, back_office: BackOffice) -> None:
    page = somebody(Role.PRESCRIBER, then="/ordrar?state=delivered&q=finns-inte")
    expect(page.get_by_text("Inga ordrar passar filtret.")).to_be_visible()
    assert barriers(page) == []
    page.goto(f"/ordrar/{waiting(back_office, ('A3', 1))}")
    assert barriers(page) == []
