"""What holds at the end of every test of the engine? No invariant is broken. And the API, in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_world import an_api
from fastapi.testclient import TestClient

from config.database import Database
from workflows.verify.checking import verify


@pytest.fixture
def sound_afterwards(database: Database) -> Iterator[None]:
    """Verify the test's database when the test is done."""
    yield
    assert verify(database).broken == ()


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The API over the test's database."""
    with an_api(database_url, tmp_path / "home") as client:
        yield client
