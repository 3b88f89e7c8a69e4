"""What do tests have? A check of every invariant at the end, a database of an ordinary owner, the API here, and a login
elsewhere."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_world import an_api
from builders import a_world
from elsewhere_world import AT_LAGER
from fastapi.testclient import TestClient
from identity_provider import IdentityProvider, an_identity_provider, configured
from ordinary_owner import a_database_of, an_ordinary_owner
from web_world import a_web_process

from config.database import Database
from config.server_urls import ServerUrls
from workflows.migrations import migrate
from workflows.verify.checking import verify


@pytest.fixture
def sound_afterwards(database: Database) -> Iterator[None]:
    """Verify the test's database when the test is done."""
    yield
    assert verify(database).broken == ()


@pytest.fixture(scope="session")
def ordinary_owner(servers: ServerUrls, template: str) -> Iterator[tuple[str, str]]:
    """A role that is no superuser, and the name of a migrated database that is its own."""
    with an_ordinary_owner(servers) as owner, a_database_of(servers, owner) as (name, url):
        migrate(url)
        yield owner, name


@pytest.fixture
def owned_url(servers: ServerUrls, ordinary_owner: tuple[str, str]) -> Iterator[str]:
    """The URL of a fresh database for its owner, who is no superuser."""
    owner, owned_template = ordinary_owner
    with a_database_of(servers, owner, owned_template) as (_, url):
        yield url


@pytest.fixture
def owned(owned_url: str) -> Iterator[Database]:
    """The fresh database of an owner who is no superuser, as the running processes use it."""
    database = Database(owned_url)
    yield database
    database.close()


@pytest.fixture
def api(database_url: str, tmp_path: Path) -> Iterator[TestClient]:
    """The API over the test's database."""
    with an_api(database_url, tmp_path / "home") as client:
        yield client


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    """An OpenID provider that says of everybody that they work at lager in Karlstad."""
    with an_identity_provider() as found:
        found.who |= AT_LAGER
        yield found


@pytest.fixture
def site(database: Database, database_url: str, provider: IdentityProvider, tmp_path: Path) -> Iterator[TestClient]:
    """The web process, where people log in at the provider."""
    a_world(database)
    with a_web_process(database_url, tmp_path, ORDERFLODE_OIDC=configured(provider, tmp_path)) as client:
        yield client
