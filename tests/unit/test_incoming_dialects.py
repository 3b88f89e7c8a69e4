"""Which CSV files can be used? Encoding and separator are recognised; what fits none is one error."""

from pathlib import Path

import pytest
from csv_orders import HEADER, PERSONNUMMER, ROW, opened, rows_of

from exchange.incoming.incoming_file import open_incoming
from exchange.incoming.raw_row import UnusableFile


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_separator_encoding_and_line_ends_are_recognised(
    tmp_path: Path, separator: str, encoding: str, line_end: str
) -> None:
    lines = [" EXTERNAL_ID" + HEADER.removeprefix("external_id") + ",Note ", "", ROW + ",Ring Åsa – först"]
    content = line_end.join(lines).replace(",", separator)
    (row,) = opened(tmp_path, content.encode(encoding)).rows()
    assert (row.row_no, row.external_id) == (3, "B-1")
    assert row.payload is not None
    assert row.payload["note"] == "Ring Åsa – först"


def test_the_first_letter_outside_ascii_may_come_late(tmp_path: Path) -> None:
    lines = [HEADER, *[ROW] * 3000, ROW.replace("B-1", "Å-1")]
    *_, last = opened(tmp_path, "\n".join(lines).encode("cp1252")).rows()
    assert last.external_id == "Å-1"


def test_one_broken_byte_in_utf_8_costs_its_row_and_does_not_change_the_encoding(tmp_path: Path) -> None:
    lines = "\n".join([HEADER, ROW.replace("B-1", "Å-1"), ROW.replace("B-1", "B-2")]).encode()
    fine, broken = opened(tmp_path, lines.replace(b"B-2,best", b"B-2,b\xffst")).rows()
    assert (fine.external_id, fine.problem) == ("Å-1", None)
    assert broken.problem is not None
    assert (broken.external_id, broken.problem.field, broken.payload) == ("B-2", "rows[3]", None)
    assert b"\xff" in broken.raw


@pytest.mark.parametrize("line", [ROW.replace(",", "|"), ROW.replace(",", "#")])
def test_a_wrong_separator_is_one_error_that_names_what_was_expected(tmp_path: Path, line: str) -> None:
    separator = line[3]
    with pytest.raises(UnusableFile) as error:
        opened(tmp_path, f"{HEADER.replace(',', separator)}\n{line}\n{line}")
    assert ", ; tabb" in error.value.sv
    assert "receiver_kind" in error.value.en


def test_rows_in_another_separator_than_the_header_are_one_error(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="avdelade"):
        opened(tmp_path, "\n".join([HEADER, *[ROW.replace(",", ";")] * 3]))


def test_a_file_without_a_header_is_one_error_that_repeats_nothing_of_it(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile) as error:
        opened(tmp_path, ROW.replace("B-1", PERSONNUMMER))
    assert PERSONNUMMER not in error.value.sv + error.value.en
    assert "best-1" not in error.value.sv + error.value.en


def test_every_fault_of_the_header_is_in_one_error(tmp_path: Path) -> None:
    header = HEADER.replace("sender", "Lager").replace("quantity", "Article") + f",,{PERSONNUMMER}"
    with pytest.raises(UnusableFile) as error:
        opened(tmp_path, f"{header}\n{ROW},x,y")
    assert error.value.sv == (
        'Filens kolumner stämmer inte: saknas: sender, quantity; står två gånger: article; finns inte: Lager, "", ?.'
    )
    assert str(error.value) == error.value.sv


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "tom"), (b" \r\n\t\n", "tom"), (b"PK\x03\x04rest", ".xlsx"), (b"\xd0\xcf\x11\xe0rest", ".xls"),
        (b"a\x00b\x00", "inte text"), (b"\xef\xbb\xbf", "kolumner"),
    ],
)  # fmt: skip
def test_what_is_no_csv_is_one_error(tmp_path: Path, content: bytes, word: str) -> None:
    with pytest.raises(UnusableFile, match=word):
        opened(tmp_path, content)


def test_a_file_or_format_that_does_not_exist_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"saknas\.csv går inte att läsa"):
        open_incoming(tmp_path / "saknas.csv")
    (tmp_path / "orders.csv").write_text(f"{HEADER}\n{ROW}")
    with pytest.raises(UnusableFile, match="välj bland ndjson, csv"):
        open_incoming(tmp_path / "orders.csv", format="edifact")


def test_a_header_alone_is_a_file_without_orders(tmp_path: Path) -> None:
    assert rows_of(tmp_path, HEADER) == []
