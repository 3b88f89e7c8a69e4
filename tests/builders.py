"""Small worlds for tests: stores, people, articles, stock and orders that are right unless told otherwise."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from psycopg.rows import dict_row

from config.database import Database
from workflows.cohort import COHORT, Worked, run_named
from workflows.intake import NewLine, NewOrder, NewPatient, store_orders
from workflows.journal import Worker
from workflows.ledger import Movement, book
from workflows.steps import resume
from workflows.steps.main_line import STEPS, work_all, work_once

TODAY = date(2026, 11, 20)
CONFIRMED = {"picking_10": "confirmed", "delivery_10": "confirmed"}
"""Policies for a_world: at lager 10 a person confirms the pick and the delivery."""
_numbers = count(1)


def a_world(database: Database, *, stock: dict[tuple[str, str], int] | None = None, **policies: str) -> None:
    """Lager 10 and two kommunlager, a vårdenhet in each kommun, people with and without rights, ten articles.

    `stock` is (store, article) → units. `policies` override columns of the stores: `picking_10="confirmed"`.
    """
    stores = [("10", "HMS", "hms", ""), ("50301", "Karlstad", "kommun", "Karlstad"), ("50401", "Kil", "kommun", "Kil")]
    with database.transaction() as tx:
        for code, name, kind, kommun in stores:
            tx.execute(
                "INSERT INTO store (code, name, kind, kommun, picking, delivery, shortage) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s)",
                (
                    code, name, kind, kommun,
                    policies.get(f"picking_{code}", "automatic"), policies.get(f"delivery_{code}", "automatic"),
                    policies.get(f"shortage_{code}", "backorder" if kind == "hms" else "difference"),
                ),
            )  # fmt: skip
        tx.execute(
            "INSERT INTO vardenhet (code, name, kommun, own_store) VALUES "
            "('03-05', 'Hemvården', 'Karlstad', '50301'), ('04-01', 'Rehab', 'Kil', '50401')"
        )
        tx.execute(
            "INSERT INTO person (id, name, profession, licensed, roles) VALUES "
            "('lager', 'Lagerpersonal', 'lagerpersonal', false, '{lagerpersonal}'), "
            "('best', 'Beställare', 'undersköterska', false, '{orderer}'), "
            "('forsk', 'Förskrivare', 'arbetsterapeut', true, '{prescriber}')"
        )
        tx.execute("INSERT INTO person_unit SELECT id, code FROM person, vardenhet")
        tx.execute("INSERT INTO prescribing_right (person, unit, iso_prefix) SELECT 'forsk', code, '12' FROM vardenhet")
        tx.execute(
            "INSERT INTO article (number, name, iso_class, individual, withdrawn) "
            "SELECT 'A' || n, 'Artikel ' || n, '122203', false, false FROM generate_series(1, 10) n"
        )
    receive(database, stock or {})


def receive(database: Database, stock: dict[tuple[str, str], int]) -> None:
    """Goods arrive from the supplier: (store, article) → units."""
    movements = [
        Movement("receive", article, units, "supplier", "", "store", store, document=f"receipt-{next(_numbers)}")
        for (store, article), units in stock.items()
        if units
    ]
    with database.transaction() as tx:
        book(tx, movements, [], "test")


def an_order(*lines: tuple[str, int], **changes: Any) -> NewOrder:
    """A beställning from lager 10 to vårdenhet 03-05, of (article, quantity) lines."""
    number = next(_numbers)
    order = NewOrder(
        source="test", external_id=f"T-{number}", body_hash=number.to_bytes(32, "big"),
        order_type="bestallning", customer_order_type=None, priority=1,
        received_at=datetime(2026, 11, 20, 8, tzinfo=UTC) + timedelta(milliseconds=number),
        sender="10", receiver_kind="vardenhet", receiver_code="03-05", patient=None, recipient=None,
        recipient_sealed=None, protected=False, orderer_person="best", orderer_unit="03-05", prescriber=None,
        medical_decision_date=None, medical_decision_reference=None, instruction_reference=None,
        instruction_approved_by=None, partial=False, ordered_on=TODAY, wanted_date=None, reference=None,
        lines=tuple(NewLine(article, quantity, ()) for article, quantity in lines or [("A1", 1)]),
    )  # fmt: skip
    return replace(order, **changes)


def own_store_order(*lines: tuple[str, int], **changes: Any) -> NewOrder:
    """A beställning from the own kommunlager 50301."""
    return an_order(*lines, **({"sender": "50301"} | changes))


def a_lagerflytt(*lines: tuple[str, int], **changes: Any) -> NewOrder:
    """A lagerflytt from lager 10 to kommunlager 50301."""
    return an_order(
        *lines,
        **(
            {
                "order_type": "lagerflyttsorder", "customer_order_type": "lagerflytt", "receiver_kind": "kommunlager",
                "receiver_code": "50301", "orderer_person": "lager",
            }
            | changes
        ),
    )  # fmt: skip


def a_prescription(*lines: tuple[str, int], **changes: Any) -> NewOrder:
    """A förskrivning from lager 10 to a patient."""
    return an_order(
        *lines,
        **(
            {
                "order_type": "forskrivning", "customer_order_type": "forskrivning", "receiver_kind": "patient",
                "receiver_code": None, "patient": NewPatient(b"\x01" * 32, "personnummer", b"sealed"),
                "orderer_person": "forsk", "prescriber": "forsk", "medical_decision_date": TODAY,
                "medical_decision_reference": "J-1",
            }
            | changes
        ),
    )  # fmt: skip


def store(database: Database, *orders: NewOrder) -> list[int]:
    """Store the orders as drafts; their ids."""
    with database.transaction() as tx:
        answers = store_orders(tx, orders, actor="test")
    return [answer.order_id for answer in answers if answer.order_id is not None]


def states(database: Database, ids: Sequence[int]) -> list[str]:
    """The states of the orders, in their order."""
    with database.transaction() as tx:
        found = dict(tx.execute("SELECT id, state FROM orders WHERE id = ANY(%s::bigint[])", (list(ids),)).fetchall())
    return [found[order_id] for order_id in ids]


def balance(database: Database, store_code: str, article: str) -> tuple[int, int, int]:
    """(on_hand, reserved, outbound) of an article in a store."""
    with database.transaction() as tx:
        row = tx.execute(
            "SELECT on_hand, reserved, outbound FROM stock_balance WHERE store = %s AND article = %s",
            (store_code, article),
        ).fetchone()
    return (0, 0, 0) if row is None else (row[0], row[1], row[2])


@contextmanager
def a_worker(database: Database) -> Iterator[Worker]:
    """A worker with its journal, which leaves at the end."""
    worker = Worker(database)
    try:
        yield worker
    finally:
        worker.close()


def run_step(database: Database, event: str, order_type: str = "bestallning", limit: int = COHORT) -> Worked:
    """Run `event` for one cohort that is due, as a worker does when it is told to look."""
    with a_worker(database) as worker:
        return work_once(database, worker, event, None if event == resume.EVENT else order_type, limit)


def run_all(database: Database, limit: int = COHORT) -> int:
    """Run everything that is due until nothing is."""
    with a_worker(database) as worker:
        return work_all(database, worker, limit)


def in_state(database: Database, state: str, *lines: tuple[str, int], **changes: Any) -> int:
    """A beställning brought to `state` by its own steps, one at a time; returns its id.

    `backordered` wants an empty shelf, the states after `validated` goods; what is `rejected` asks for an
    article that does not exist. No state that follows by itself is run.
    """
    (order_id,) = store(database, an_order(*([("unknown", 1)] if state == "rejected" else lines), **changes))
    for step in STEPS.values():
        if states(database, [order_id]) == [state]:
            break
        run_named(database, step, order_id, actor="test")
    assert states(database, [order_id]) == [state]
    return order_id


def let_time_pass(database: Database) -> None:
    """Whatever is due later by itself is due at once."""
    with database.transaction() as tx:
        tx.execute("UPDATE orders SET due_at = clock_timestamp() WHERE due_at > clock_timestamp()")


def order_row(database: Database, order_id: int) -> dict[str, Any]:
    """The order's row, by column."""
    with database.transaction() as tx, tx.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute("SELECT * FROM orders WHERE id = %s", (order_id,)).fetchone()
    assert row is not None
    return row


def history(database: Database, order_id: int) -> list[tuple[str, str | None, str, str, str | None]]:
    """(event, from, to, actor, reason) of each of the order's transitions, its creation first."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT event, from_state, to_state, actor, reason FROM history WHERE order_id = %s ORDER BY version",
            (order_id,),
        ).fetchall()


def goods_moved(database: Database, order_id: int) -> list[tuple[str, str, int, str, str]]:
    """(kind, article, units, from, to) of each movement the order caused; a place is e.g. `store 10`."""
    with database.transaction() as tx:
        return tx.execute(
            "SELECT kind, article, quantity, from_place || ' ' || from_store, to_place || ' ' || to_store "
            "FROM movement WHERE order_id = %s ORDER BY id",
            (order_id,),
        ).fetchall()


def rests_of(database: Database, order_id: int) -> list[int]:
    """The ids of the order's restorder, oldest first."""
    with database.transaction() as tx:
        rows = tx.execute("SELECT id FROM orders WHERE rest_of = %s ORDER BY id", (order_id,)).fetchall()
    return [rest for (rest,) in rows]


def everything(database: Database) -> dict[str, list[str]]:
    """Every row of every table that a step may write, as text: equal before and after if nothing changed."""
    tables = (
        "orders", "order_line", "history", "movement", "stock_balance", "waiting_line", "restock", "claim",
        "number_counter", "utleverans", "utleverans_line",
    )  # fmt: skip
    with database.transaction() as tx:
        return {
            # Numbers of transactions are a server's own: a backup leaves them behind.
            table: [
                row for (row,) in tx.execute(f"SELECT (to_jsonb(t) - 'tx')::text FROM {table} t ORDER BY 1".encode())
            ]
            for table in tables
        }
