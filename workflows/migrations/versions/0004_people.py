"""The people who may use it, and the patients it must protect: accounts, tokens, rows by kommun, the access log."""

from pathlib import Path

from alembic import op

revision = "0004"
down_revision = "0003"

_SQL = Path(__file__).parent.parent / "sql"


def upgrade() -> None:
    """Accounts and tokens, the chained access log, webhooks, and whose rows the web process sees."""
    for name in (
        "0004_accounts.sql",
        "0004_access_log.sql",
        "0004_webhooks.sql",
        "0004_oidc.sql",
        "0004_row_security.sql",
    ):
        op.get_bind().exec_driver_sql((_SQL / name).read_text(encoding="utf-8").replace("%", "%%"))
