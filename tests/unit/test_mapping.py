"""How does a mapping make orders of a foreign file? And which mappings are none?

The real files are slices of UCI Online Retail (Chen 2015, CC BY 4.0, doi 10.24432/C5BW33).
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from exchange.incoming.columns import whole_number
from exchange.incoming.incoming_file import IncomingFile, open_incoming
from exchange.incoming.raw_row import UnusableFile
from exchange.mapping import read_mapping
from exchange.order_request import OrderRequest
from workflows.violations import Violation

TODAY = date(2026, 11, 20)
MAPPINGS = Path(__file__).resolve().parents[2] / "examples" / "mappings"
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples of orders are not here")

CONSTANTS = """
[constants]
order_type = "bestallning"
sender = "10"
receiver_kind = "vardenhet"
receiver_id = "03-05"
orderer_unit = "03-05"
orderer_person = "bestallare-1"
"""
COLUMNS = """
[columns]
external_id = "Faktura"
article = "Artikel nr"
quantity = "Antal"
ordered_on = "Dag"
"""
HEADER = "Faktura;Artikel nr;Antal;Dag;Pris"


@dataclass
class Taken:
    """What a whole file gave."""

    rows: int = 0
    units: int = 0
    negative_rows: int = 0
    orders: dict[str, OrderRequest] = field(default_factory=dict)
    refused: dict[str, list[Violation]] = field(default_factory=dict)


def taken(file: IncomingFile, decimal_mark: str) -> Taken:
    result = Taken()
    groups: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for row in file.rows():
        assert row.problem is None, row.problem
        assert row.external_id is not None
        assert row.payload is not None
        quantity = whole_number(str(row.payload["quantity"]), decimal_mark)
        assert isinstance(quantity, int)
        result.rows += 1
        result.units += quantity
        result.negative_rows += quantity < 0
        groups[row.external_id].append((row.row_no, row.payload))
    for external_id, rows in groups.items():
        order = file.order(rows, today=TODAY)
        if isinstance(order, OrderRequest):
            result.orders[external_id] = order
        else:
            result.refused[external_id] = order
    return result


def dialect(name: str) -> Taken:
    mapping = read_mapping(MAPPINGS / f"{name}.toml")
    return taken(open_incoming(SAMPLES / "csv-dialects" / f"{name}.csv", mapping=mapping), mapping.decimal_mark or "")


def order_of(
    folder: Path, *rows: str, file: str = 'decimal = ","\ndate = "%d/%m/%Y"'
) -> OrderRequest | list[Violation]:
    """The one order of a file with our foreign header, mapped with these keys of [file]."""
    (folder / "mapping.toml").write_text(f"[file]\n{file}\n{COLUMNS}{CONSTANTS}", encoding="utf-8")
    (folder / "orders.csv").write_text("\n".join([HEADER, *rows]), encoding="utf-8")
    opened = open_incoming(folder / "orders.csv", mapping=read_mapping(folder / "mapping.toml"))
    return opened.order([(row.row_no, row.payload or {}) for row in opened.rows()], today=TODAY)


def refusal_of(folder: Path, mapping: str) -> str:
    (folder / "mapping.toml").write_text(mapping, encoding="utf-8")
    with pytest.raises(UnusableFile) as error:
        read_mapping(folder / "mapping.toml")
    assert error.value.en
    return error.value.sv


@needs_samples
@pytest.mark.parametrize("name", ["european_semicolon", "american_quoted"])
def test_a_real_file_counts_as_it_should_and_its_returns_are_refused(name: str) -> None:
    expected = json.loads((SAMPLES / "csv-dialects" / "expected_counts.json").read_text())[f"{name}.csv"]
    file = dialect(name)
    assert (file.rows, len(file.orders) + len(file.refused)) == (expected["rows"], expected["orders"])
    assert (file.units, file.negative_rows) == (expected["sum_quantity"], expected["negative_quantity_rows"])
    violations = [violation for refused in file.refused.values() for violation in refused]
    assert {violation.code for violation in violations} == {"quantity"}
    assert len(violations) == expected["negative_quantity_rows"]
    assert sum(external_id.startswith("C") for external_id in file.refused) == expected["C_orders"]


@needs_samples
def test_each_file_has_its_own_order_of_day_and_month() -> None:
    assert dialect("european_semicolon").orders["563100"].ordered_on == date(2011, 8, 12)
    assert dialect("american_quoted").orders["561625"].ordered_on == date(2011, 7, 28)


@needs_samples
def test_two_days_of_real_orders_are_taken_whole_with_their_longest() -> None:
    mapping = read_mapping(MAPPINGS / "online_retail.toml")
    file = taken(open_incoming(SAMPLES / "volumes" / "uci_online_retail_2010-12-01.csv", mapping=mapping), ".")
    assert (file.rows, len(file.orders), file.refused, file.units) == (5127, 269, {}, 58238)
    assert sum(len(order.lines) for order in file.orders.values()) == 5127
    assert sorted(len(order.lines) for order in file.orders.values())[-2:] == [526, 591]
    order = file.orders["536365"]
    assert (order.sender, order.receiver_id, order.orderer_person) == ("10", "03-05", "bestallare-1")
    assert (order.lines[0].article, order.lines[0].quantity) == ("85123A", 6)


@needs_samples
def test_the_wrong_separator_in_a_mapping_is_one_error() -> None:
    mapping = read_mapping(MAPPINGS / "american_quoted.toml")
    with pytest.raises(UnusableFile, match=r"avdelade med något av , och rubrikerna vara: InvoiceNo"):
        open_incoming(SAMPLES / "csv-dialects" / "european_semicolon.csv", mapping=mapping)


def test_foreign_columns_constants_dates_and_decimals_make_our_order(tmp_path: Path) -> None:
    order = order_of(tmp_path, "17;00890;6,00;08/09/2011;1,25", "17;12345;1;08/09/2011;NA")
    assert isinstance(order, OrderRequest)
    assert (order.external_id, order.order_type, order.sender) == ("17", "bestallning", "10")
    assert order.ordered_on == date(2011, 9, 8)
    assert [(line.article, line.quantity) for line in order.lines] == [("00890", 6), ("12345", 1)]


@pytest.mark.parametrize("quantity", ["1,25", "1.25", "6,", ",0", "-6,00", "1 000", "6,0,0", "6.00"])
def test_a_quantity_that_is_no_whole_number_is_refused(tmp_path: Path, quantity: str) -> None:
    violations = order_of(tmp_path, f"17;00890;{quantity};08/09/2011;")
    assert isinstance(violations, list)
    assert [(one.code, one.field) for one in violations] == [("quantity", "rows[2].quantity")]


def test_a_date_in_another_form_is_refused_with_the_form_of_the_file(tmp_path: Path) -> None:
    violations = order_of(tmp_path, "17;00890;1;2011-09-08;")
    assert isinstance(violations, list)
    assert [(one.code, one.field) for one in violations] == [("field-format", "rows[2].ordered_on")]
    assert "%d/%m/%Y" in violations[0].sv


def test_the_first_of_several_date_forms_that_fits_is_taken(tmp_path: Path) -> None:
    file = 'date = ["%Y-%m-%d %H:%M", "%d/%m/%Y"]'
    order = order_of(tmp_path, "17;00890;1;2011-09-08 10:11;", "17;00890;1;08/09/2011;", file=file)
    assert isinstance(order, OrderRequest)
    assert order.ordered_on == date(2011, 9, 8)


def test_hours_of_one_day_do_not_make_rows_disagree(tmp_path: Path) -> None:
    file = 'date = "%d/%m/%Y %H:%M"'
    order = order_of(tmp_path, "17;00890;1;08/09/2011 10:11;", "17;00890;1;08/09/2011 10:12;", file=file)
    assert isinstance(order, OrderRequest)


def test_the_encoding_of_a_mapping_is_used(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(f'[file]\nencoding = "CP850"\n{COLUMNS}{CONSTANTS}')
    (tmp_path / "orders.csv").write_bytes(f"{HEADER}\n17;Å1;1;2011-09-08;".encode("cp850"))
    (row,) = open_incoming(tmp_path / "orders.csv", mapping=read_mapping(tmp_path / "mapping.toml")).rows()
    assert row.payload == {"external_id": "17", "article": "Å1", "quantity": "1", "ordered_on": "2011-09-08"}


def test_a_column_the_mapping_names_must_be_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text(COLUMNS + CONSTANTS)
    (tmp_path / "orders.csv").write_text("Faktura;Artikel nr;Dag\n17;1;2011-09-08")
    with pytest.raises(UnusableFile, match="saknas: Antal"):
        open_incoming(tmp_path / "orders.csv", mapping=read_mapping(tmp_path / "mapping.toml"))


@pytest.mark.parametrize(
    ("mapping", "key"),
    [
        ("[filter]\nLand = 'SE'", "filter"),
        ("[file]\nskip = 3", "file.skip"),
        ('[columns]\nartikel = "A"', "columns.artikel"),
        ('[constants]\nexternal_id = "1"', "constants.external_id"),
        (COLUMNS, "columns saknar order_type, sender"),
        (COLUMNS + CONSTANTS + 'article = "1"', "article är både kolumn och konstant"),
        (COLUMNS + CONSTANTS + "priority = 1", "constants.priority"),
        (COLUMNS + 'note = ""' + CONSTANTS, "columns.note"),
        ("columns = 1", "columns ska vara en tabell"),
        (f'[file]\nformat = "edifact"\n{COLUMNS}{CONSTANTS}', "file.format"),
        (f'[file]\nseparator = "semikolon"\n{COLUMNS}{CONSTANTS}', "file.separator"),
        (f'[file]\ndecimal = "x"\n{COLUMNS}{CONSTANTS}', "file.decimal"),
        (f'[file]\nencoding = "rot13"\n{COLUMNS}{CONSTANTS}', "file.encoding"),
        (f"[file]\nencoding = 8\n{COLUMNS}{CONSTANTS}", "file.encoding"),
        (f'[file]\ndate = "%H:%M"\n{COLUMNS}{CONSTANTS}', "file.date"),
        (f"[file]\ndate = 8\n{COLUMNS}{CONSTANTS}", "file.date"),
        (f'[file]\ndate = ["%Y-%m-%d", ""]\n{COLUMNS}{CONSTANTS}', "file.date"),
        ("[file", "inte TOML"),
    ],
)
def test_an_unusable_mapping_is_one_error_that_names_the_key(tmp_path: Path, mapping: str, key: str) -> None:
    assert key in refusal_of(tmp_path, mapping)


def test_a_mapping_that_does_not_exist_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match=r"saknas\.toml går inte att läsa"):
        read_mapping(tmp_path / "saknas.toml")
