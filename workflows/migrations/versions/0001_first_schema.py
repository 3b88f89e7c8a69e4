"""The first schema: master data, orders, stock and the doors."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

_SQL = Path(__file__).parent.parent / "sql"
_ROOMS = ("master_data", "orders", "stock", "doors")

# As the machines were at this revision; a test compares the table with the machines of today.
_MAIN_LINE = (
    ("validate", "draft", "rejected"),
    ("validate", "draft", "backordered"),
    ("validate", "draft", "validated"),
    ("pick", "validated", "picked"),
    ("create_utleverans", "picked", "utleverans"),
    ("deliver", "utleverans", "delivered"),
    ("resume", "backordered", "validated"),
    ("unreserve", "validated", "backordered"),
    ("amend", "rejected", "draft"),
    ("cancel", "draft", "cancelled"),
    ("cancel", "rejected", "cancelled"),
    ("cancel", "backordered", "cancelled"),
    ("cancel", "validated", "cancelled"),
    ("cancel", "picked", "cancelled"),
    ("fail_delivery", "utleverans", "cancelled"),
)


def upgrade() -> None:
    """Create everything."""
    for room in _ROOMS:
        op.get_bind().exec_driver_sql((_SQL / f"0001_{room}.sql").read_text(encoding="utf-8").replace("%", "%%"))
    for order_type in ("lagerflyttsorder", "bestallning", "forskrivning"):
        for event, before, after in _MAIN_LINE:
            op.execute(
                "INSERT INTO allowed_transition (order_type, event, from_state, to_state) "
                f"VALUES ('{order_type}', '{event}', '{before}', '{after}')"
            )
