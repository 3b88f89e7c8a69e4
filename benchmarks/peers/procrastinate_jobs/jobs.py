"""What happens? A job per order and transition; each defers the next in the transaction that moves the order.

So a job is never lost between two transitions, and one that is run twice moves nothing the second time. Next:
contender.py.
"""

import os

from procrastinate import App, PsycopgConnector
from procrastinate.tasks import Task

from benchmarks.peers.one_order import STATEMENTS

# Room for the jobs and for the worker's own queries: with the default of 4 connections they wait for each other.
connector = PsycopgConnector(conninfo=os.environ["DATABASE_URL"], max_size=10)
app = App(connector=connector)


@app.task
async def validate(order_id: int) -> None:
    """draft → validated: reserve the goods."""
    await move(order_id, "validate", pick)


@app.task
async def pick(order_id: int) -> None:
    """validated → picked: the goods leave the shelf."""
    await move(order_id, "pick", create_utleverans)


@app.task
async def create_utleverans(order_id: int) -> None:
    """picked → utleverans: a number and its lines."""
    await move(order_id, "create_utleverans", deliver)


@app.task
async def deliver(order_id: int) -> None:
    """utleverans → delivered: the goods reach the receiver."""
    await move(order_id, "deliver", None)


async def move(order_id: int, event: str, following: Task[..., None, ...] | None) -> None:
    """Run the event's statements on the order and defer the `following` job, in one transaction."""
    statements = STATEMENTS[event]
    parameters = {"id": order_id, "actor": "worker"}
    async with connector.pool.connection() as connection:
        if statements.lock is not None:
            await connection.execute(statements.lock, parameters)
        cursor = await connection.execute(statements.write, parameters)
        if await cursor.fetchone() is not None and following is not None:
            await following.configure(connection=connection).defer_async(order_id=order_id)
