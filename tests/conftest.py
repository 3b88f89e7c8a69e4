"""What do the tests run on? A real PostgreSQL and Redis, by URL or embedded; each test has a database of its own."""

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import hypothesis
import psycopg
import pytest
from database_pool import DatabasePool
from psycopg.conninfo import make_conninfo

from config.database import Database
from config.server_urls import ServerUrls, server_urls
from config.settings import Settings
from workflows.migrations import migrate
from workflows.patients import Keys, load_keys

# What a pair expects is told by its values when it does not hold, as in the tests themselves.
pytest.register_assert_rewrite("interleaving_pairs", "interleaving_beside", "interleaving_world")

LONGEST = (
    "test_drill",
    "test_life_model",
    "test_peer_scenarios",
    "test_sylius_features",
    "test_kills",
    "test_story_",
    "test_stories",
)
"""Files that take longest, begun first: two workers then end at about the same time."""


IN_MEMORY = "ORDERFLODE_TEST_MEMORY"
"""Names the folder in memory where this run's databases lie, for its workers too."""


def pytest_configure(config: pytest.Config) -> None:
    """Make that folder, where the system has such a place; whoever runs the tests removes it afterwards."""
    memory = Path("/dev/shm")
    if memory.is_dir() and not hasattr(config, "workerinput"):
        folder = tempfile.mkdtemp(prefix="orderflode-tests-", dir=memory)
        os.environ[IN_MEMORY] = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest."""
    items.sort(key=lambda item: not item.path.stem.startswith(LONGEST))


# How long an example takes says nothing on a busy machine: time is the benchmarks' matter.
hypothesis.settings.register_profile("timeless", deadline=None)
hypothesis.settings.load_profile("timeless")


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerUrls]:
    """The servers: DATABASE_URL and REDIS_URL where they are set, else embedded ones, shared by parallel workers."""
    home = of_all_workers(tmp_path_factory) / "servers"
    with server_urls(Settings(ORDERFLODE_HOME=home), need_redis=True, throw_away=True) as urls:
        if "DATABASE_URL" not in os.environ:
            # Each test makes and drops a database: 2 s where it is written through to the disk, 0.1 s where not. The
            # drop is a checkpoint, after which every page changed, in any database, would go to the log whole.
            off = [f"ALTER SYSTEM SET {name} = off" for name in ("fsync", "full_page_writes")]
            _administer(urls.database_url, *off, "SELECT pg_reload_conf()")
            _lay_in_memory(urls.database_url)
        yield urls


def _lay_in_memory(url: str) -> None:
    """Make a tablespace in memory, if there is a folder for it: a database in it is made in a tenth of the time, and
    emptied in half."""
    folder = os.environ.get(IN_MEMORY)
    if folder is None:
        return
    with psycopg.connect(url, autocommit=True) as connection:
        (data,) = connection.execute("SHOW data_directory").fetchone() or ("",)
        owner = Path(data).stat()
        os.chown(folder, owner.st_uid, owner.st_gid)
        with suppress(psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            connection.execute(f"CREATE TABLESPACE memory LOCATION '{folder}'".encode())


def of_all_workers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of this run, which parallel workers share."""
    mine = tmp_path_factory.getbasetemp()
    return mine.parent if "PYTEST_XDIST_WORKER" in os.environ else mine


def _administer(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture(scope="session")
def template(servers: ServerUrls) -> Iterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"template_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(servers.database_url) as connection:
        in_memory = connection.execute("SELECT FROM pg_tablespace WHERE spcname = 'memory'").fetchone() is not None
    # Its copies lie where it does.
    _administer(servers.database_url, f"CREATE DATABASE {name}{' TABLESPACE memory' if in_memory else ''}")
    migrate(with_database(servers.database_url, name))
    yield name
    _administer(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def databases(servers: ServerUrls, template: str) -> Iterator[DatabasePool]:
    """Databases that are as the template."""
    databases = DatabasePool(servers.database_url, template)
    yield databases
    databases.close()


@pytest.fixture
def database_url(servers: ServerUrls, databases: DatabasePool) -> Iterator[str]:
    """The URL of a fresh database with the newest schema and nothing in it."""
    name = databases.take()
    yield with_database(servers.database_url, name)
    databases.give_back(name)


@contextmanager
def fresh_database(servers: ServerUrls, template: str) -> Iterator[str]:
    """A copy of the template for more than one test, removed afterwards."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    _administer(servers.database_url, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield with_database(servers.database_url, name)
    _administer(servers.database_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The fresh database, as the running processes use it."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """New keys."""
    return load_keys(tmp_path / "keys.json")


def with_database(url: str, name: str) -> str:
    """The same server's URL with another database."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    host = str(parts.get("host") or "")
    user = (
        f"{parts['user']}{':' + str(parts['password']) if parts.get('password') else ''}@" if parts.get("user") else ""
    )
    if host.startswith("/"):
        return f"postgresql://{user}/{name}?host={host}" + (f"&port={parts['port']}" if parts.get("port") else "")
    assert make_conninfo(url)
    return f"postgresql://{user}{host}:{parts.get('port', 5432)}/{name}"
