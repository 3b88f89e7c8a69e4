"""What do the acceptance tests get? The installed command, on a fresh database, with keys and a home of its own."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from command_line import CommandLine, CommandLoaded, plain_environment
from conftest import of_all_workers
from integration.embedded_users import remove_roots_data

from config.server_urls import ServerUrls


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLoaded]:
    """The command with all that it loads, forked for each call."""
    loaded = CommandLoaded(of_all_workers(tmp_path_factory) / "begun")
    yield loaded
    loaded.close()


@pytest.fixture
def orderflode(servers: ServerUrls, database_url: str, tmp_path: Path, loaded: CommandLoaded) -> Iterator[CommandLine]:
    """The command on a fresh database; its keys in the Redis that all tests share have a prefix of their own."""
    assert servers.redis_url is not None
    prefix = f"test-{uuid.uuid4().hex[:12]}:"
    yield CommandLine(
        plain_environment(
            DATABASE_URL=database_url,
            REDIS_URL=servers.redis_url,
            ORDERFLODE_HOME=str(tmp_path / "home"),
            ORDERFLODE_KEY_PREFIX=prefix,
            # A story's few orders need no second worker, which takes half a second to start.
            ORDERFLODE_WORKERS="1",
        ),
        tmp_path,
        loaded,
    )
    with redis.Redis.from_url(servers.redis_url) as connection:
        for key in connection.scan_iter(match=f"{prefix}*"):
            connection.delete(key)


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[CommandLine]:
    """The command with no server given: it starts its own in a home that is removed with the test."""
    home = tmp_path.resolve() / "home"
    yield CommandLine(plain_environment(ORDERFLODE_HOME=str(home)), tmp_path)
    remove_roots_data(home)
