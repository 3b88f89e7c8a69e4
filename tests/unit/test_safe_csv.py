"""Does a spreadsheet show every cell of a table as it is, and run none? For the recall, the receipt and the exports."""

import io

import pytest

from exchange.outgoing.safe_csv import begin_table, safe_cell, write_rows


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+46 54",
        "-5",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "  =1",
        "\u00a0=1",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "\x00=1",
        "\n=1",
    ],
)
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text).startswith("'")


def test_other_cells_stand_as_they_are() -> None:
    assert [safe_cell(value) for value in ("A-1", 12, -5, None, "Åsa = Öberg", "")] == [
        "A-1", "12", "-5", "", "Åsa = Öberg", "",
    ]  # fmt: skip


def test_a_row_has_semicolons_and_every_cell_in_quotes() -> None:
    handle = io.StringIO(newline="")
    write_rows(handle, [('Gatan "1"; 2 tr', 3, None)])
    assert handle.getvalue() == '"Gatan ""1""; 2 tr";"3";""\r\n'


def test_a_table_begins_with_a_bom_and_its_headings() -> None:
    handle = io.StringIO(newline="")
    begin_table(handle, ("benämning", "antal"))
    assert handle.getvalue() == '\ufeff"benämning";"antal"\r\n'
