"""What is a process of the DBOS version? Workflows of four steps, each a transaction that DBOS notes its result in.

As in benchmarks/peers/dbos_workflows, but a step that moves nothing is no failure: where the answer to COMMIT was lost,
DBOS runs the step again and then finds the first result. `python -m drill.peers.executor NAME`: started again under
the same name, it takes up the workflows that its last life had begun. Next: clients.py.
"""

import os
import signal
import sys

from dbos import DBOS, SQLAlchemyDatasource

from benchmarks.peers.one_order import STATEMENTS, Statements
from config.lifeline import follow_parent
from drill.peers.engines import APPLICATION, AT_ONCE

url = os.environ["DATABASE_URL"]
DBOS(
    config={
        "name": APPLICATION,
        "system_database_url": url,
        "executor_id": sys.argv[1],
        "log_level": "WARNING",
        "run_migrations": False,
    }
)
datasource = SQLAlchemyDatasource.create(url, engine_kwargs={"pool_size": AT_ONCE}, run_migrations=False)


@DBOS.workflow()
def fulfil(order: int) -> None:
    """draft → delivered, one order."""
    for event, statements in STATEMENTS.items():
        datasource.run_tx_step({"name": event, "isolation_level": "READ COMMITTED"}, _move, statements, order)


def _move(statements: Statements, order: int) -> None:
    connection = datasource.sql_session().connection()
    parameters = {"id": order, "actor": "worker"}
    if statements.lock is not None:
        connection.exec_driver_sql(statements.lock, parameters)
    connection.exec_driver_sql(statements.write, parameters)


if __name__ == "__main__":
    follow_parent()
    DBOS.launch()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
