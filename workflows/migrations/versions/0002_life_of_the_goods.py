"""The life of the goods: devices, returns, promises, refill, counts, undone imports and joined patients."""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

_SQL = Path(__file__).parent.parent / "sql"
_ROOMS = (
    "goods", "devices", "known_devices", "returns", "time", "refill", "counts", "intake", "patients", "swaps", "guards",
)  # fmt: skip


def upgrade() -> None:
    """Add what is new; what was stored before stays as it is."""
    for room in _ROOMS:
        op.get_bind().exec_driver_sql((_SQL / f"0002_{room}.sql").read_text(encoding="utf-8").replace("%", "%%"))
