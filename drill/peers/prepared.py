"""What does a peer find when it begins? The peers' common schema and the drill's articles, of which nobody runs out.

The schema has no orders that wait for goods, so no article is scarce. Next: celery_app.py, executor.py.
"""

from importlib.resources import files

import psycopg

from drill.region import ENOUGH, PLENTIFUL, STORES

_ORDERS_ARE_NUMBERED = """
    CREATE SEQUENCE order_id OWNED BY orders.id;
    ALTER TABLE orders ALTER id SET DEFAULT nextval('order_id')
"""

_OPENING = """
    WITH opened AS (
        INSERT INTO stock_balance (store, article, on_hand)
        SELECT s.code, a.number, %s FROM store s CROSS JOIN article a RETURNING store, article, on_hand)
    INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, document, actor)
    SELECT 'opening', article, on_hand, 'supplier', 'supplier', 'store', store, 'opening', 'load' FROM opened
"""


def prepare_schema(database_url: str) -> None:
    """Make schema and stock in an empty database."""
    schema = (files("benchmarks.peers") / "schema.sql").read_bytes()
    with psycopg.connect(database_url, autocommit=True) as connection:
        with connection.transaction():
            connection.execute(schema)
            connection.execute(_ORDERS_ARE_NUMBERED.encode())
            connection.execute("INSERT INTO store SELECT unnest(%s::text[])", (["10", *STORES],))
            connection.execute("INSERT INTO article SELECT unnest(%s::text[]), 'Hjälpmedel'", (list(PLENTIFUL),))
            connection.execute(_OPENING.encode(), (ENOUGH,))
        connection.execute("VACUUM ANALYZE")
