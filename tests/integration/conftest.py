"""What holds at the end of every test of the engine? Whatever it did, no invariant is broken."""

from collections.abc import Iterator

import pytest

from config.database import Database
from workflows.verify.checking import verify


@pytest.fixture
def sound_afterwards(database: Database) -> Iterator[None]:
    """Verify the test's database when the test is done."""
    yield
    assert verify(database).broken == ()
