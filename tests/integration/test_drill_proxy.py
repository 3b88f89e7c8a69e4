"""Does the drill's network break as it says? Each way once, before a real PostgreSQL and a real Valkey.

What is broken must be seen by the client, and whole again afterwards. Next: drill/proxy.py.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from waiting import wait_for

from config.database import Database
from config.server_urls import ServerUrls
from drill.network import Network, network_before


@pytest.fixture
def network(servers: ServerUrls, database_url: str) -> Iterator[Network]:
    assert servers.redis_url is not None
    with network_before(database_url, servers.redis_url) as network:
        yield network


@pytest.fixture
def session(network: Network) -> Iterator[psycopg.Connection]:
    with psycopg.connect(network.database_url, autocommit=True) as session:
        yield session


def a_client(network: Network, **options: float) -> "redis.Redis":
    return redis.Redis.from_url(network.redis_url, retry=Retry(NoBackoff(), 0), **options)


def one(session: psycopg.Connection) -> bool:
    return session.execute("SELECT 1").fetchone() == (1,)


def seconds_of(call: Callable[[], object]) -> float:
    begun = time.monotonic()
    call()
    return time.monotonic() - begun


def test_what_is_whole_is_carried_to_both_servers(network: Network, session: psycopg.Connection) -> None:
    long = "x" * 300_000
    assert session.execute("SELECT %s || 'y'", (long,)).fetchone() == (f"{long}y",)
    with a_client(network) as client:
        assert client.ping()
    assert network.database.count("live") == 1
    session.close()
    wait_for(lambda: network.database.count("live") == 0, what="the end of the link")


def test_a_cut_ends_every_connection_and_the_next_one_is_whole(network: Network, session: psycopg.Connection) -> None:
    one(session)
    assert network.database.cut() == 1
    with pytest.raises(psycopg.OperationalError):
        one(session)
    with psycopg.connect(network.database_url) as again:
        assert one(again)


def test_a_cut_before_redis_is_a_reset(network: Network) -> None:
    with a_client(network) as client:
        # A client would notice on its own, and connect anew without a word.
        connection = client.connection_pool.get_connection()
        assert network.redis.cut() == 1
        with pytest.raises(redis.ConnectionError, match="reset by peer"):
            connection.read_response()
        assert client.ping()


def test_a_delay_delays_each_way(network: Network, session: psycopg.Connection) -> None:
    with network.database.broken("delay", 0.2):
        assert seconds_of(lambda: one(session)) >= 0.4
    assert network.database.count("delayed") >= 2
    assert one(session)


def test_a_slow_link_carries_so_much_a_second(network: Network, session: psycopg.Connection) -> None:
    with network.database.broken("slow", 100_000):
        assert seconds_of(lambda: session.execute("SELECT repeat('x', 60000)").fetchone()) >= 0.5
    assert network.database.count("slowed") >= 1


def test_what_a_black_hole_swallowed_comes_when_it_heals(network: Network, session: psycopg.Connection) -> None:
    with ThreadPoolExecutor(1) as threads:
        with network.database.broken("blackhole"):
            asked = threads.submit(one, session)
            wait_for(lambda: network.database.count("held") == 1, what="the swallowed question")
            with pytest.raises(psycopg.errors.ConnectionTimeout):
                psycopg.connect(network.database_url, connect_timeout=2)
            assert not asked.done()
        assert asked.result(30)


def test_a_half_open_connection_is_silent_until_it_is_reset(
    network: Network, session: psycopg.Connection, database: Database
) -> None:
    pid = session.info.backend_pid
    with ThreadPoolExecutor(1) as threads:
        with network.database.half_open() as struck:
            assert struck == 1
            wait_for(lambda: is_gone(database, pid), what="the end of the server's side")
            asked = threads.submit(one, session)
            with psycopg.connect(network.database_url) as another:
                assert one(another)
            assert not asked.done()
        with pytest.raises(psycopg.OperationalError):
            asked.result(30)


def is_gone(database: Database, pid: int) -> bool:
    with database.session() as session:
        return session.execute("SELECT FROM pg_stat_activity WHERE pid = %s", (pid,)).fetchone() is None


def test_who_is_refused_is_told_at_once_and_who_is_in_stays(network: Network, session: psycopg.Connection) -> None:
    with network.database.broken("refuse"):
        with pytest.raises(psycopg.OperationalError, match=r"refused|No such file"):
            psycopg.connect(network.database_url, connect_timeout=5)
        assert one(session)
    with psycopg.connect(network.database_url) as again:
        assert one(again)


def test_an_answer_is_cut_in_its_middle_and_once(network: Network, session: psycopg.Connection) -> None:
    with network.database.broken("cut-after", 1_000):
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT repeat('x', 60000)").fetchone()
        assert network.database.count("cut_short") == 1
        with psycopg.connect(network.database_url) as again:
            assert again.execute("SELECT length(repeat('x', 60000))").fetchone() == (60_000,)


def test_a_commit_whose_answer_is_lost_is_durable_and_the_client_cannot_know(
    network: Network, session: psycopg.Connection, database: Database
) -> None:
    with database.session() as owner:
        owner.execute("CREATE TABLE told (what text)")
    with network.database.broken("cut-on-commit", times=1):
        session.execute("BEGIN")
        session.execute("INSERT INTO told VALUES ('once')")
        with pytest.raises(psycopg.OperationalError):
            session.execute("COMMIT")
        with psycopg.connect(network.database_url) as again:
            assert again.execute("SELECT what FROM told").fetchall() == [("once",)]
    assert network.database.count("commits_lost") == 1


def test_a_rollback_and_a_commit_that_failed_are_answered(network: Network, session: psycopg.Connection) -> None:
    with network.database.broken("cut-on-commit", times=1):
        session.execute("BEGIN")
        session.execute("ROLLBACK")
        session.execute("BEGIN")
        with pytest.raises(psycopg.errors.DivisionByZero):
            session.execute("SELECT 1/0")
        session.execute("COMMIT")
    assert network.database.count("commits_lost") == 0


def test_a_server_that_is_not_there_is_not_reached(tmp_path: object, servers: ServerUrls) -> None:
    with network_before("postgresql://nobody@127.0.0.1:1/none", str(servers.redis_url)) as network:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(network.database_url, connect_timeout=5)
        assert network.database.count("unreachable") == 1
