"""How are the rows of a CSV file read? One by one as they came, and a bad one costs no other."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from csv_orders import HEADER, ROW, TODAY, opened, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.incoming.raw_row import LONGEST_ROW


def test_the_bytes_of_a_row_are_kept_as_they_came(tmp_path: Path) -> None:
    lines = [HEADER + ",note", ROW + ',"Ring\r\nÅsa"', ROW + ",Nej"]
    rows = list(opened(tmp_path, "\r\n".join(lines).encode("cp1252")).rows())
    assert [row.raw for row in rows] == [(lines[1] + "\r\n").encode("cp1252"), lines[2].encode("cp1252")]
    assert [row.row_no for row in rows] == [2, 3]


def test_blank_rows_are_skipped_and_counted(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, "", HEADER, "", ",,,,,,,,", ROW, " , ,,,,,,,")
    assert [row.row_no for row in rows] == [5]


@pytest.mark.parametrize("cells", ["B-1,bestallning,10", ROW + ",för mycket"])
def test_a_row_of_another_width_than_the_header_has_its_problem(tmp_path: Path, cells: str) -> None:
    bad, good = rows_of(tmp_path, HEADER, cells, ROW)
    assert bad.problem is not None
    assert (bad.problem.field, bad.external_id, bad.payload) == ("rows[2]", "B-1", None)
    assert "9 kolumner" in bad.problem.sv
    assert good.problem is None


def test_a_quote_that_is_never_closed_costs_its_own_row_alone(tmp_path: Path) -> None:
    unclosed = ROW.replace("00890", '"00890')
    good = [ROW.replace("B-1", f"B-{number}") for number in range(2, 6)]
    bad, *rest = rows_of(tmp_path, HEADER, unclosed, *good)
    assert bad.problem is not None
    assert (bad.row_no, bad.external_id) == (2, "B-1")
    assert [(row.row_no, row.external_id) for row in rest] == [(3, "B-2"), (4, "B-3"), (5, "B-4"), (6, "B-5")]


def test_a_quote_that_closes_on_a_later_row_does_not_swallow_the_rows_between(tmp_path: Path) -> None:
    opens, closes = ROW.replace("00890", '"00890'), ROW.replace("00890,2", '00890,"2"').replace("B-1", "B-3")
    rows = rows_of(tmp_path, HEADER, opens, ROW.replace("B-1", "B-2"), closes)
    assert [(row.external_id, row.problem is None) for row in rows] == [
        ("B-1", False),
        ("B-2", True),
        ("B-3", True),
    ]


def test_a_row_that_is_too_long_is_one_problem(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, HEADER, ROW, '"' + "x" * (3 * LONGEST_ROW), ROW, "x" * (2 * LONGEST_ROW), ROW)
    assert [(row.row_no, row.problem is None) for row in rows] == [
        (2, True), (3, False), (4, True), (5, False), (6, True)
    ]  # fmt: skip


def test_rows_are_read_only_when_they_are_asked_for(tmp_path: Path) -> None:
    rows = opened(tmp_path, f"{HEADER}\n{ROW}\n").rows()
    assert next(rows).external_id == "B-1"
    with (tmp_path / "orders.csv").open("a") as more:
        more.write("\n" * 100_000 + ROW.replace("B-1", "B-2"))
    assert [row.external_id for row in rows] == ["B-2"]


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_each_row_is_read_or_has_its_problem(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = opened(Path(folder), f"{HEADER}\n{ROW}\n".encode() + content)
        for row in file.rows():
            assert (row.problem is None) is (row.payload is not None)
            if row.payload is not None:
                assert file.order([(row.row_no, row.payload)], today=TODAY)
