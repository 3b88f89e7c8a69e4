"""Does a person come in by the pages, see what is theirs, and go? As each role, with and without JavaScript."""

import pytest
from browser.conftest import Somebody, barriers
from playwright.sync_api import expect

from workflows.master_data import Role


@pytest.mark.parametrize("role", list(Role))
def test_whoever_logs_in_sees_the_pages_of_their_role_and_no_barrier(somebody: Somebody, role: Role) -> None:
    page = somebody(role, then="/profil")
    expect(page.get_by_role("heading", level=1)).to_have_text("Min profil")
    assert barriers(page) == []
    page.get_by_role("navigation", name="Sidor").get_by_role("link").first.click()
    assert barriers(page) == []


def test_a_wrong_password_is_told_and_the_login_stays(somebody: Somebody) -> None:
    page = somebody(Role.HMS)
    page.get_by_role("button", name="Logga ut").click()
    page.get_by_label("Inloggningsnamn").fill("hms")
    page.get_by_label("Lösenord").fill("fel lösenord, tyvärr")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Inloggningsnamnet eller lösenordet stämmer inte")
    expect(page.get_by_label("Inloggningsnamn")).to_have_value("hms")
    assert barriers(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_language_is_chosen_once_for_all_pages(somebody: Somebody, javascript: bool) -> None:
    page = somebody(Role.TEKNIKER, javascript=javascript, then="/profil")
    page.get_by_label("Sidorna är på").select_option("en")
    page.get_by_role("button", name="Spara").click()
    expect(page.get_by_role("status")).to_have_text("Language saved")
    expect(page.get_by_role("heading", level=1)).to_have_text("My profile")
    page.get_by_label("The pages are in").select_option("sv")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Min profil")


def test_who_is_not_logged_in_comes_to_the_login_and_then_where_they_were_going(somebody: Somebody) -> None:
    page = somebody(Role.HMS, then="/profil")
    page.context.clear_cookies()
    page.goto("/profil")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orderflöde")
    assert page.url.endswith("/logga-in?sedan=%2Fprofil")


def test_an_address_that_is_not_there_is_a_page_that_says_so(somebody: Somebody) -> None:
    page = somebody(Role.HMS, then="/finns-inte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Adressen finns inte")
