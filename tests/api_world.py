"""The API for tests: the web process's application in this one, over a database with a small region, and tokens for it.

The region is that of builders.py. Next: request_bodies.py and builders.py, what is in it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from people import PERSONNUMMER
from web_world import HERE

from backoffice.api.app import application
from config.database import Database
from config.settings import Settings
from workflows.permissions import GRANTABLE, Permission
from workflows.tokens import issue_token

ORDERS = "/api/v1/orders"
EVERYTHING = GRANTABLE
_numbers = count(1)


@contextmanager
def an_api(database_url: str, folder: Path, **settings: Any) -> Iterator[TestClient]:
    """A client of the application over that database. What it does not expect is a 500, as for anybody."""
    app = application(Database(database_url), Settings(ORDERFLODE_HOME=folder, **settings))
    with TestClient(app, base_url=HERE, raise_server_exceptions=False) as client:
        yield client


def a_token(
    database: Database,
    *scopes: Permission,
    kommun: str | None = None,
    source: str = "journal",
) -> dict[str, str]:
    """The headers of a token with these scopes, or all of them."""
    with database.transaction() as tx:
        secret = issue_token(
            tx, f"t{next(_numbers)}", source=source, scopes=frozenset(scopes) or EVERYTHING, kommun=kommun,
            expires_at=datetime.now(UTC) + timedelta(days=1), by="test",
        )  # fmt: skip
    return {"Authorization": f"Bearer {secret}"}


def a_bestallning(**changes: object) -> dict[str, Any]:
    """A beställning from lager 10 to vårdenhet 03-05, as JSON says it."""
    return {
        "external_id": f"B-{next(_numbers)}",
        "order_type": "bestallning",
        "sender": "10",
        "receiver": {"kind": "vardenhet", "id": "03-05"},
        "orderer": {"person": "best", "unit": "03-05"},
        "lines": [{"article": "A1", "quantity": 2}],
    } | changes


def a_forskrivning(**changes: object) -> dict[str, Any]:
    """A förskrivning from lager 10 to a patient."""
    return (
        a_bestallning()
        | {
            "order_type": "forskrivning",
            "customer_order_type": "forskrivning",
            "receiver": {"kind": "patient", "id": PERSONNUMMER},
            "orderer": {"person": "forsk", "unit": "03-05"},
            "prescriber": "forsk",
            "medical_decision": {"date": "2026-11-20", "reference": "J-1"},
        }
        | changes
    )


def a_lagerflytt(**changes: object) -> dict[str, Any]:
    """A lagerflytt from lager 10 to kommunlager 50301."""
    return (
        a_bestallning()
        | {
            "order_type": "lagerflyttsorder",
            "customer_order_type": "lagerflytt",
            "receiver": {"kind": "kommunlager", "id": "50301"},
            "orderer": {"person": "lager", "unit": "03-05"},
        }
        | changes
    )


def codes(answer: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(code, field) of each violation of a problem."""
    return [(each["code"], each["field"]) for each in answer["violations"]]
