"""Which workbooks are not read? What could harm is refused before it is unpacked, each with its reason."""

import io
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from csv_orders import HEADER, ROW
from workbooks import CELLS, COLUMNS, a_sheet_xml, a_workbook, a_zip, content_of, opened, parts_of, table_of

from exchange.incoming import workbook, workbook_zip
from exchange.incoming.raw_row import UnusableFile

SHEET = "xl/worksheets/sheet1.xml"
Parts = dict[str, bytes]


@pytest.fixture
def good(tmp_path: Path) -> Parts:
    """The parts of a workbook that is read."""
    return parts_of(a_workbook(tmp_path / "good.xlsx", COLUMNS, CELLS))


def refusal(path: Path, sheet: str | None = None) -> str:
    with pytest.raises(UnusableFile) as error:
        list(opened(path, sheet=sheet).rows())
    assert error.value.en
    return error.value.sv


def test_the_workbook_the_evil_ones_are_made_of_is_read(tmp_path: Path, good: Parts) -> None:
    assert len(table_of(opened(a_zip(tmp_path / "o.xlsx", good)))) == 1
    assert len(table_of(opened(a_zip(tmp_path / "o.xlsx", good, zipfile.ZIP_STORED)))) == 1
    assert len(table_of(opened(a_zip(tmp_path / "named.csv", good)))) == 1


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda _: {f"xl/media/{n}.png": b"" for n in range(1000)}, "1000 delar"),
        (lambda _: {"xl/media/a.bin": bytes(60 << 20)}, "50 MB"),
        (lambda _: {f"xl/media/{n}.bin": bytes(11 << 20) for n in range(5)}, "50 MB"),
        (lambda _: {"xl/media/a.bin": bytes(2 << 20)}, "orimligt hårt"),
        (lambda _: {"../evil.xml": b"<a/>"}, "utanför"),
        (lambda _: {"xl/../../evil.xml": b"<a/>"}, "utanför"),
        (lambda _: {"xl\\..\\evil.xml": b"<a/>"}, "utanför"),
        (lambda _: {"/etc/evil.xml": b"<a/>"}, "utanför"),
        (lambda _: {"C:/evil.xml": b"<a/>"}, "utanför"),
        (lambda parts: {"XL/Workbook.xml": parts["xl/workbook.xml"]}, "samma namn"),
        (lambda parts: {"xl/embeddings/inner.xlsx": content_of(parts)}, "annan zip"),
        (lambda _: {SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]>' + b"<x>&a;</x>"}, "DOCTYPE"),
        (lambda _: {SHEET: '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x><x/>'.encode("utf-16")}, "DOCTYPE"),
        (lambda _: {"docProps/app.xml": b"<!DOCTYPE x><x/>"}, "DOCTYPE"),
        (lambda parts: {SHEET: parts[SHEET][:-30]}, "skadad"),
        (lambda _: {"xl/workbook.xml": b"<workbook/>"}, "inget synligt blad"),
        (lambda _: {"xl/workbook.bin": b"\0"}, ".xlsb"),
        (lambda _: {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}, ".ods"),
    ],
)  # fmt: skip
def test_what_could_harm_is_refused(tmp_path: Path, good: Parts, change: Callable[[Parts], Parts], word: str) -> None:
    path = a_zip(tmp_path / "o.xlsx", good | change(good))
    tracemalloc.start()
    said = refusal(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert word in said
    assert most < 20 << 20


def test_a_zip_without_a_workbook_and_an_opendocument_are_told_apart(tmp_path: Path) -> None:
    assert "ingen arbetsbok" in refusal(a_zip(tmp_path / "o.xlsx", {"a.txt": b"text"}))
    ods = {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet", "content.xml": b"<office/>"}
    assert ".ods" in refusal(a_zip(tmp_path / "o.ods", ods))


def test_two_parts_of_one_name_are_refused(tmp_path: Path, good: Parts) -> None:
    path = a_zip(tmp_path / "o.xlsx", good)
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(SHEET, good[SHEET])
    assert "samma namn" in refusal(path)


def test_a_part_that_is_larger_than_it_declares_is_never_unpacked_whole(tmp_path: Path, good: Parts) -> None:
    path = a_zip(tmp_path / "o.xlsx", good | {"xl/media/a.bin": bytes(200 << 20)})
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x01\x02", 20), (b"PK\x03\x04", 18)):
        place = content.rfind(b"xl/media/a.bin", 0, content.find(b"PK\x01\x02") if at == 18 else len(content))
        begin = content.rfind(signature, 0, place)
        packed, _ = struct.unpack_from("<2L", content, begin + at)
        struct.pack_into("<2L", content, begin + at, packed, 100_000)
    path.write_bytes(content)
    tracemalloc.start()
    said = refusal(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert "större än den säger" in said
    assert most < 5 << 20


def test_what_is_cut_off_or_changed_is_damaged(tmp_path: Path, good: Parts) -> None:
    whole = a_zip(tmp_path / "o.xlsx", good).read_bytes()
    path = tmp_path / "cut.xlsx"
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:10], whole + b"x" * 70_000):
        path.write_bytes(content)
        assert "skadad" in refusal(path)
    changed = bytearray(whole)
    changed[whole.find(SHEET.encode()) + len(SHEET) + 40] ^= 0xFF
    path.write_bytes(changed)
    assert "skadad" in refusal(path)


def test_an_entry_that_is_encrypted_is_told_so(tmp_path: Path, good: Parts) -> None:
    content = bytearray(a_zip(tmp_path / "o.xlsx", good).read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path = tmp_path / "locked.xlsx"
    path.write_bytes(content)
    assert "lösenord" in refusal(path)


def test_old_protected_and_misnamed_files_are_told_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "o.xlsx"
    ole = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
    for name in ("old.xls", "old.xlsx", "old.csv"):
        (tmp_path / name).write_bytes(ole)
        assert "spara den som .xlsx" in refusal(tmp_path / name)
    path.write_bytes(ole + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    assert "lösenord" in refusal(path)
    path.write_text(f"{HEADER}\n{ROW}")
    assert "namn på .csv" in refusal(path)
    path.write_bytes(b"")
    assert "tom" in refusal(path)
    (tmp_path / "o.csv").write_text(f"{HEADER}\n{ROW}")
    assert "blad" in refusal(tmp_path / "o.csv", sheet="A")


@pytest.mark.parametrize(
    "cells",
    [
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>1</v></c></row>',
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="9999999"><c><v>1</v></c></row>',
        '<row r="1">' + "<c><v>1</v></c>" * 1500 + "</row>",
    ],
)
def test_a_cell_far_outside_the_table_does_not_fill_the_memory(tmp_path: Path, good: Parts, cells: str) -> None:
    assert "för stort" in refusal(a_zip(tmp_path / "o.xlsx", good | {SHEET: a_sheet_xml(cells)}))


def test_an_empty_cell_far_outside_the_table_harms_nobody(tmp_path: Path, good: Parts) -> None:
    far = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    path = a_zip(tmp_path / "o.xlsx", good | {SHEET: good[SHEET].replace(b"</sheetData>", far)})
    assert len(table_of(opened(path))) == 1


def test_one_long_text_in_every_cell_does_not_fill_the_memory(tmp_path: Path, good: Parts) -> None:
    texts = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>%s</t></si></sst>'
    long_text = "".join(f"{n:x}" for n in range(300_000)).encode()
    cells = "".join(f'<row r="{row}"><c r="A{row}" t="s"><v>0</v></c></row>' for row in range(1, 200))
    bomb = {"xl/sharedStrings.xml": texts % long_text, SHEET: a_sheet_xml(cells)}
    assert "för stort" in refusal(a_zip(tmp_path / "o.xlsx", good | bomb))


def test_the_limits_are_those_that_are_told() -> None:
    assert (workbook_zip.MOST_ENTRIES, workbook_zip.MOST_BYTES, workbook_zip.MOST_TIMES) == (1_000, 50 << 20, 100)
    assert (workbook.MOST_ROWS, workbook.MOST_COLUMNS, workbook.MOST_CELLS) == (1 << 20, 1_000, 3_000_000)


def test_what_calamine_makes_of_odd_xml_is_an_error_and_never_a_crash(tmp_path: Path, good: Parts) -> None:
    odd = [
        '<row r="1"><c r="A1" t="s"><v>999</v></c></row>',
        '<row r="1"><c r="A1" t="n"><v>abc</v></c></row>',
        '<row r="1"><c r="1A"><v>1</v></c></row>',
        '<row r="0"><c r="A0"><v>1</v></c></row>',
        '<row r="1"><c r="A1" s="4711"><v>1</v></c></row>',
    ]
    for cells in odd:
        assert refusal(a_zip(tmp_path / "o.xlsx", good | {SHEET: a_sheet_xml(cells)}))


def test_the_workbook_is_not_kept_beside_what_is_read_of_it(tmp_path: Path) -> None:
    buffer = io.BytesIO(a_workbook(tmp_path / "o.xlsx", COLUMNS, *[CELLS] * 20_000).read_bytes())
    assert zipfile.is_zipfile(buffer)
    file = opened(tmp_path / "o.xlsx")
    tracemalloc.start()
    assert sum(1 for _ in file.rows()) == 20_000
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 40 << 20
