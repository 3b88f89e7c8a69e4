"""What happens? Four chained tasks per order; each loads the order, asks its machine, commits and publishes the next.

The balances are locked in key order, and the number of an utleverans comes from a counter row, so that numbers have
no gaps. Messages are acknowledged early, Celery's default. Next: contender.py.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from celery import Celery
from sqlalchemy import create_engine, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.peers.naive_celery.machine import OrderMachine
from benchmarks.peers.naive_celery.models import (
    History,
    Movement,
    NumberCounter,
    Order,
    StockBalance,
    Utleverans,
    UtleveransLine,
)

ACTOR = "worker"

app = Celery("naive_celery", broker=os.environ["REDIS_URL"])
app.conf.task_ignore_result = True

engine = create_engine(make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg"))
new_session = sessionmaker(engine, autoflush=False)


@app.task
def validate(order_id: int) -> None:
    """draft → validated: reserve the goods."""
    with transition(order_id, "validate") as (session, order):
        balances = locked_balances(session, order, order.sender)
        for line in order.lines:
            balances[order.sender, line.article].reserved += line.quantity
    pick.delay(order_id)


@app.task
def pick(order_id: int) -> None:
    """validated → picked: the goods leave the shelf."""
    with transition(order_id, "pick") as (session, order):
        balances = locked_balances(session, order, order.sender)
        for line in order.lines:
            balance = balances[order.sender, line.article]
            balance.on_hand -= line.quantity
            balance.reserved -= line.quantity
            balance.outbound += line.quantity
        book(session, order, "pick", ("store", order.sender), ("outbound", order.sender))
    create_utleverans.delay(order_id)


@app.task
def create_utleverans(order_id: int) -> None:
    """picked → utleverans: a number and its lines."""
    with transition(order_id, "create_utleverans") as (session, order):
        year = datetime.now(ZoneInfo("Europe/Stockholm")).year
        order.utleverans = Utleverans(
            order_id=order.id,
            store=order.sender,
            year=year,
            sequence=next_number(session, order.sender, year),
            lines=[UtleveransLine(line_no=n.line_no, article=n.article, quantity=n.quantity) for n in order.lines],
        )
    deliver.delay(order_id)


@app.task
def deliver(order_id: int) -> None:
    """utleverans → delivered: the goods reach the receiver; a kommunlager's balance grows."""
    with transition(order_id, "deliver") as (session, order):
        to_a_store = order.receiver_kind == "kommunlager"
        stores = (order.sender, order.receiver_code) if to_a_store else (order.sender,)
        balances = locked_balances(session, order, *stores)
        for line in order.lines:
            balances[order.sender, line.article].outbound -= line.quantity
            if to_a_store:
                balances[order.receiver_code, line.article].on_hand += line.quantity
        to_place = "store" if to_a_store else "receiver"
        book(session, order, "deliver", ("outbound", order.sender), (to_place, order.receiver_code))
        order.ended_at = datetime.now(UTC)


@contextmanager
def transition(order_id: int, event: str) -> Iterator[tuple[Session, Order]]:
    """The order, moved on by its machine in a transaction that commits when the block ends."""
    with new_session.begin() as session:
        order = session.get_one(Order, order_id, with_for_update=True)
        before = order.state
        OrderMachine(order).send(event)
        order.version += 1
        order.state_since = datetime.now(UTC)
        session.add(
            History(
                order_id=order.id,
                version=order.version,
                event=event,
                from_state=before,
                to_state=order.state,
                actor=ACTOR,
            )
        )
        yield session, order


def locked_balances(session: Session, order: Order, *stores: str) -> dict[tuple[str, str], StockBalance]:
    """The balances of the order's articles in the stores, locked in key order, by store and article."""
    keys = [(store, line.article) for store in stores for line in order.lines]
    found = session.scalars(
        select(StockBalance)
        .where(tuple_(StockBalance.store, StockBalance.article).in_(keys))
        .order_by(StockBalance.store, StockBalance.article)
        .with_for_update()
    )
    return {(balance.store, balance.article): balance for balance in found}


def book(session: Session, order: Order, kind: str, from_where: tuple[str, str], to_where: tuple[str, str]) -> None:
    """A movement for each line of the order, from a place and store to another."""
    session.add_all(
        Movement(
            kind=kind,
            article=line.article,
            quantity=line.quantity,
            from_place=from_where[0],
            from_store=from_where[1],
            to_place=to_where[0],
            to_store=to_where[1],
            order_id=order.id,
            order_version=order.version,
            line_no=line.line_no,
            actor=ACTOR,
        )
        for line in order.lines
    )


def next_number(session: Session, store: str, year: int) -> int:
    """The next number of the store and year; its counter stays locked until the transaction ends."""
    first = insert(NumberCounter).values(store=store, year=year, last=1)
    taken = first.on_conflict_do_update(
        index_elements=[NumberCounter.store, NumberCounter.year], set_={"last": NumberCounter.last + 1}
    )
    return session.scalars(taken.returning(NumberCounter.last)).one()
