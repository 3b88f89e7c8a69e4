"""Files of orders for tests of the import: bodies that obey the rules of builders.a_world, and what became of them."""

import json
from pathlib import Path
from typing import Any

from config.database import Database
from exchange.import_file import Importer, ImportResult
from exchange.incoming.incoming_file import open_incoming
from workflows.patients import Keys

NUMBER = "200001011493"
"""An official test number."""


def a_body(external_id: str, **changes: object) -> dict[str, Any]:
    """A beställning from lager 10 to vårdenhet 03-05, of two A1."""
    return {
        "external_id": external_id, "order_type": "bestallning", "sender": "10", "ordered_on": "2026-11-20",
        "receiver": {"kind": "vardenhet", "id": "03-05"}, "orderer": {"person": "best", "unit": "03-05"},
        "lines": [{"article": "A1", "quantity": 2}],
    } | changes  # fmt: skip


def to_a_patient(external_id: str, number: str = NUMBER, **changes: object) -> dict[str, Any]:
    """A förskrivning from lager 10 to a patient whose name is told, too."""
    patient = {"kind": "patient", "id": number, "name": f"Test {NUMBER}", "phone": "08-465 004 01"}
    return a_body(
        external_id, order_type="forskrivning", customer_order_type="forskrivning", receiver=patient,
        orderer={"person": "forsk", "unit": "03-05"}, prescriber="forsk",
        medical_decision={"date": "2026-11-20", "reference": "J-1"},
    ) | changes  # fmt: skip


def a_file(folder: Path, *rows: object, name: str = "orders.ndjson") -> Path:
    """A file of the rows: texts as they are, bodies as JSON."""
    path = folder / name
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows))
    return path


def taken_in(database: Database, keys: Keys, path: Path, source: str = "import") -> ImportResult:
    """What the import of the file says."""
    return Importer(database, keys, source, "test").run(path, open_incoming(path))


def counts(result: ImportResult) -> tuple[int, int, int]:
    """Accepted, refused, unchanged."""
    return result.accepted, result.refused, result.unchanged


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    """What the query gives."""
    with database.transaction() as tx:
        return tx.execute(query.encode()).fetchall()


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table as text, binary columns in hexadecimal. Numbers of transactions, which are the server's
    own and no backup keeps, are left out."""
    with database.session() as session:
        tables = session.execute(
            "SELECT table_name, string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) "
            "FROM information_schema.columns JOIN pg_tables ON schemaname = table_schema AND tablename = table_name "
            "WHERE table_schema = 'public' AND udt_name NOT IN ('xid8', 'pg_snapshot') "
            "GROUP BY 1 ORDER BY 1"
        ).fetchall()
        return {
            table: sorted(text for (text,) in session.execute(f"SELECT ({columns})::text FROM {table}".encode()))
            for table, columns in tables
        }
