"""What does a peer find when it begins? The common schema, ample stock, and the workload's orders stored as drafts.

The parties are those of the product's own measurement (region.py): a third of the orders each is a lagerflyttsorder
from lager 10, a beställning from the own store and a förskrivning from lager 10. Next: end_state.py.
"""

from importlib.resources import files

import psycopg

from benchmarks.workload import ARTICLES, OPENING, drafts

STORES = ("10", "50301", "50401")
_UNITS = {"50301": "03-05", "50401": "04-01"}


def store_drafts(database_url: str, orders: int, seed: int, articles: int = ARTICLES) -> None:
    """Make the schema in an empty database and store `orders` drafts, whose ids are 1 to `orders`."""
    schema = (files("benchmarks.peers") / "schema.sql").read_bytes()
    numbers = [article(index) for index in range(articles)]
    with psycopg.connect(database_url, autocommit=True) as connection:
        with connection.transaction():
            connection.execute(schema)
            _store_stock(connection, numbers)
            _store_orders(connection, orders, seed, articles)
        # Plans made as if the tables were empty cost many times as much later.
        connection.execute("VACUUM ANALYZE")


def _store_stock(connection: psycopg.Connection, articles: list[str]) -> None:
    connection.execute("INSERT INTO store SELECT unnest(%s::text[])", (list(STORES),))
    connection.execute("INSERT INTO article SELECT number, 'Rullstol' FROM unnest(%s::text[]) AS number", (articles,))
    connection.execute(
        """
        WITH opened AS (
            INSERT INTO stock_balance (store, article, on_hand)
            SELECT s.code, a.number, %s FROM store s CROSS JOIN article a RETURNING store, article, on_hand)
        INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, document, actor)
        SELECT 'opening', article, on_hand, 'supplier', 'supplier', 'store', store, 'opening', 'load' FROM opened
        """,
        (OPENING,),
    )


def _store_orders(connection: psycopg.Connection, orders: int, seed: int, articles: int) -> None:
    order_rows, line_rows = [], []
    for draft in drafts(orders, seed, articles):
        order_rows.append((draft.number, f"B-{draft.number}", *parties(draft.number), "import"))
        for line_no, (index, quantity) in enumerate(draft.lines, start=1):
            line_rows.append((draft.number, line_no, article(index), quantity))
    cursor = connection.cursor()
    with cursor.copy(
        "COPY orders (id, external_id, order_type, sender, receiver_kind, receiver_code, created_by) FROM STDIN"
    ) as copy:
        for row in order_rows:
            copy.write_row(row)
    with cursor.copy("COPY order_line FROM STDIN") as copy:
        for line in line_rows:
            copy.write_row(line)
    cursor.execute(
        "INSERT INTO history (order_id, version, event, to_state, actor) "
        "SELECT id, 1, 'create', 'draft', created_by FROM orders"
    )


def article(index: int) -> str:
    """The number of the article that the workload calls by its index."""
    return f"A{index:05}"


def parties(number: int) -> tuple[str, str, str, str]:
    """An order's type, sender, receiver's kind and receiver's code, by its number in the workload."""
    store = ("50301", "50401")[number // 3 % 2]
    if number % 3 == 0:
        return "lagerflyttsorder", "10", "kommunlager", store
    if number % 3 == 1:
        return "bestallning", store, "vardenhet", _UNITS[store]
    return "forskrivning", "10", "patient", "patient"
