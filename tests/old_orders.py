"""What did revision 0001 leave behind when it was upgraded? Its database, and orders in flight made by its own doors.

Next: integration/orders_of_0001.sql (orders with devices), integration/test_upgrade.py, test_upgrade_in_flight.py.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
from conftest import with_database

from config.server_urls import ServerUrls
from workflows.migrations import is_current
from workflows.migrations.upgrading import upgrade

Owner = psycopg.Connection[tuple[Any, ...]]

THERE, LACKING = "A2", "A3"
"""An article that lager 10 has, and one that it has not."""

TYPES: dict[str, tuple[str | None, str, str | None, int | None, str, str | None]] = {
    "lagerflyttsorder": ("lagerflytt", "kommunlager", "50301", None, "lager", None),
    "bestallning": (None, "vardenhet", "03-05", None, "best", None),
    "forskrivning": ("forskrivning", "patient", None, 1, "forsk", "forsk"),
}
"""By order type: its customer order type, receiver (kind, code, patient), orderer and prescriber."""

STATES = ("draft", "rejected", "backordered", "validated", "picked", "utleverans", "delivered", "cancelled")
LINE = ("draft", "validated", "picked", "utleverans", "delivered")


@contextmanager
def database_of_0001(servers: ServerUrls) -> Iterator[str]:
    """The URL of a database of revision 0001 that holds orders_of_0001.sql."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    url = with_database(servers.database_url, name)
    with psycopg.connect(servers.database_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        upgrade(url, "0001")
        assert not is_current(url)
        with psycopg.connect(url) as owner:
            owner.execute((Path(__file__).parent / "integration" / "orders_of_0001.sql").read_bytes())
        yield url
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def orders_in_flight(owner: Owner) -> dict[tuple[str, str], int]:
    """An order of every type in every state, by both; lager 10 gets goods for those that are to have them."""
    owner.execute(
        "SELECT move_goods(ARRAY[ROW('receive', %s, 50, 'supplier', '', 'store', '10', NULL, NULL, NULL, 'in flight')"
        "::goods_move], NULL, 'test')",
        (THERE,),
    )
    return {(order_type, state): an_old_order(owner, order_type, state) for order_type in TYPES for state in STATES}


def an_old_order(owner: Owner, order_type: str, state: str) -> int:
    """An order that the code of 0001 brought to `state`; its id."""
    article = LACKING if state == "backordered" else THERE
    kundordertyp, *receiver, orderer, prescriber = TYPES[order_type]
    (order_id,) = _one(
        owner,
        "INSERT INTO orders (source, external_id, body_hash, order_type, customer_order_type, priority, received_at, "
        "due_at, kommun, sender, receiver_kind, receiver_code, patient_id, protected, orderer_person, orderer_unit, "
        "prescriber, medical_decision_date, medical_decision_reference, partial, ordered_on, created_by) "
        "VALUES ('region', gen_random_uuid(), '\\x01', %s, %s, 1, now(), now(), 'Karlstad', '10', %s, %s, %s, false, "
        "%s, '03-05', %s, CASE WHEN %s THEN DATE '2026-11-20' END, CASE WHEN %s THEN 'J-1' END, false, "
        "'2026-11-20', 'test') RETURNING id",
        order_type, kundordertyp, *receiver, orderer, prescriber, prescriber is not None, prescriber is not None,
    )  # fmt: skip
    owner.execute(
        "INSERT INTO order_line (order_id, line_no, article, quantity) VALUES (%s, 1, %s, 1)", (order_id, article)
    )
    if state in LINE:
        for before, after in pairwise(LINE[: LINE.index(state) + 1]):
            _go(owner, order_type, order_id, before, after)
    else:
        _move(owner, order_type, order_id, "cancel" if state == "cancelled" else "validate", "draft", state)
    if state == "backordered":
        owner.execute(
            "INSERT INTO waiting_line (store, article, priority, received_at, order_id, quantity) "
            "SELECT sender, %s, priority, received_at, id, 1 FROM orders WHERE id = %s",
            (article, order_id),
        )
    return int(order_id)


EVENTS = {"validated": "validate", "picked": "pick", "utleverans": "create_utleverans", "delivered": "deliver"}
RESERVED = {"validated": 1, "picked": -1}


def _go(owner: Owner, order_type: str, order_id: int, before: str, after: str) -> None:
    """One step of the main line, as 0001 took it: the goods, then the order."""
    utleverans = None
    if after == "utleverans":
        (utleverans,) = _one(owner, "SELECT utleverans FROM issue_utleveranser(ARRAY[%s::bigint])", order_id)
    _, kind, code, *_ = TYPES[order_type]
    at_last = ("store" if kind == "kommunlager" else "receiver", code or "patient")
    places = {"picked": ("store", "10", "outbound", "10"), "delivered": ("outbound", "10", *at_last)}.get(after)
    if places:
        owner.execute(
            "SELECT move_goods(ARRAY[ROW(%s, %s, 1, %s, %s, %s, %s, id, version + 1, 1, NULL)::goods_move], NULL, "
            "'test') FROM orders WHERE id = %s",
            (EVENTS[after], THERE, *places, order_id),
        )
    if after in RESERVED:
        owner.execute(
            "SELECT move_goods(NULL, ARRAY[ROW('10', %s, %s)::reservation], 'test')", (THERE, RESERVED[after])
        )
    _move(owner, order_type, order_id, EVENTS[after], before, after, utleverans)


def _move(
    owner: Owner, order_type: str, order_id: int, event: str, before: str, after: str, utleverans: int | None = None
) -> None:
    owner.execute(
        "SELECT move_orders(ARRAY[%(id)s::bigint], %(type)s, %(event)s, %(before)s, %(after)s, 'test', "
        "CASE WHEN %(after)s = 'picked' THEN now() END, CASE WHEN %(event)s = 'cancel' THEN 'prov' END, "
        "%(utleveranser)s::bigint[], CASE WHEN %(after)s = 'rejected' THEN '[[]]'::jsonb END)",
        {
            "id": order_id, "type": order_type, "event": event, "before": before, "after": after,
            "utleveranser": [] if utleverans is None else [utleverans],
        },
    )  # fmt: skip


def _one(owner: Owner, query: str, *values: object) -> tuple[Any, ...]:
    row = owner.execute(query.encode(), values).fetchone()
    assert row is not None
    return row
