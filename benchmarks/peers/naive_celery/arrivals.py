"""How does a single order come to it? A row committed alone, and then its first message, as a web view would do it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from celery import Celery
from psycopg_pool import ConnectionPool

from benchmarks.peers.stored_drafts import article, parties
from benchmarks.workload import drafts

_STORE = """
    WITH stored AS (
        INSERT INTO orders (id, external_id, order_type, sender, receiver_kind, receiver_code, created_by)
        VALUES (%s, %s, %s, %s, %s, %s, 'bench') RETURNING id),
    lines AS (
        INSERT INTO order_line
        SELECT s.id, l.* FROM stored s, unnest(%s::integer[], %s::text[], %s::integer[]) AS l)
    INSERT INTO history (order_id, version, event, to_state, actor)
    SELECT id, 1, 'create', 'draft', 'bench' FROM stored
"""


@contextmanager
def at_naive_celery(url: str, redis_url: str, source: str, orders: int, seed: int) -> Iterator[Callable[[int], object]]:
    """What commits the order of a place, whose external id tells its `source`, and sends its first message."""
    given = list(drafts(orders, seed))
    with ConnectionPool(url, min_size=8, max_size=8, open=True) as pool, Celery(broker=redis_url) as app:
        with pool.connection() as connection:
            row = connection.execute("SELECT coalesce(max(id), 0) FROM orders").fetchone()
        assert row is not None
        before = row[0]

        def arrive(place: int) -> None:
            draft, order_id = given[place], before + 1 + place
            articles = [article(index) for index, _ in draft.lines]
            quantities = [quantity for _, quantity in draft.lines]
            with pool.connection() as connection:
                connection.execute(
                    _STORE,
                    (order_id, f"{source} {place}", *parties(draft.number), [1, 2], articles, quantities),
                )
            app.send_task("benchmarks.peers.naive_celery.tasks.validate", (order_id,))

        yield arrive
