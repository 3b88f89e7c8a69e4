"""Do real workbooks arrive whole? A catalogue's sheets, counted row by row, and through the whole command.

The data are NAV's (Norway, MIT): articles of assistive devices, as people keep them. What is to be counted was counted
by another program.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from command_line import CommandLine

from exchange.incoming.workbook import Workbook
from exchange.incoming.xlsx_file import written

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "catalogue"

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the sample data are not beside the project")

PARTS = {"external_id": "Lev. art.nr", "article": "HMS art.nr.", "quantity": "Standard antall"}
CATALOGUE = {
    "external_id": "Bestillingsnr (Rammeavtnr)\nNummer knyttet til den enkelte leverandør på den enkelte avtale. "
    "Tildeles av Systemansvarlig ved lasting av ny avt.",
    "article": "HMS-Artnr Tildeles av systemansvarlig",
    "quantity": "Kategori",
}
CONSTANTS = {
    "order_type": "bestallning", "sender": "10", "receiver_kind": "vardenhet", "receiver_id": "03-05",
    "orderer_person": "best-1", "orderer_unit": "03-05",
}  # fmt: skip


@pytest.mark.parametrize("name", ["import.xlsx", "katalog-test.xlsx", "deler.xlsx"])
def test_every_sheet_has_as_many_filled_rows_as_were_counted(name: str) -> None:
    expected = json.loads((SAMPLES / "expected_rows.json").read_text())[name]
    book = Workbook(SAMPLES / name)
    assert {sheet.name: sum(1 for _ in book.rows(sheet)) for sheet in book.sheets} == expected


def test_the_parts_of_a_wheelchair_are_ordered_with_their_zeros(orderflode: CommandLine, tmp_path: Path) -> None:
    rows = _cells("deler.xlsx", "Deler (detaljer)")
    lines = {each["Lev. art.nr"]: (each["HMS art.nr."], int(each["Standard antall"])) for each in rows}
    unnamed = [row_no for row_no, each in enumerate(rows, start=2) if not each["Lev. art.nr"]]
    mapping = _mapping(tmp_path, PARTS)

    taken = orderflode.read("import", SAMPLES / "deler.xlsx", "--mapping", mapping, status=1 if unnamed else 0)

    assert taken["sheet"] == "Deler (detaljer)"
    stored = {
        order["external_id"]: [(line["article"], line["quantity"]) for line in order["lines"]]
        for order in orderflode.read("orders")
    }
    assert sum(len(each) for each in stored.values()) + len(unnamed) == len(rows) == 123
    assert [each["rows"] for each in taken["orders"]] == [[row_no, row_no] for row_no in unnamed]
    assert {name: line for name, line in lines.items() if name} == {name: each[-1] for name, each in stored.items()}
    assert stored["25173-1"] == [("004392", 1)]
    again = orderflode.read("import", SAMPLES / "deler.xlsx", "--mapping", mapping, status=1 if unnamed else 0)
    assert (again["accepted"], again["unchanged"]) == (0, taken["accepted"])


def test_rows_of_a_template_are_no_orders_and_headers_with_line_breaks_are_found(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    mapping = _mapping(tmp_path, CATALOGUE)
    template = orderflode.read("import", SAMPLES / "katalog-test.xlsx", "--mapping", mapping, "--dry-run")
    filled = orderflode.read(
        "import", SAMPLES / "katalog-test.xlsx", "--mapping", mapping, "--sheet", "Gjeldende", "--dry-run", status=1
    )
    missing = orderflode.run(
        "import", SAMPLES / "katalog-test.xlsx", "--mapping", mapping, "--sheet", "Reservedeler", status=2
    )

    assert (template["sheet"], template["accepted"], template["refused"]) == ("DK1", 0, 0)
    # Nine rows with one order number; what stands in the place of a quantity is a product group.
    assert [(each["external_id"], each["rows"]) for each in filled["orders"]] == [("3574253", [2, 10])]
    assert sorted(each["field"] for each in filled["orders"][0]["violations"]) == sorted(
        f"rows[{row_no}].quantity" for row_no in range(2, 11)
    )
    assert "HMS-Artnr Tildeles av systemansvarlig" in missing.complaint


def test_a_help_row_is_refused_by_itself_and_the_old_format_by_its_name(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    columns = {"external_id": "Produkt-id", "article": "HMS-nr.", "quantity": "Lengde (cm)"}
    rows = _cells("import.xlsx", '"04360901"')
    fine = {
        each["Produkt-id"]: (each["HMS-nr."], int(each["Lengde (cm)"]))
        for each in rows
        if each["Lengde (cm)"].isdigit() and each["HMS-nr."]
    }

    result = orderflode.read("import", SAMPLES / "import.xlsx", "--mapping", _mapping(tmp_path, columns), status=1)

    (help_row,) = (each for each in result["orders"] if each["rows"] == [2, 2])
    assert help_row["external_id"] == rows[0]["Produkt-id"] == "Obl./tom v. nye"
    assert {each["field"].partition(".")[0] for each in help_row["violations"]} == {"rows[2]"}
    assert (result["accepted"], result["refused"]) == (len(fine), len(rows) - len(fine)) and fine and len(rows) == 11
    assert fine == {
        order["external_id"]: (line["article"], line["quantity"])
        for order in orderflode.read("orders")
        for line in order["lines"]
    }

    assert ".xls, det gamla formatet" in orderflode.run("import", SAMPLES / "import.xls", status=2).complaint


def _mapping(folder: Path, columns: Mapping[str, str]) -> Path:
    def table(name: str, values: Mapping[str, str]) -> Iterator[str]:
        yield f"[{name}]"
        yield from (f"{key} = {json.dumps(value)}" for key, value in values.items())

    file = folder / "mapping.toml"
    file.write_text("\n".join([*table("columns", columns), *table("constants", CONSTANTS)]), encoding="utf-8")
    return file


def _cells(name: str, sheet_name: str) -> list[dict[str, Any]]:
    """The sheet's rows under its header, by column."""
    book = Workbook(SAMPLES / name)
    (sheet,) = (each for each in book.sheets if each.name == sheet_name)
    (_, header), *rows = book.rows(sheet)
    return [dict(zip(map(str, header), map(written, cells), strict=True)) for _, cells in rows]
