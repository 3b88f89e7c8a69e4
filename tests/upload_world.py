"""The API in this process, and those who ask: tokens of the region and of single kommuner, with the scopes told."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from backoffice.api.app import create_app
from config.database import Database
from config.settings import settings
from workflows.permissions import Permission
from workflows.tokens import issue_token

EVERYTHING = frozenset(Permission)
NO_ORDERS = EVERYTHING - {Permission.READ_ORDERS}
_names = count(1)


@contextmanager
def serving(database: Database, folder: Path, patch: pytest.MonkeyPatch, **environment: str) -> Iterator[TestClient]:
    """The web process's application on that database, with its keys and documents in `folder`."""
    patch.setenv("DATABASE_URL", database.url)
    patch.setenv("ORDERFLODE_KEYS", str(folder / "keys.json"))
    patch.setenv("ORDERFLODE_DOCUMENTS", str(folder / "documents"))
    for name, value in environment.items():
        patch.setenv(f"ORDERFLODE_{name}", value)
    settings.cache_clear()
    try:
        with TestClient(create_app(), raise_server_exceptions=False) as client:
            yield client
    finally:
        settings.cache_clear()


def shown_by(
    database: Database,
    kommun: str | None = None,
    *scopes: Permission,
    source: str = "system",
) -> dict[str, str]:
    """The header of a new token; with every scope unless some are told."""
    name = f"t{next(_names)}"
    with database.transaction() as tx:
        secret = issue_token(
            tx, name, source=source, scopes=frozenset(scopes) or EVERYTHING, kommun=kommun,
            expires_at=datetime.now(UTC) + timedelta(hours=1), by="test",
        )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}
