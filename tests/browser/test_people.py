"""Do people search a patient, review the log, release what is held and keep accounts? As those who do so, by keyboard.

Next: ../integration/test_page_people.py (what each page tells, without a browser).
"""

import re

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import an_order, let_time_pass, store
from failing import failing_for
from people import ANOTHER_PERSONNUMMER, PERSONNUMMER, delivered_to
from playwright.sync_api import Page, expect

from config.database import Database
from workflows.attempts import MOST_ATTEMPTS
from workflows.cohort import run_named
from workflows.keyring import keys_of
from workflows.master_data import Role
from workflows.steps import deliver, pick

A_PASSWORD = "sju sjösjuka sjömän"


def an_order_to(office: BackOffice, number: str) -> int:
    """A förskrivning of two units that is with the patient; each person picks and delivers by hand at lager 10."""
    keys = keys_of(office.database, office.folder / "home" / "keys.json")
    order_id = delivered_to(office.database, keys, number, ("A2", 2))
    for step in (pick.STEP, deliver.STEP):
        run_named(office.database, step, order_id, actor="test")
        office.work()
    return order_id


def held(database: Database, office: BackOffice, *orders: int) -> None:
    """Let every attempt of the orders fail until they are held."""
    with failing_for(database, *orders):
        for _ in range(MOST_ATTEMPTS):
            let_time_pass(database)
            office.work()


def goes(page: Page, *names: str) -> None:
    """To a page by the navigation, and to a part of it."""
    page.get_by_role("navigation", name="Sidor").get_by_role("link", name=names[0], exact=True).press("Enter")
    for name in names[1:]:
        page.get_by_role("navigation", name="Delar").get_by_role("link", name=name, exact=True).press("Enter")


def test_a_patient_is_searched_by_keyboard_and_the_reviewer_finds_the_look(
    somebody: Somebody, back_office: BackOffice
) -> None:
    order_id = an_order_to(back_office, PERSONNUMMER)
    page = somebody(Role.HMS, then="/patient")
    expect(page.get_by_label("Patientens nummer")).to_be_focused()
    page.keyboard.type(PERSONNUMMER)
    page.keyboard.press("Tab")
    page.keyboard.type("ringde om sin rollator")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=str(order_id), exact=True).first).to_be_visible()
    expect(page.get_by_role("cell", name="hos personen")).to_be_visible()
    assert PERSONNUMMER not in page.content() and PERSONNUMMER not in page.url
    # The answer is where the keyboard goes on.
    assert page.evaluate("document.activeElement.className") == "found"
    assert barriers(page) == []

    reviewer = somebody(Role.ADMIN, then="/granskning")
    reviewer.get_by_label("Vem", exact=True).fill("hms")
    reviewer.get_by_label("Vem", exact=True).press("Enter")
    row = reviewer.get_by_role("row").filter(has_text="ringde om sin rollator")
    expect(row).to_contain_text("sökte en patient")
    row.get_by_role("cell").nth(4).get_by_role("link").press("Enter")
    expect(reviewer.get_by_text("Visar åtkomster till patient")).to_be_visible()
    expect(reviewer.get_by_role("row").filter(has_text="ringde om sin rollator")).to_be_visible()
    assert barriers(reviewer) == []


def test_nobody_found_and_a_wrong_number_are_told_without_javascript_too(somebody: Somebody) -> None:
    page = somebody(Role.PRESCRIBER, javascript=False, then="/patient")
    page.get_by_label("Patientens nummer").fill("inget nummer")
    page.get_by_label("Varför söker du?").fill("provar ut")
    page.get_by_role("button", name="Sök", exact=True).press("Enter")
    expect(page.get_by_label("Patientens nummer")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Patientens nummer")).to_have_value("")
    expect(page.get_by_label("Varför söker du?")).to_have_value("provar ut")
    page.get_by_label("Patientens nummer").fill(ANOTHER_PERSONNUMMER)
    page.get_by_role("button", name="Sök", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Ingen träff")).to_be_visible()
    assert ANOTHER_PERSONNUMMER not in page.content()


def test_a_sample_is_drawn_and_decided_without_javascript_too(somebody: Somebody, back_office: BackOffice) -> None:
    with back_office.database.session() as owner:
        owner.execute(
            "INSERT INTO access_log (at, actor, role, action, why) "
            "SELECT now() - interval '1 hour', name, 'hms', 'denied', 'prov' FROM unnest('{agda, bo}'::text[]) AS name"
        )
    page = somebody(Role.ADMIN, javascript=False, then="/granskning/stickprov")
    page.get_by_label("Urval").select_option("denied")
    page.get_by_role("button", name="Dra stickprov").press("Enter")
    agda, bo = (page.get_by_role("row").filter(has_text=name) for name in ("agda", "bo"))
    agda.get_by_role("button", name="befogad").press("Enter")
    expect(agda).to_contain_text("befogad")
    bo.get_by_text("Annat beslut").press("Enter")
    bo.get_by_role("button", name="Obefogad").press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Beskriv vad som gjorts")
    bo.get_by_label("Vad har gjorts?").fill("talat med chefen")
    bo.get_by_role("button", name="Obefogad").press("Enter")
    expect(bo).to_contain_text("talat med chefen")
    expect(page.get_by_text("Granskade: 2 av 2")).to_be_visible()


def test_a_held_order_is_released_and_what_happened_is_told(somebody: Somebody, back_office: BackOffice) -> None:
    (order_id,) = store(back_office.database, an_order(("A3", 1)))
    held(back_office.database, back_office, order_id)
    page = somebody(Role.HMS, then="/")
    goes(page, "Granskning", "Hållna ordrar")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name=str(order_id), exact=True))
    expect(row).to_contain_text("RaiseException")
    assert barriers(page) == []
    row.get_by_role("button", name="Släpp").press("Enter")
    expect(page.get_by_role("status")).to_have_text(f"Order {order_id} är släppt och gick från utkast till validerad.")
    expect(row).to_have_count(0)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_new_persons_account_is_made_used_and_closed(somebody: Somebody, javascript: bool) -> None:
    login = f"lea{javascript}".lower()
    page = somebody(Role.ADMIN, javascript=javascript, then="/konton/nytt")
    page.get_by_label("Inloggningsnamn").fill(login)
    page.get_by_label("Namn", exact=True).fill("Lea Öberg")
    page.get_by_label("lagerpersonal").press("Space")
    page.get_by_role("button", name="Skapa konto").press("Enter")
    # Store staff have a kommun: what was typed is still there.
    expect(page.get_by_role("alert")).to_contain_text("Kontot behöver en kommun")
    expect(page.get_by_label("lagerpersonal")).to_be_checked()
    page.get_by_label("Kommun").select_option("Karlstad")
    page.get_by_role("button", name="Skapa konto").press("Enter")
    link = page.get_by_label("Länken").input_value()

    # The link's own page needs JavaScript.
    lea = somebody(Role.TEKNIKER, then="/profil")
    lea.goto(link)
    assert "invite" not in lea.url
    assert barriers(lea) == []
    lea.get_by_label("Lösenord password").fill(A_PASSWORD)
    lea.get_by_label("Lösenord igen").fill("något annat än det")
    lea.keyboard.press("Enter")
    expect(lea.get_by_role("alert")).to_contain_text("Lösenorden är olika")
    lea.get_by_label("Lösenord igen").fill(A_PASSWORD)
    lea.keyboard.press("Enter")
    expect(lea.get_by_role("heading", level=1)).to_have_text("Översikt")
    lea.goto("/profil")
    expect(lea.get_by_text(login).first).to_be_visible()

    page.get_by_role("link", name="Till kontot").press("Enter")
    expect(page.get_by_role("button", name="Avsluta alla")).to_be_visible()
    page.get_by_role("button", name="Stäng kontot").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Kontot är stängt")
    lea.reload()
    expect(lea.get_by_role("heading", level=1)).to_have_text("Orderflöde")


def test_a_token_is_made_shown_once_and_revoked(somebody: Somebody) -> None:
    page = somebody(Role.ADMIN, then="/")
    goes(page, "Konton", "Tokens")
    page.get_by_label("Namn").fill("Journal")
    page.get_by_label("Källa").fill("journal")
    page.get_by_label("läsa ordrar").press("Space")
    page.get_by_role("button", name="Skapa token").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("En token har ett namn av a–z")
    page.get_by_label("Namn").fill("journal")
    page.get_by_role("button", name="Skapa token").press("Enter")
    expect(page.get_by_label("Tokens hemlighet")).to_have_value(re.compile("^ofl_"))
    assert "ofl_" not in page.url
    assert barriers(page) == []
    page.get_by_role("link", name="Till alla tokens").press("Enter")
    page.get_by_role("button", name="Återkalla journal").press("Enter")
    expect(page.get_by_role("status")).to_have_text("Token journal är återkallad")
    expect(page.get_by_role("row").filter(has_text="journal")).to_contain_text("återkallad")
    assert barriers(page) == []


@pytest.mark.parametrize(
    ("role", "pages"),
    [
        (Role.ADMIN, {
            "/granskning/atkomst", "/granskning/stickprov", "/granskning/drift", "/konton/alla", "/konton/nytt",
            "/konton/konto/forsk", "/konton/konto/prescriber", "/konton/webhookar",
        }),
        (Role.HMS, {"/patient", "/granskning/hallna", "/granskning/drift", "/konton/webhookar"}),
        (Role.LAGERPERSONAL, {"/granskning/drift"}),
    ],
)  # fmt: skip
def test_each_role_sees_its_own_parts_and_no_barrier(somebody: Somebody, role: Role, pages: set[str]) -> None:
    page = somebody(role, then="/profil")
    for address in sorted(pages):
        page.goto(address)
        assert barriers(page) == [], address
    links = page.get_by_role("navigation").get_by_role("link").evaluate_all("each => each.map(a => a.pathname)")
    assert ("/konton/tokens" in links) == (role is Role.ADMIN)
    assert ("/patient" in links) == (role is Role.HMS)
