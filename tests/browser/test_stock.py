"""Do people at a store see, count, receive and refill with a browser? As the roles that do it, by keyboard and scanner.

Each test is about articles of its own. Next: ../integration/test_page_stock.py, test_page_counts.py.
"""

import pytest
from back_office import BackOffice
from browser.conftest import Somebody, barriers
from builders import balance
from devices_world import arrive, mark, where
from playwright.sync_api import Page, expect
from refill_world import levels

from workflows.counts.opening import open_count
from workflows.master_data import Role


def test_a_balance_is_found_from_the_list_of_stores_and_its_movements_are_told(
    somebody: Somebody, back_office: BackOffice
) -> None:
    levels(back_office.database, {"A6": (50, 60)})
    page = somebody(Role.LAGERPERSONAL, then="/lager")
    expect(page.get_by_role("link", name="10", exact=True)).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("link", name="50301", exact=True).click()
    page.get_by_label("Under beställningspunkten").check()
    page.get_by_label("Artikel").fill("artikel 6")
    page.keyboard.press("Enter")
    row = page.get_by_role("row").filter(has=page.get_by_role("link", name="A6", exact=True))
    expect(row).to_contain_text("▼ under")
    assert barriers(page) == []
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A6 Artikel 6")
    expect(page.get_by_role("table")).to_contain_text("mottaget från leverantör")
    expect(page.get_by_role("button", name="Justera saldot")).to_have_count(0)
    assert barriers(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_count_is_opened_written_in_reviewed_and_closed(
    somebody: Somebody, back_office: BackOffice, javascript: bool
) -> None:
    article = "A1" if javascript else "A2"
    page = somebody(Role.HMS, javascript=javascript, then="/lager/50401/inventering")
    page.get_by_label("Vissa artiklar, en på varje rad").check()
    page.get_by_label("Artikelnummer, ett på varje rad").fill(article)
    page.get_by_role("button", name="Öppna").click()
    expect(page.get_by_role("status")).to_have_text("Inventeringen är öppnad")
    field = page.get_by_label(f"Räknat av {article}")
    field.fill("trettio")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ett heltal från 0 till")).to_be_visible()
    expect(field).to_have_value("trettio")
    field.fill("38")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("1 rad sparad")
    page.get_by_role("link", name="Skillnader och avslut").click()
    expect(page.get_by_role("row").filter(has_text=article)).to_contain_text("−2")
    assert not javascript or barriers(page) == []
    page.get_by_label("Orsak").fill("kvartalsräkning")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Inventeringen är stängd")
    assert balance(back_office.database, "50401", article) == (38, 0, 0)


@pytest.mark.parametrize("javascript", [True, False])
def test_devices_are_counted_by_a_scanner_alone(somebody: Somebody, back_office: BackOffice, javascript: bool) -> None:
    article, first, second = ("A9", "S/1", "S2") if javascript else ("A8", "T/1", "T2")
    mark(back_office.database, article)
    arrive(back_office.database, "50301", f"{first} {second}", article)
    count = open_count(back_office.database, "50301", articles=[article], actor="hms")
    page = somebody(Role.HMS, login="hms.karlstad", javascript=javascript, then=f"/lager/50301/inventering/I-{count}")
    for scanned, said in (
        (first, f"{first}: 1 räknade av {article}"),
        (first, f"{first} är redan räknad"),
        ("X9" + article, f"X9{article}: 2 räknade av {article}"),
    ):
        expect(page.get_by_label("Skanna", exact=True)).to_be_focused()
        page.keyboard.type(scanned)
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text(said)
    expect(page.get_by_label("Skanna", exact=True)).to_have_value("")
    assert not javascript or barriers(page) == []
    page.get_by_role("button", name=f"ta bort X9{article}").click()
    expect(page.get_by_role("status")).to_have_text(f"X9{article} är borttagen")
    page.get_by_role("link", name="Skillnader och avslut").click()
    page.get_by_label("Orsak").fill("räkning")
    page.get_by_role("button", name="Stäng och bokför").click()
    expect(page.get_by_role("status")).to_have_text("Inventeringen är stängd")
    assert where(back_office.database, second, article)[0] == "difference"


def test_a_scan_that_is_refused_is_told_and_the_next_one_is_taken(somebody: Somebody, back_office: BackOffice) -> None:
    count = open_count(back_office.database, "10", articles=["A3"], actor="hms")
    page = somebody(Role.HMS, then=f"/lager/10/inventering/I-{count}")
    for scanned, role, said in (
        ("okänd", "alert", "Inventeringen har ingen sådan artikel eller individ"),
        ("A3", "status", "A3: 1 räknade av A3"),
    ):
        expect(page.get_by_label("Skanna", exact=True)).to_be_focused()
        page.keyboard.type(scanned)
        page.keyboard.press("Enter")
        expect(page.get_by_role(role)).to_have_text(said)  # type: ignore[arg-type]
        assert barriers(page) == []


def test_a_refill_is_looked_at_and_approved_by_who_works_in_the_store(
    somebody: Somebody, back_office: BackOffice
) -> None:
    levels(back_office.database, {"A4": (45, 52)})
    page = somebody(Role.LAGERPERSONAL, then="/lager/50301/pafyllnad")
    other = somebody(Role.TEKNIKER, then="/lager/50301/pafyllnad")
    expect(page.get_by_role("row").filter(has_text="A4")).to_contain_text("12")
    assert barriers(page) == []
    page.get_by_role("button", name="Godkänn och beställ").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Beställt: order")
    other.get_by_role("button", name="Godkänn och beställ").click()
    expect(other.get_by_role("alert")).to_contain_text("Behovet har ändrats")
    with back_office.database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM orders WHERE external_id ^@ 'REFILL-50301'").fetchone() == (1,)


def test_goods_are_received_and_a_wrong_balance_is_set_right(somebody: Somebody, back_office: BackOffice) -> None:
    page = somebody(Role.HMS, then="/lager/10/ta-emot?artikel=A5")
    page.get_by_label("Följesedelns nummer").fill("F-77")
    page.get_by_label("Antal").fill("noll")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Inget är bokfört")
    expect(page.get_by_label("Följesedelns nummer")).to_have_value("F-77")
    assert barriers(page) == []
    page.get_by_label("Antal").fill("5")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("5 A5 mottagna")
    page.goto("/lager/10/artikel/A5")
    page.get_by_label("Räknat antal på hyllan").fill("44")
    page.get_by_label("Orsak").fill("en trasig")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Saldot är 44, differens -1")
    assert barriers(page) == []
    page.get_by_role("link", name="Differenser").click()
    page.get_by_label("Vad utredningen visade").fill("kasserad")
    assert barriers(page) == []
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Differensen är utredd")
    expect(page.get_by_text("Inga differenser att utreda")).to_be_visible()


def test_a_device_is_scanned_and_its_life_is_told(somebody: Somebody, back_office: BackOffice) -> None:
    mark(back_office.database, "A7")
    arrive(back_office.database, "50301", "L/7", "A7")
    page = somebody(Role.PRESCRIBER, then="/individer")
    assert barriers(page) == []
    _scan(page, "finns inte")
    expect(page.get_by_role("alert")).to_have_text("Individen finns inte i registret")
    _scan(page, "L/7")
    expect(page.get_by_role("heading", level=1)).to_have_text("Individ L/7")
    expect(page.get_by_role("list")).to_contain_text(["mottagen från leverantör: i lager 50301"])
    assert barriers(page) == []


def _scan(page: Page, number: str) -> None:
    expect(page.get_by_label("Individnummer")).to_be_focused()
    page.keyboard.type(number)
    page.keyboard.press("Enter")
