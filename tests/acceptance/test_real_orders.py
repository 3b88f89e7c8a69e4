"""Do real orders arrive whole? Two days of a wholesaler's orders, and two spreadsheets, through the whole command.

The data are UCI Online Retail (Chen 2015, CC BY 4.0); what is to be counted is counted here from the files themselves.
"""

import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest
from acceptance.world import write_table
from command_line import CommandLine

PROJECT = Path(__file__).resolve().parents[2]
SAMPLES = PROJECT.parent / "shared" / "samples"
MAPPINGS = PROJECT / "examples" / "mappings"
RETAIL = SAMPLES / "volumes" / "uci_online_retail_2010-12-01.csv"
DIALECTS = SAMPLES / "csv-dialects"

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason="the sample data are not beside the project")

Line = tuple[str, int]


def test_two_days_of_real_orders_are_taken_worked_and_taken_once_only(orderflode: CommandLine, tmp_path: Path) -> None:
    wanted = _orders_of(RETAIL)
    short = _articles_of_one_order(wanted)
    orderflode.run("load", _master_data(tmp_path / "master", wanted, short))

    first = orderflode.read("import", RETAIL, "--mapping", MAPPINGS / "online_retail.toml")
    orderflode.run("work", "--until-done")
    worked, stock = orderflode.read("orders"), orderflode.read("stock")

    assert (first["accepted"], first["refused"], first["unchanged"]) == (269, 0, 0)
    assert _lines(worked) == wanted
    assert sum(len(order["lines"]) for order in worked) == 5127
    assert sum(len(order["lines"]) > 500 for order in worked) == 2
    assert {order["external_id"]: order["state"] for order in worked} == {
        number: "backordered" if any(article in short for article, _ in lines) else "delivered"
        for number, lines in wanted.items()
    }
    assert all(balance["on_hand"] >= 0 for balance in stock)
    assert orderflode.read("verify")["broken"] == []

    again = orderflode.read("import", RETAIL, "--mapping", MAPPINGS / "online_retail.toml")
    orderflode.run("work", "--until-done")

    assert (again["accepted"], again["refused"], again["unchanged"]) == (0, 0, 269)
    assert orderflode.read("orders") == worked
    assert orderflode.read("stock") == stock

    for article in short:
        orderflode.run("stock", "receive", "10", article, 1, "--document", f"leverans {article}")
    orderflode.run("work", "--until-done")
    assert Counter(order["state"] for order in orderflode.read("orders")) == {"delivered": 269}
    assert orderflode.read("verify")["broken"] == []


@pytest.mark.parametrize("name", ["american_quoted", "european_semicolon"])
def test_a_spreadsheet_is_counted_as_it_is_and_returns_are_refused_by_their_rows(
    name: str, orderflode: CommandLine
) -> None:
    file, mapping = DIALECTS / f"{name}.csv", MAPPINGS / f"{name}.toml"
    expected = json.loads((DIALECTS / "expected_counts.json").read_text())[file.name]
    with file.open(newline="", encoding=expected["encoding"]) as handle:
        rows = list(csv.DictReader(handle, delimiter=";" if "semicolon" in name else ","))
    returns = [row_no for row_no, row in enumerate(rows, start=2) if int(row["Quantity"]) < 0]
    refused_ids = {rows[row_no - 2]["InvoiceNo"] for row_no in returns}

    result = orderflode.read("import", file, "--mapping", mapping, status=1)
    taken = orderflode.read("orders")

    assert result["accepted"] + result["refused"] == expected["orders"]
    assert result["accepted"] == len(taken)
    assert {order["external_id"] for order in result["orders"]} == refused_ids
    violations = [each for order in result["orders"] for each in order["violations"]]
    assert {each["code"] for each in violations} == {"quantity"}
    assert sorted(each["field"] for each in violations) == sorted(f"rows[{row_no}].quantity" for row_no in returns)
    assert len(violations) == expected["negative_quantity_rows"]
    for order in result["orders"]:
        numbers = [row_no for row_no, row in enumerate(rows, start=2) if row["InvoiceNo"] == order["external_id"]]
        assert order["rows"] == [numbers[0], numbers[-1]]
    refused_rows = [row for row in rows if row["InvoiceNo"] in refused_ids]
    taken_lines = [line for order in taken for line in order["lines"]]
    assert len(taken_lines) + len(refused_rows) == expected["rows"]
    refused_units = sum(int(row["Quantity"]) for row in refused_rows)
    assert sum(line["quantity"] for line in taken_lines) + refused_units == expected["sum_quantity"]


def test_a_spreadsheet_read_with_the_wrong_separator_is_one_error(orderflode: CommandLine) -> None:
    mapping = MAPPINGS / "american_quoted.toml"

    refusal = orderflode.run("import", DIALECTS / "european_semicolon.csv", "--mapping", mapping, status=2)

    assert "InvoiceNo" in refusal.complaint
    assert orderflode.read("orders") == []


def _orders_of(file: Path) -> dict[str, list[Line]]:
    """Each order's (article, quantity) lines in the order of the file."""
    orders = defaultdict(list)
    with file.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            orders[row["invoice_no"]].append((row["stock_code"], int(row["quantity"])))
    return dict(orders)


def _lines(orders: list[dict[str, Any]]) -> dict[str, list[Line]]:
    return {order["external_id"]: [(line["article"], line["quantity"]) for line in order["lines"]] for order in orders}


def _articles_of_one_order(orders: dict[str, list[Line]]) -> list[str]:
    """Three articles that one order each asks for, each another order: where they are short, it alone waits."""
    asking = defaultdict(set)
    for number, lines in orders.items():
        for article, _ in lines:
            asking[article].add(number)
    alone = {next(iter(numbers)): article for article, numbers in asking.items() if len(numbers) == 1}
    return [alone[number] for number in sorted(alone)[:3]]


def _master_data(folder: Path, orders: dict[str, list[Line]], short: list[str]) -> Path:
    """Lager 10 with every article that is asked for, as many as are asked for; one unit less of the `short` ones."""
    folder.mkdir()
    demanded: Counter[str] = Counter()
    for lines in orders.values():
        for article, quantity in lines:
            demanded[article] += quantity
    write_table(folder / "stores.csv", "code,name,kind", [["10", "HMS", "hms"]])
    write_table(folder / "units.csv", "code,name", [["03-05", "Hemvården Norr"]])
    write_table(folder / "people.csv", "id,roles,unit", [["bestallare-1", "orderer", "03-05"]])
    write_table(folder / "articles.csv", "number", ([article] for article in demanded))
    stock = (["10", article, units - (article in short)] for article, units in demanded.items())
    write_table(folder / "stock.csv", "store,article,on_hand", stock)
    return folder
