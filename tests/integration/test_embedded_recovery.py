"""What becomes of embedded servers that crashed, were killed, or find their data, port or pid file spoilt?"""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import psycopg
import pytest
from integration.embedded_users import (
    all_processes,
    another_user,
    are_gone,
    kill,
    postmaster,
    remove_roots_data,
    servers_of,
    soon,
    valkey,
    value,
)

from config.embedded.layout import Layout
from config.embedded.lease import embedded_servers
from config.embedded.unavailable import ServerUnavailable

pytestmark = pytest.mark.long  # twelve servers started and killed


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that does not exist yet; what root's servers keep outside it is removed afterwards."""
    home = tmp_path.resolve() / "home"
    yield home
    remove_roots_data(home)


def test_a_killed_postgres_is_started_again_on_its_data_while_a_user_is_in(home: Path) -> None:
    with embedded_servers(home) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed = postmaster(servers)
        kill(killed)
        assert soon(lambda: value(servers.database_url, "SELECT answer FROM kept") == "42")
        assert postmaster(servers) != killed


def test_a_busy_query_of_a_killed_postgres_does_not_hinder_the_next(home: Path) -> None:
    with embedded_servers(home) as servers, closing(psycopg.connect(servers.database_url)) as busy:
        orphan = psutil.Process(busy.info.backend_pid)
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000000000)")
        kill(postmaster(servers))
        assert soon(lambda: value(servers.database_url, "SELECT 1") == "1")
        assert are_gone([orphan])


def test_a_killed_valkey_is_started_again_at_its_port_while_a_user_is_in(home: Path) -> None:
    with embedded_servers(home) as servers:
        killed = valkey(servers).info("server")["process_id"]
        kill(psutil.Process(killed))
        assert soon(lambda: valkey(servers).info("server")["process_id"] != killed)


def test_a_removed_socket_is_made_again_while_a_user_is_in(home: Path) -> None:
    with embedded_servers(home) as servers:
        Path(value(servers.database_url, "SHOW unix_socket_directories"), ".s.PGSQL.5432").unlink()
        assert soon(lambda: value(servers.database_url, "SELECT 1") == "1")


def test_the_last_user_stops_the_servers_of_a_killed_keeper(home: Path) -> None:
    with embedded_servers(home) as servers:
        processes = all_processes(servers)
        kill(processes[0])
    assert are_gone(processes)


def test_a_keeper_that_is_asked_to_end_stops_its_servers(home: Path) -> None:
    with embedded_servers(home) as servers:
        processes = all_processes(servers)
        processes[0].terminate()
        assert soon(lambda: are_gone(processes))
        with embedded_servers(home) as again:
            assert again == servers
            assert value(servers.database_url, "SELECT 1") == "1"


def test_the_next_user_replaces_the_servers_of_killed_users_and_a_killed_keeper(home: Path) -> None:
    with another_user(home) as first:
        orphans = all_processes(servers_of(first))
        kill(orphans[0], first)
    with embedded_servers(home) as servers:
        assert are_gone(orphans)
        assert value(servers.database_url, "SELECT 1") == "1"
        assert valkey(servers).ping()


def test_stale_lock_files_that_name_a_living_process_are_no_hindrance(home: Path) -> None:
    with embedded_servers(home) as servers:
        sockets = Path(value(servers.database_url, "SHOW unix_socket_directories"))
        lock_files = [
            Layout(home).data_folder() / "postgres" / "postmaster.pid",
            sockets / ".s.PGSQL.5432.lock",
        ]
        texts = [path.read_text().partition("\n")[2] for path in lock_files]
    sockets.mkdir(mode=0o700, exist_ok=True)
    for path, text in zip(lock_files, texts, strict=True):
        path.write_text(f"{os.getpid()}\n{text}")
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT 1") == "1"


def test_data_of_another_major_version_are_one_clear_line_and_stay(home: Path) -> None:
    with embedded_servers(home):
        version = Layout(home).data_folder() / "postgres" / "PG_VERSION"
    version.write_text("13\n")
    with pytest.raises(ServerUnavailable, match="PostgreSQL 13") as refusal, embedded_servers(home):
        pass
    assert len(str(refusal.value).splitlines()) == 1
    assert version.read_text() == "13\n"


def test_unusable_kept_data_are_one_clear_line_and_stay(home: Path) -> None:
    with embedded_servers(home) as servers:
        processes = all_processes(servers)
        data = Layout(home).data_folder() / "postgres"
    control = (data / "global" / "pg_control").rename(data / "global" / "mislaid")
    with pytest.raises(ServerUnavailable, match="pg_control") as refusal, embedded_servers(home):
        pass
    assert len(str(refusal.value).splitlines()) == 1
    assert are_gone(processes)
    control.rename(data / "global" / "pg_control")
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT 1") == "1"


def test_unusable_throw_away_data_are_replaced(home: Path) -> None:
    with another_user(home, "throw-away") as first:
        kill(all_processes(servers_of(first))[0], first)
    shutil.rmtree(Layout(home).data_folder() / "postgres" / "global")
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT 1") == "1"
    assert not home.exists()


def test_a_taken_port_is_changed_and_unreadable_hints_are_set_aside(home: Path) -> None:
    with embedded_servers(home) as before:
        port = int(before.redis_url.rpartition(":")[2].removesuffix("/0"))
        log_of_commands = Layout(home).data_folder() / "valkey" / "appendonlydir"
    for path in log_of_commands.iterdir():
        path.write_bytes(b"not a log of commands")
    with socket.create_server(("127.0.0.1", port)), embedded_servers(home) as after:
        assert after.redis_url != before.redis_url
        assert valkey(after).ping()
