"""How do rows of a table become orders? What is wrong has its row and column; JSON gives the same order."""

import csv
import io
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from csv_orders import (
    HEADER,
    PERSONNUMMER,
    ROW,
    TODAY,
    faults_of,
    opened,
    order_of,
    orders_of,
    rows_of,
    with_column,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.incoming.columns import COLUMNS, ORDER_COLUMNS
from exchange.order_request import OrderRequest, canonical_body
from exchange.order_shape import read_order


def test_a_row_becomes_an_order_of_one_line(tmp_path: Path) -> None:
    order = order_of(tmp_path, HEADER, ROW)
    assert isinstance(order, OrderRequest)
    assert (order.sender, order.receiver_id, order.orderer_unit) == ("10", "03-05", "03-05")
    assert [(line.article, line.quantity) for line in order.lines] == [("00890", 2)]


def test_rows_of_one_order_need_not_be_adjacent(tmp_path: Path) -> None:
    content = "\n".join([HEADER, ROW, ROW.replace("B-1", "B-2"), ROW.replace("00890,2", "12345,1")])
    orders = orders_of(opened(tmp_path, content))
    first = orders["B-1"]
    assert isinstance(first, OrderRequest)
    assert list(orders) == ["B-1", "B-2"]
    assert [line.article for line in first.lines] == ["00890", "12345"]


def test_a_fault_has_the_row_and_the_column_where_it_stands(tmp_path: Path) -> None:
    lines = [
        HEADER,
        ROW,
        "",
        ROW.replace("00890,2", "12345,-3"),
        ROW.replace("00890,2", ",1,5").replace("1,5", "1"),
    ]
    assert faults_of(tmp_path, *lines) == [
        ("quantity", "rows[4].quantity"),
        ("field-missing", "rows[5].article"),
    ]
    bad = ROW.replace("bestallning", "hyra").replace("03-05,best-1", ",best-1").replace(",10,", f",{PERSONNUMMER},")
    assert faults_of(tmp_path, HEADER, bad) == [
        ("field-format", "rows[2].order_type"),
        ("field-format", "rows[2].sender"),
        ("field-missing", "rows[2].receiver_id"),
    ]


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "6.0", "1e3", "+2", "２", "0x1", "9" * 5000, "10000", "två"])
def test_a_quantity_is_written_in_digits(tmp_path: Path, quantity: str) -> None:
    assert faults_of(tmp_path, HEADER, ROW.replace("00890,2", f"00890,{quantity}")) == [
        ("quantity", "rows[2].quantity")
    ]


@pytest.mark.parametrize(
    ("cell", "partial"),
    [
        ("ja", True),
        ("TRUE", True),
        ("1", True),
        ("sant", True),
        ("nej", False),
        ("False", False),
        ("0", False),
        ("", False),
    ],
)
def test_partial_is_written_in_many_ways(tmp_path: Path, cell: str, partial: bool) -> None:
    order = order_of(tmp_path, *with_column("partial", cell))
    assert isinstance(order, OrderRequest)
    assert order.partial is partial


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("partial", "kanske", "field-format"),
        ("wanted_date", "20/11/2026", "field-format"),
        ("ordered_on", "2026-02-30", "field-format"),
        ("medical_decision_date", "2026-11-1", "field-format"),
        ("priority", "brådskande", "field-format"),
        ("serial_numbers", "a|a", "serial-numbers"),
        ("serial_numbers", "a|b|c", "serial-numbers"),
        ("serial_numbers", "a||b", "field-format"),
        ("note", '"rad 1\nrad 2"', "field-format"),
    ],
)
def test_a_cell_that_is_no_value_of_its_column_is_refused_there(
    tmp_path: Path, column: str, cell: str, code: str
) -> None:
    assert (code, f"rows[2].{column}") in faults_of(tmp_path, *with_column(column, cell))


def test_half_a_medical_decision_lacks_its_other_half(tmp_path: Path) -> None:
    assert faults_of(tmp_path, *with_column("medical_decision_reference", "J-17")) == [
        ("field-missing", "rows[2].medical_decision_date")
    ]


def test_rows_that_disagree_are_refused_by_column_and_never_quoted(tmp_path: Path) -> None:
    other = ROW.replace("vardenhet,03-05", f"patient,{PERSONNUMMER}").replace(",10,", ",50301,")
    violations = order_of(tmp_path, HEADER, ROW, ROW, other, other)
    assert isinstance(violations, list)
    assert [(one.code, one.field) for one in violations] == [
        ("rows-disagree", f"rows[4].{column}") for column in ("sender", "receiver_kind", "receiver_id")
    ]
    assert PERSONNUMMER not in repr(violations)
    assert faults_of(tmp_path, *with_column("note", "ja", "")) == [("rows-disagree", "rows[3].note")]


def test_two_writings_of_one_value_agree(tmp_path: Path) -> None:
    assert isinstance(order_of(tmp_path, *with_column("partial", "ja", "true")), OrderRequest)


def test_a_thousand_rows_are_an_order_and_one_more_is_none(tmp_path: Path) -> None:
    order = order_of(tmp_path, HEADER, *[ROW] * 1000)
    assert isinstance(order, OrderRequest)
    assert len(order.lines) == 1000
    assert faults_of(tmp_path, HEADER, *[ROW] * 1001) == [("field-format", "rows[2]")]


def test_an_external_id_that_is_a_personnummer_is_refused_and_shown_nowhere(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, HEADER, ROW.replace("B-1", PERSONNUMMER))
    assert row.external_id is None
    violations = order_of(tmp_path, HEADER, ROW.replace("B-1", PERSONNUMMER))
    assert isinstance(violations, list)
    assert [(one.code, one.field) for one in violations] == [("field-format", "rows[2].external_id")]
    assert PERSONNUMMER not in repr([row, violations])


@pytest.mark.parametrize("cell", ['="001"', "=HYPERLINK(1)", "'; DROP", "{{7*7}}", "00123"])
def test_a_cell_is_text_and_keeps_its_zeros(tmp_path: Path, cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    order = order_of(tmp_path, *with_column("reference", quoted))
    assert isinstance(order, OrderRequest)
    assert order.reference == cell


ROWS_OF_ORDER = st.lists(
    st.tuples(st.from_regex(r"[0-9A-Z]{1,8}", fullmatch=True), st.integers(1, 9999)), min_size=1, max_size=5
)
CELL_TEXT = st.none() | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cf"]), min_size=1, max_size=20
).filter(lambda text: bool(text.strip()))


@settings(max_examples=60, deadline=None)
@given(
    ROWS_OF_ORDER, CELL_TEXT, CELL_TEXT, st.booleans(), st.none() | st.dates(date(2020, 1, 1), TODAY),
    st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.permutations(COLUMNS),
)  # fmt: skip
def test_an_order_is_the_same_from_csv_and_from_json(
    lines: list[tuple[str, int]], note: str | None, reference: str | None, partial: bool, wanted: date | None,
    separator: str, encoding: str, columns: list[str],
) -> None:  # fmt: skip
    values: dict[str, Any] = {
        "external_id": "F-1", "order_type": "forskrivning", "customer_order_type": "direktforskrivning",
        "sender": "50301", "receiver_kind": "patient", "receiver_id": PERSONNUMMER, "orderer_person": "forsk-1",
        "orderer_unit": "03-05", "prescriber": "forsk-1", "medical_decision_date": "2026-11-01",
        "medical_decision_reference": "J-17", "partial": partial, "note": note, "reference": reference,
        "wanted_date": wanted and wanted.isoformat(),
    }  # fmt: skip
    body: dict[str, Any] = {"lines": [{"article": article, "quantity": pieces} for article, pieces in lines]}
    for column, path in ORDER_COLUMNS.items():
        outer, _, inner = path.partition(".")
        if values.get(column) is not None:
            (body.setdefault(outer, {}) if inner else body)[inner or outer] = values[column]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, delimiter=separator)
    writer.writeheader()
    writer.writerows(values | {"article": article, "quantity": pieces} for article, pieces in lines)
    with TemporaryDirectory() as folder:
        (from_csv,) = orders_of(opened(Path(folder), text.getvalue().encode(encoding))).values()
    from_json = read_order(body, today=TODAY)
    assert isinstance(from_json, OrderRequest)
    assert isinstance(from_csv, OrderRequest)
    assert canonical_body(from_csv) == canonical_body(from_json)
