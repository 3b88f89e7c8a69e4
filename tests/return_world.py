"""Returns for tests: asked for in one line, and what became of them."""

from typing import Any

from config.database import Database
from workflows.returns.choosing import Pick
from workflows.returns.reading import history_of_return, read_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.requesting import ReturnRequest, request_return


def asked(
    database: Database,
    order_id: int | None,
    *picks: Pick,
    to: str = "10",
    reason: str = "behövs inte",
    reference: str | None = None,
    holdings: tuple[str, ...] = (),
) -> int:
    """Ask back what was delivered, all of it unless picked; the return's id."""
    with database.transaction() as tx:
        return request_return(tx, ReturnRequest(to, reason, order_id, holdings, picks, reference), actor="anna")


def came_back(
    database: Database,
    order_id: int | None,
    *picks: Pick,
    holdings: tuple[str, ...] = (),
    actor: str = "lars",
) -> int:
    """The same, and all of it came to lager 10, where it is not judged yet."""
    return_id = asked(database, order_id, *picks, holdings=holdings)
    with database.transaction() as tx:
        receive_returns(tx, [return_id], actor=actor)
    return return_id


def one(database: Database, return_id: int) -> dict[str, Any]:
    """The return as people see it, with its history."""
    with database.transaction() as tx:
        (found,) = read_returns(tx, [return_id])
        return found | {"history": history_of_return(tx, return_id)}


def moved(database: Database, return_id: int) -> list[tuple[str, int, str, str, int, str]]:
    """(kind, units, from, to, version, actor) of the return's movements, by version and kind."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT kind, quantity, from_place || ' ' || from_store, to_place || ' ' || to_store, "
            "split_part(document, ' ', 3)::int, actor FROM movement WHERE document LIKE %s ORDER BY 5, 1",
            (f"return {return_id} %",),
        ).fetchall()


def line_of(database: Database, order_id: int, line_no: int) -> dict[str, int]:
    """What an order's line says of its units."""
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT quantity, returned FROM order_line WHERE order_id = %s AND line_no = %s", (order_id, line_no)
        ).fetchone()
    assert row is not None
    return {"quantity": row[0], "returned": row[1]}


def rows_of(database: Database, query: str) -> list[tuple[Any, ...]]:
    """What the query gives."""
    with database.transaction() as tx:
        return tx.execute(query.encode()).fetchall()
