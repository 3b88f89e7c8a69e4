"""Is a file of orders tried, mended, mapped, taken in and undone by who does it, with and without JavaScript?

Next: ../integration/test_page_import.py.
"""

import json
import re
from pathlib import Path

import pytest
from browser.conftest import Somebody, barriers
from order_files import a_body
from playwright.sync_api import Page, expect

from workflows.master_data import Role


def a_file(folder: Path, name: str, *, wrong: bool) -> Path:
    """Two orders, the second with a quantity that is none or is one."""
    bodies = [a_body(f"{name}-1"), a_body(f"{name}-2")]
    bodies[1]["lines"][0]["quantity"] = 0 if wrong else 1
    path = folder / f"{name}{wrong}.ndjson"
    path.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    return path


def tiles(page: Page) -> list[str]:
    """What the tiles count, in their order."""
    return page.locator(".tile strong").all_inner_texts()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_file_with_an_error_is_tried_mended_imported_and_undone(
    somebody: Somebody, tmp_path: Path, javascript: bool
) -> None:
    page = somebody(Role.HMS, javascript=javascript, then="/import")
    page.get_by_label("Fil med ordrar").set_input_files(a_file(tmp_path, f"F{javascript}", wrong=True))
    page.get_by_role("button", name="Pröva filen").click()
    expect(page.get_by_role("heading", name="Prövat, inget är lagrat")).to_be_visible()
    assert tiles(page) == ["1", "0", "1", "0"]
    expect(page.get_by_role("row", name=re.compile("F.*-2"))).to_contain_text("heltal från 1 till 9999")
    if javascript:
        assert barriers(page) == []
    page.get_by_label("Fil med ordrar").set_input_files(a_file(tmp_path, f"F{javascript}", wrong=False))
    page.get_by_role("button", name="Importera").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Import \d+"))
    assert tiles(page) == ["2", "0", "0"]
    if javascript:
        assert barriers(page) == []
    page.get_by_label("Orsak").fill("fel fil")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("2 ordrar makulerades")
    expect(page.get_by_text("ångrad", exact=True)).to_be_visible()


def test_the_file_stays_chosen_from_the_trial_to_the_import(somebody: Somebody, tmp_path: Path) -> None:
    page = somebody(Role.HMS, then="/import")
    page.get_by_label("Fil med ordrar").set_input_files(a_file(tmp_path, "S", wrong=True))
    page.get_by_role("button", name="Pröva filen").click()
    expect(page.get_by_role("heading", name="Prövat, inget är lagrat")).to_be_visible()
    page.get_by_role("button", name="Importera").click()
    expect(page.get_by_role("row", name=re.compile("S-2 nekad"))).to_contain_text("heltal från 1 till 9999")
    page.get_by_role("link", name="Visa alla").click()
    expect(page.get_by_role("row", name=re.compile("S-1 mottagen"))).to_be_visible()


def test_a_foreign_table_is_mapped_and_the_mapping_kept(somebody: Somebody, tmp_path: Path) -> None:
    page = somebody(Role.HMS, then="/import")
    table = tmp_path / "utifran.csv"
    table.write_text("Nr;Artikel;Antal\nU-1;A1;2\n")
    page.get_by_label("Fil med ordrar").set_input_files(table)
    page.get_by_role("button", name="Pröva filen").click()
    expect(page.get_by_role("alert")).to_contain_text("Filen går inte att dela upp i kolumner")
    page.get_by_role("button", name="Välj kolumner själv").click()
    expect(page.get_by_label("Artikel: kolumn")).to_have_value("Artikel")
    expect(page.get_by_role("alert")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_label("Ordernummer hos avsändaren: kolumn").select_option("Nr")
    page.get_by_label("Ordertyp: samma på alla rader", exact=True).select_option("bestallning")
    page.get_by_label("Mottagarens slag: samma på alla rader").select_option("vardenhet")
    for name, value in (
        ("Levererande lager", "10"), ("Mottagare", "03-05"), ("Beställare", "best"), ("Enhet", "03-05"),
    ):  # fmt: skip
        page.get_by_label(f"{name}: samma på alla rader", exact=True).fill(value)
    with page.expect_download() as kept:
        page.get_by_role("button", name="Spara mappningen som fil").click()
    assert 'article = "Artikel"' in kept.value.path().read_text()
    page.get_by_role("button", name="Pröva filen").click()
    expect(page.get_by_role("heading", name="Prövat, inget är lagrat")).to_be_visible()
    assert tiles(page) == ["1", "0", "0", "0"]
    page.get_by_role("button", name="Importera").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile(r"Import \d+"))
    assert tiles(page) == ["1", "0", "0"]
