"""How is a sheet of orders read? Each cell as the text it would have in CSV, each row with the number it shows."""

import csv
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from csv_orders import HEADER, PERSONNUMMER, TODAY, orders_of
from hypothesis import given, settings
from hypothesis import strategies as st
from workbooks import CELLS, COLUMNS, a_workbook, opened, table_of

from exchange.incoming.raw_row import UnusableFile
from exchange.incoming.xlsx_file import written
from exchange.mapping import FileMapping, read_mapping
from exchange.order_request import OrderRequest, canonical_body

MOMENT = datetime(2026, 11, 20, 13, 5)  # noqa: DTZ001 - a spreadsheet knows no time zones
NUMBERS = (*CELLS[:1], *CELLS[1:-1], 2.0)


def faults(path: Path) -> list[tuple[str, str]]:
    (order,) = orders_of(opened(path)).values()
    assert isinstance(order, list)
    return [(each.code, each.field) for each in order]


def test_a_row_of_a_sheet_becomes_an_order_line_with_its_zeros(tmp_path: Path) -> None:
    file = opened(a_workbook(tmp_path / "o.xlsx", COLUMNS, NUMBERS))
    (order,) = orders_of(file).values()
    assert isinstance(order, OrderRequest)
    assert [(line.article, line.quantity) for line in order.lines] == [("00890", 2)]
    assert (order.sender, order.receiver_id, file.sheet) == ("10", "03-05", "Ordrar")


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (1.0, "1"), (1, "1"), (-0.0, "0"), (1.5, "1.5"), (200001011493.0, "200001011493"), ("004392", "004392"),
        ("1.0", "1.0"), (True, "true"), (False, "false"), (date(2026, 11, 20), "2026-11-20"),
        (MOMENT.replace(hour=0, minute=0), "2026-11-20"), (MOMENT, "2026-11-20T13:05:00"), ("", ""),
    ],
)  # fmt: skip
def test_a_cell_is_written_as_it_would_be_in_csv(cell: object, text: str) -> None:
    assert written(cell) == text


def test_cells_typed_as_numbers_dates_and_truths_are_taken(tmp_path: Path) -> None:
    columns = [*COLUMNS, "wanted_date", "ordered_on", "partial", "reference"]
    cells = [1001.0, *NUMBERS[1:], date(2026, 12, 1), MOMENT, True, 17]
    (order,) = orders_of(opened(a_workbook(tmp_path / "o.xlsx", columns, cells))).values()
    assert isinstance(order, OrderRequest)
    assert (order.external_id, order.wanted_date, order.ordered_on) == ("1001", date(2026, 12, 1), MOMENT.date())
    assert (order.partial, order.reference) == (True, "17")


@pytest.mark.parametrize("quantity", [1.5, 0, -1.0, 10000, "två", "6.0", True])
def test_a_quantity_is_a_whole_number(tmp_path: Path, quantity: object) -> None:
    path = a_workbook(tmp_path / "o.xlsx", COLUMNS, [*CELLS[:-1], quantity])
    assert faults(path) == [("quantity", "rows[2].quantity")]


def test_a_cell_that_is_an_error_refuses_its_row_and_names_its_column(tmp_path: Path) -> None:
    rows = [COLUMNS, CELLS, [*CELLS[:-2], "#N/A", 2], [*CELLS[:-2], "#DIV/0!", "#REF!"], ["#N/A", *CELLS[1:]]]
    fine, one, two, nameless = opened(a_workbook(tmp_path / "o.xlsx", *rows)).rows()
    assert fine.problem is None
    problems = [(row.row_no, row.external_id, row.problem and row.problem.field) for row in (one, two, nameless)]
    assert problems == [(3, "B-1", "rows[3].article"), (4, "B-1", "rows[4]"), (5, None, "rows[5].external_id")]
    assert two.problem is not None and "article, quantity" in two.problem.sv
    beside = a_workbook(tmp_path / "beside.xlsx", [*COLUMNS, "Pris"], [*CELLS, "#N/A"])
    mapping = FileMapping(columns={column: column for column in COLUMNS})
    assert [row.problem for row in opened(beside, mapping).rows()] == [None]


def test_the_header_may_have_line_breaks_blanks_and_a_title_above(tmp_path: Path) -> None:
    columns = [" External_ID\n", *COLUMNS[1:]]
    rows = [["Beställningar vecka 47"], [], columns, [], CELLS]
    file = opened(a_workbook(tmp_path / "o.xlsx", *rows))
    assert [(row_no, payload and payload["external_id"]) for row_no, payload in table_of(file)] == [(5, "B-1")]


def test_a_column_that_is_missing_is_named_even_if_its_name_has_line_breaks(tmp_path: Path) -> None:
    mapping = FileMapping(columns={"external_id": "Best\nnr", "article": "HMS-Artnr\nTildeles av systemansvarlig"})
    path = a_workbook(tmp_path / "o.xlsx", ["Best nr", "HMS-Artnr Tildeles"], ["1", "2"])
    with pytest.raises(UnusableFile, match="saknas: HMS-Artnr Tildeles av systemansvarlig"):
        opened(path, mapping)
    assert opened(a_workbook(path, ["best  nr", "HMS-ARTNR Tildeles\r\n av systemansvarlig"], ["1", "2"]), mapping)


def test_rows_of_a_template_are_no_order_lines_and_a_help_row_is_refused_by_itself(tmp_path: Path) -> None:
    mapping = FileMapping(
        columns={"external_id": "Nr", "article": "Art", "quantity": "Antal"},
        constants=dict(zip(COLUMNS[1:-2], map(str, CELLS[1:-2]), strict=True)),
    )
    rows = [["Nr", "Art", "Antal", "Enhet"], ["obligatoriskt", "6 tal", "heltal", "st"], ["B-1", "00890", 2, "st"]]
    rows += [[" ", "", "", "st"]] * 3000
    orders = orders_of(opened(a_workbook(tmp_path / "o.xlsx", *rows), mapping))
    assert list(orders) == ["obligatoriskt", "B-1"]
    assert isinstance(orders["B-1"], OrderRequest)
    help_row = orders["obligatoriskt"]
    assert isinstance(help_row, list)
    assert [(each.code, each.field) for each in help_row] == [("quantity", "rows[2].quantity")]


def test_what_stands_outside_the_header_is_not_passed_over(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "o.xlsx", COLUMNS, [*CELLS, "", "obs!"], [*["" for _ in CELLS], "löst"])
    first, second = opened(path).rows()
    assert [row.problem and row.problem.field for row in (first, second)] == ["rows[2]", "rows[3]"]
    with pytest.raises(UnusableFile, match='finns inte: ""'):
        opened(a_workbook(path, [*COLUMNS, "", "note"], [*CELLS, "", "x"]))


def test_the_first_sheet_with_the_header_is_read_and_another_one_by_its_name(tmp_path: Path) -> None:
    other = [["B-2", *CELLS[1:]]]
    path = a_workbook(tmp_path / "o.xlsx", Om=[["Läs mig"]], Tom=[], A=[COLUMNS, CELLS], B=[COLUMNS, *other])
    mapping = FileMapping(columns={column: column for column in COLUMNS}, sheet="B")

    def ids(mapping: FileMapping | None = None, sheet: str | None = None) -> tuple[str | None, list[str | None]]:
        file = opened(path, mapping, sheet)
        return file.sheet, [row.external_id for row in file.rows()]

    assert ids() == ("A", ["B-1"])
    assert ids(sheet="B") == ids(mapping) == ("B", ["B-2"])
    assert ids(mapping, sheet="A") == ("A", ["B-1"])
    with pytest.raises(UnusableFile, match="Om, Tom, A, B"):
        ids(sheet="C")
    with pytest.raises(UnusableFile, match="Ingen rubrikrad finns i Tom"):
        ids(sheet="Tom")


def test_a_mapping_tells_the_sheet_and_texts_are_read_as_in_csv(tmp_path: Path) -> None:
    toml = tmp_path / "m.toml"
    lines = ['[file]\nformat = "xlsx"\nsheet = "Vecka 47"\ndecimal = ","\ndate = "%d/%m/%Y"\n[columns]']
    lines += [f'{column} = "{column}"' for column in (*COLUMNS, "wanted_date")]
    toml.write_text("\n".join(lines))
    rows = [[*COLUMNS, "wanted_date"], [*CELLS[:-1], "6,00", "24/12/2026"], [*CELLS[:-1], 6, date(2026, 12, 24)]]
    path = a_workbook(tmp_path / "o.xlsx", **{"Vecka 46": [COLUMNS], "Vecka 47": rows})
    (order,) = orders_of(opened(path, read_mapping(toml))).values()
    assert isinstance(order, OrderRequest)
    assert ([line.quantity for line in order.lines], order.wanted_date) == ([6, 6], date(2026, 12, 24))
    toml.write_text('[file]\nsheet = 7\n[columns]\nexternal_id = "x"\n')
    with pytest.raises(UnusableFile, match=r"file\.sheet|columns"):
        read_mapping(toml)


def test_an_external_id_that_is_a_personnummer_is_refused_and_shown_nowhere(tmp_path: Path) -> None:
    path = a_workbook(tmp_path / "o.xlsx", COLUMNS, [float(PERSONNUMMER), *CELLS[1:]])
    (row,) = opened(path).rows()
    (order,) = orders_of(opened(path)).values()
    assert isinstance(order, list)
    assert (row.external_id, [(each.code, each.field) for each in order]) == (
        None,
        [("field-format", "rows[2].external_id")],
    )
    assert PERSONNUMMER not in repr([row, order])


@pytest.mark.parametrize("cell", ["=1+1", "=HYPERLINK(1)", "+46", "{{7*7}}", "00123", "1E5"])
def test_a_text_is_never_computed(tmp_path: Path, cell: str) -> None:
    path = a_workbook(tmp_path / "o.xlsx", [*COLUMNS, "reference"], [*CELLS, cell])
    (order,) = orders_of(opened(path)).values()
    assert isinstance(order, OrderRequest)
    assert order.reference == cell


TEXT = st.none() | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf", "Cn"]), min_size=1, max_size=20
).filter(lambda text: bool(text.strip()) and not text.startswith("#") and "_x" not in text)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.from_regex(r"[0-9]{1,8}", fullmatch=True), st.integers(1, 9999)),
             min_size=1, max_size=6),
    TEXT, st.booleans(), st.none() | st.dates(date(2020, 1, 1), TODAY), st.permutations(HEADER.split(",")),
)  # fmt: skip
def test_the_same_orders_are_the_same_from_a_sheet_and_from_csv(
    lines: list[tuple[str, str, int]], reference: str | None, partial: bool, wanted: date | None, columns: list[str]
) -> None:
    header = [*columns, "reference", "partial", "wanted_date"]
    rows: list[dict[str, Any]] = [
        dict(zip(COLUMNS, CELLS, strict=True)) | {"external_id": external_id, "article": article, "quantity": pieces}
        | {"reference": reference, "partial": partial, "wanted_date": wanted}
        for external_id, article, pieces in lines
    ]  # fmt: skip
    with TemporaryDirectory() as folder:
        with (Path(folder) / "o.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, header, delimiter=";")
            writer.writeheader()
            writer.writerows(rows)
        table = [[row[column] for column in header] for row in rows]
        from_csv = orders_of(opened(Path(folder) / "o.csv"))
        from_sheet = orders_of(opened(a_workbook(Path(folder) / "o.xlsx", header, *table)))
    assert from_sheet.keys() == from_csv.keys()
    for external_id, order in from_csv.items():
        other = from_sheet[external_id]
        assert isinstance(order, OrderRequest) and isinstance(other, OrderRequest)
        assert canonical_body(order) == canonical_body(other)
