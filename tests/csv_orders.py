"""CSV files of orders for tests: a header, a row that is right, and what the reader makes of them."""

import json
from collections import defaultdict
from datetime import date
from pathlib import Path

from exchange.incoming.incoming_file import IncomingFile, open_incoming
from exchange.incoming.raw_row import RawRow
from exchange.order_request import OrderRequest
from workflows.violations import Violation

TODAY = date(2026, 11, 20)
PERSONNUMMER = "200001011493"
HEADER = "external_id,order_type,sender,receiver_kind,receiver_id,orderer_person,orderer_unit,article,quantity"
ROW = "B-1,bestallning,10,vardenhet,03-05,best-1,03-05,00890,2"


def opened(folder: Path, content: str | bytes) -> IncomingFile:
    file = folder / "orders.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return open_incoming(file)


def rows_of(folder: Path, *lines: str) -> list[RawRow]:
    return list(opened(folder, "\n".join(lines)).rows())


def orders_of(file: IncomingFile) -> dict[str | None, OrderRequest | list[Violation]]:
    groups = defaultdict(list)
    for row in file.rows():
        assert row.problem is None, row.problem
        groups[row.external_id].append((row.row_no, json.loads(json.dumps(row.payload))))
    return {external_id: file.order(rows, today=TODAY) for external_id, rows in groups.items()}


def order_of(folder: Path, *lines: str) -> OrderRequest | list[Violation]:
    (order,) = orders_of(opened(folder, "\n".join(lines))).values()
    return order


def faults_of(folder: Path, *lines: str) -> list[tuple[str, str]]:
    violations = order_of(folder, *lines)
    assert isinstance(violations, list)
    return [(violation.code, violation.field) for violation in violations]


def with_column(name: str, *cells: str) -> list[str]:
    return [f"{HEADER},{name}", *(f"{ROW},{cell}" for cell in cells)]
