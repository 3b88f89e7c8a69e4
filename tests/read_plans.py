"""How does the database go about what the product asks it? Each statement's plan, with the rows it read."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from config.database import Connection

LARGE = {"orders", "history", "movement", "order_line", "utleverans", "utleverans_line"}
"""The tables that grow with every order."""


class Explaining:
    """A connection that keeps the plan of each statement before it runs it; give it where a connection is asked for."""

    def __init__(self, tx: Connection) -> None:
        self._tx = tx
        self.scans: list[dict[str, Any]] = []

    def execute(self, query: str | bytes, parameters: Any = None) -> Any:
        """Explain and run `query`."""
        self._explain(query, parameters)
        return self._tx.execute(query, parameters)

    @contextmanager
    def cursor(self, **options: Any) -> Iterator["_Cursor"]:
        """A cursor that explains likewise."""
        with self._tx.cursor(**options) as cursor:
            yield _Cursor(self, cursor)

    def rows_read(self, table: str) -> int:
        """How many rows of `table` all statements looked at, those that a condition then left out included."""
        return round(
            sum(
                (scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)) * scan["Actual Loops"]
                for scan in self.scans
                if scan["Relation Name"] == table
            )
        )

    def pages_read(self, table: str) -> int:
        """How many pages of `table` and its indexes all statements looked at: an index is walked without a row more."""
        return sum(
            int(scan["Shared Hit Blocks"] + scan["Shared Read Blocks"])
            for scan in self.scans
            if scan["Relation Name"] == table
        )

    def read_from_end_to_end(self) -> set[str]:
        """The large tables that were."""
        return {scan["Relation Name"] for scan in self.scans if scan["Node Type"] == "Seq Scan"} & LARGE

    def indexes_of(self, table: str) -> set[str]:
        """The indexes by which rows of `table` were found."""
        return {scan["Index Name"] for scan in self.scans if scan["Relation Name"] == table and "Index Name" in scan}

    def _explain(self, query: str | bytes, parameters: Any) -> None:
        text = query.encode() if isinstance(query, str) else query
        if text.lstrip().upper().startswith((b"SELECT", b"WITH")):
            explain = b"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + text
            (plan,) = self._tx.execute(explain, parameters).fetchone() or ("[]",)
            self._keep((plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"], None)

    def _keep(self, node: dict[str, Any], table: str | None) -> None:
        table = node.get("Relation Name", table)
        if node["Node Type"] == "Bitmap Index Scan":
            raise AssertionError(f"a bitmap of {node['Index Name']} has no bound")
        if "Relation Name" in node or "Index Name" in node:
            self.scans.append({"Relation Name": table, **node})
        for below in node.get("Plans", ()):
            self._keep(below, table)


class _Cursor:
    def __init__(self, explaining: Explaining, cursor: Any) -> None:
        self._explaining, self._cursor = explaining, cursor

    def execute(self, query: str | bytes, parameters: Any = None) -> Any:
        self._explaining._explain(query, parameters)
        return self._cursor.execute(query, parameters)
