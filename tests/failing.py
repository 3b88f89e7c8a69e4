"""What if a step fails for one order? The database refuses the order's transitions, with its row in the message."""

from collections.abc import Iterator
from contextlib import contextmanager

from config.database import Database

SECRET = "what the row holds"
"""In the text of the refusal; it may be read nowhere else."""


@contextmanager
def failing_for(database: Database, *order_ids: int) -> Iterator[None]:
    """Every transition of the orders fails in SQL, as by a fault of ours, until the fault is mended."""
    with database.session() as owner:
        owner.execute(
            "CREATE OR REPLACE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{SECRET}: %', NEW; END $$"
        )
        numbers = ", ".join(str(order_id) for order_id in order_ids)
        owner.execute(
            f"CREATE TRIGGER poison BEFORE UPDATE OF state ON orders FOR EACH ROW WHEN (NEW.id IN ({numbers})) "
            "EXECUTE FUNCTION poison()".encode()
        )
    try:
        yield
    finally:
        with database.session() as owner:
            owner.execute("DROP TRIGGER poison ON orders")
