"""How are orders read from NDJSON? Line by line, the bad ones with their reason, never the whole file."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from exchange.incoming.incoming_file import IncomingFile, open_incoming
from exchange.incoming.raw_row import LONGEST_ROW, RawRow, UnusableFile
from exchange.mapping import FileMapping
from exchange.order_request import OrderRequest

TODAY = date(2026, 11, 20)
PERSONNUMMER = "200001011493"


def an_order(external_id: str = "B-1", **changes: object) -> bytes:
    body = {
        "external_id": external_id,
        "order_type": "bestallning",
        "sender": "10",
        "receiver": {"kind": "vardenhet", "id": "03-05"},
        "orderer": {"person": "best-1", "unit": "03-05"},
        "lines": [{"article": "12345", "quantity": 1}],
    }
    return json.dumps(body | changes, ensure_ascii=False).encode()


def opened(folder: Path, content: bytes, name: str = "orders.ndjson") -> IncomingFile:
    file = folder / name
    file.write_bytes(content)
    return open_incoming(file)


def rows_of(folder: Path, content: bytes) -> list[RawRow]:
    return list(opened(folder, content).rows())


def test_each_line_is_a_row_with_its_number_its_id_and_its_bytes(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, b"\xef\xbb\xbf" + an_order("B-1") + b"\r\n\r\n  \n" + an_order(" B-2 "))
    assert [(row.row_no, row.external_id, row.problem) for row in rows] == [
        (1, "B-1", None),
        (4, "B-2", None),
    ]
    assert [row.raw for row in rows] == [an_order("B-1"), an_order(" B-2 ")]
    assert [json.loads(row.raw) for row in rows] == [row.payload for row in rows]


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b'{"a": 1, "a": 2}',
        b'{"a": NaN}',
        b'{"a":' * 1000 + b"1" + b"}" * 1000,
        b"[]",
        b"7",
        b'{"a": "\xe5"}',
    ],
)
def test_a_bad_line_has_its_problem_and_the_lines_around_it_are_read(tmp_path: Path, line: bytes) -> None:
    before, bad, after = rows_of(tmp_path, an_order("B-1") + b"\n" + line + b"\n" + an_order("B-2"))
    assert bad.problem is not None
    assert (bad.problem.code, bad.problem.field) == ("field-format", "rows[2]")
    assert (bad.row_no, bad.payload, bad.raw) == (2, None, line)
    assert before.problem is after.problem is None


def test_a_line_that_is_too_long_is_one_problem(tmp_path: Path) -> None:
    longest = an_order("B-1").ljust(LONGEST_ROW - 1) + b"\n"
    rows = rows_of(tmp_path, longest + b"x" * (3 * LONGEST_ROW) + b"\n" + an_order("B-2"))
    assert [(row.row_no, row.problem is None) for row in rows] == [(1, True), (2, False), (3, True)]


def test_a_row_never_shows_what_it_holds(tmp_path: Path) -> None:
    receiver = {"kind": "patient", "id": PERSONNUMMER}
    content = an_order(PERSONNUMMER, receiver=receiver) + b"\n" + b'{"a": "%b' % PERSONNUMMER.encode()
    row, broken = rows_of(tmp_path, content)
    assert row.external_id is None
    assert broken.problem is not None
    assert PERSONNUMMER not in repr([row, broken])


def test_an_order_is_read_from_the_stored_payload_alone(tmp_path: Path) -> None:
    file = opened(tmp_path, an_order("B-1"))
    (row,) = file.rows()
    stored = json.loads(json.dumps(row.payload))
    order = file.order([(row.row_no, stored)], today=TODAY)
    assert isinstance(order, OrderRequest)
    assert order.external_id == row.external_id == "B-1"


def test_the_violations_of_an_order_have_the_paths_of_json(tmp_path: Path) -> None:
    file = opened(tmp_path, an_order("B-1", lines=[{"article": "12345", "quantity": 0}]))
    (row,) = file.rows()
    assert row.payload is not None
    (violation,) = file.order([(row.row_no, row.payload)], today=TODAY)  # type: ignore[misc]
    assert (violation.code, violation.field) == ("quantity", "lines[0].quantity")


def test_the_same_order_on_two_lines_is_one_and_two_under_one_id_are_none(tmp_path: Path) -> None:
    lines = an_order("B-1"), an_order("B-1", priority="normal"), an_order("B-1", priority="akut")
    file = opened(tmp_path, b"\n".join(lines))
    rows = [(row.row_no, row.payload) for row in file.rows() if row.payload is not None]
    assert isinstance(file.order(rows[:2], today=TODAY), OrderRequest)
    refusal = file.order(rows, today=TODAY)
    assert isinstance(refusal, list)
    assert [(one.code, one.field) for one in refusal] == [("rows-disagree", "rows[3]")]


def test_rows_are_read_only_when_they_are_asked_for(tmp_path: Path) -> None:
    file = opened(tmp_path, an_order("B-1") + b"\n" + an_order("B-2"))
    rows: Iterator[RawRow] = file.rows()
    assert next(rows).external_id == "B-1"
    with (tmp_path / "orders.ndjson").open("ab") as more:
        more.write(b"\n" * 100_000 + an_order("B-3"))
    assert [row.external_id for row in rows] == ["B-2", "B-3"]


@pytest.mark.parametrize("name", ["orders.ndjson", "orders.jsonl", "orders.json", "orders.dat", "orders"])
def test_the_format_is_told_by_the_name_or_by_the_content(tmp_path: Path, name: str) -> None:
    (row,) = opened(tmp_path, an_order("B-1"), name).rows()
    assert row.external_id == "B-1"


@pytest.mark.parametrize("content", [b"[" + an_order() + b"]", json.dumps(json.loads(an_order()), indent=2).encode()])
def test_json_that_is_not_one_order_a_line_is_one_error(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnusableFile, match="NDJSON"):
        opened(tmp_path, content)


def test_a_mapping_does_not_belong_to_ndjson(tmp_path: Path) -> None:
    file = tmp_path / "orders.ndjson"
    file.write_bytes(an_order())
    with pytest.raises(UnusableFile, match="mappning"):
        open_incoming(file, mapping=FileMapping())
