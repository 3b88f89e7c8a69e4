"""What happens? A workflow whose four steps are transactions; DBOS notes each in the transaction that moves the order.

So a workflow whose process died goes on at the first step not yet done. The environment says where (DATABASE_URL) and
which process this is (EXECUTOR). Next: contender.py.
"""

import os
import signal
from collections.abc import Mapping
from typing import Any

from dbos import DBOS, SQLAlchemyDatasource

from benchmarks.peers.dbos_workflows import many_orders
from benchmarks.peers.one_order import STATEMENTS, Statements

url = os.environ["DATABASE_URL"]
DBOS(
    config={
        "name": "orders",
        "system_database_url": url,
        "executor_id": os.environ["EXECUTOR"],
        "log_level": "WARNING",
        "run_migrations": False,
    }
)
datasource = SQLAlchemyDatasource.create(url, engine_kwargs={"pool_size": 8}, run_migrations=False)


@DBOS.workflow()
def fulfil(order: int) -> None:
    """draft → delivered, one order."""
    for event, statements in STATEMENTS.items():
        _step(event, statements, {"id": order}, 1)


@DBOS.workflow()
def fulfil_together(orders: list[int]) -> None:
    """draft → delivered, several orders: each step moves all of them in one transaction."""
    for event, statements in many_orders.STATEMENTS.items():
        _step(event, statements, {"ids": orders}, len(orders))


def _step(event: str, statements: Statements, which: Mapping[str, Any], orders: int) -> None:
    # SERIALIZABLE, the default, only costs retries where balances are locked before they are changed.
    options = {"name": event, "isolation_level": "READ COMMITTED"}
    datasource.run_tx_step(options, _move, event, statements, which, orders)


def _move(event: str, statements: Statements, which: Mapping[str, Any], orders: int) -> None:
    connection = datasource.sql_session().connection()
    parameters = {**which, "actor": "worker"}
    if statements.lock is not None:
        connection.exec_driver_sql(statements.lock, parameters)
    moved = connection.exec_driver_sql(statements.write, parameters).all()
    if len(moved) != orders:
        raise NotMoved(f"{event}: {len(moved)} of {orders} orders")


class NotMoved(Exception):
    """An order did not stand where the event begins."""


if __name__ == "__main__":
    DBOS.launch()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
