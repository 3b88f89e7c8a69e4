"""The back office's pages: what they keep of an account, and what they read at once."""

from pathlib import Path

from alembic import op

revision = "0005"
down_revision = "0004"

_SQL = Path(__file__).parent.parent / "sql"


# Each file says what it is for.
_FILES = (
    "0005_imports.sql",
    "0005_order_page.sql",
    "0005_picking.sql",
    "0005_review.sql",
    "0005_saved_views.sql",
    "0005_stock.sql",
)


def upgrade() -> None:
    """What the pages keep, and what they read at once."""
    for name in _FILES:
        op.get_bind().exec_driver_sql((_SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
