"""Do the commands of docker-compose.yml work in the environments they are given there? And do their health checks?"""

import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator

import psycopg
import pytest
import redis
from acceptance.deployment import FILE, PASSWORDS, Deployment, deployed
from acceptance.own_valkey import own_programs
from acceptance.world import an_order, write_master_data, write_orders
from command_line import PATIENCE
from integration.embedded_users import soon


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """The file's services, migrated."""
    with deployed(tmp_path_factory.mktemp("compose")) as found:
        yield found


def test_the_migration_can_run_again(deployment: Deployment) -> None:
    deployment.command_line("migrate").run(*deployment.words("migrate"))


def test_the_web_process_becomes_ready_and_says_so_to_its_health_check(deployment: Deployment) -> None:
    assert not deployment.is_healthy("web")
    with deployment.command_line("web").started(*deployment.words("web")) as web:
        assert soon(lambda: deployment.is_healthy("web"))
        for path in ("live", "ready"):
            with urllib.request.urlopen(f"http://127.0.0.1:{deployment.web_port}/health/{path}") as answer:
                assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"http://127.0.0.1:{deployment.web_port}/nothing")
        web.process.terminate()
        web.process.wait(PATIENCE)
    assert not deployment.is_healthy("web")


def test_an_order_is_delivered_by_a_worker_and_a_dispatcher_that_are_healthy(deployment: Deployment) -> None:
    assert not deployment.is_healthy("dispatcher")
    assert not deployment.is_healthy("worker")
    _deliver_an_order(deployment, "B-1")
    assert deployment.command_line("worker").read("verify")["broken"] == []


def _deliver_an_order(deployment: Deployment, external_id: str) -> None:
    orderflode = deployment.command_line("worker")
    with (
        orderflode.started(*deployment.words("worker")) as worker,
        deployment.command_line("dispatcher").started(*deployment.words("dispatcher")) as dispatcher,
    ):
        orderflode.run("load", write_master_data(orderflode.folder / "master", {("10", "12345"): 5}))
        orderflode.run("import", write_orders(orderflode.folder / "o.ndjson", [an_order(external_id, ("12345", 2))]))

        assert soon(lambda: orderflode.read("orders")[0]["state"] == "delivered")
        assert soon(lambda: deployment.is_healthy("dispatcher") and deployment.is_healthy("worker"))
        for each in (dispatcher, worker):
            each.process.terminate()
            assert each.process.wait(PATIENCE) == 0


FORBIDDEN = [
    "CONFIG GET dir", "FLUSHALL", "FLUSHDB", "SHUTDOWN NOSAVE", "KEYS *", "SCAN 0", "ACL LIST", "MONITOR",
    "REPLICAOF NO ONE", "SAVE", "MODULE LIST", "EVAL return(1) 0", "FUNCTION LIST", "SCRIPT FLUSH", "CLIENT LIST",
    "GET another:key", "LPUSH another:queue x", "PUBLISH another x", "SUBSCRIBE another",
]  # fmt: skip
"""What the account of the processes may not do in Valkey."""


@pytest.mark.parametrize("command", FORBIDDEN)
def test_the_processes_may_do_with_redis_what_hints_need_and_no_more(deployment: Deployment, command: str) -> None:
    url = deployment.command_line("worker").environment["REDIS_URL"]
    with redis.Redis.from_url(url) as connection, pytest.raises(redis.exceptions.NoPermissionError):
        connection.execute_command(*command.split(" "))


def test_nothing_that_the_processes_do_is_refused_by_redis(deployment: Deployment) -> None:
    with redis.Redis.from_url(deployment.redis, decode_responses=True) as onlooker:
        onlooker.acl_log_reset()
        _deliver_an_order(deployment, "B-2")
        refused = [each for each in onlooker.acl_log() if each["username"] == "orderflode"]
    assert refused == []


def test_the_process_that_tells_webhooks_is_healthy_while_it_runs(deployment: Deployment) -> None:
    assert not deployment.is_healthy("webhooks")
    with deployment.command_line("webhooks").started(*deployment.words("webhooks")) as teller:
        assert soon(lambda: deployment.is_healthy("webhooks"))
        teller.process.terminate()
        assert teller.process.wait(PATIENCE) == 0


def test_the_processes_cannot_go_round_the_doors_of_the_database(deployment: Deployment) -> None:
    url = deployment.command_line("worker").environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        for forbidden in (
            "UPDATE orders SET state = 'delivered'",
            "UPDATE stock_balance SET on_hand = 1000000",
            "DELETE FROM history",
            "DROP TABLE orders",
            "CREATE TABLE mine ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden.encode())


def test_postgres_takes_the_settings_of_the_file_and_its_health_check_exists(deployment: Deployment) -> None:
    service = FILE["services"]["postgres"]
    given = dict(word.removeprefix("-c").split("=", 1) for word in service["command"][1:])
    with psycopg.connect(deployment.postgres) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_settings").fetchall()}
        sockets = connection.execute("SHOW unix_socket_directories").fetchone()
    assert set(given) <= known
    assert sockets is not None
    kind, program, *arguments = service["healthcheck"]["test"]
    assert kind == "CMD"
    # This server listens on a socket alone.
    here = [f"--host={sockets[0]}" if word.startswith("--host=") else word for word in arguments]
    subprocess.run([own_programs().postgres.with_name(program), *here], check=True, capture_output=True)


def test_redis_asks_for_its_password_keeps_what_it_has_and_evicts_nothing(deployment: Deployment) -> None:
    with redis.Redis.from_url(deployment.redis, decode_responses=True) as connection:
        settings = connection.config_get("maxmemory*", "append*")
    assert (settings["maxmemory-policy"], settings["appendonly"]) == ("noeviction", "yes")
    assert 0 < int(settings["maxmemory"]) < 512 << 20
    url = deployment.command_line("worker").environment["REDIS_URL"]
    for other in (url.replace(PASSWORDS["REDIS_PASSWORD"], "another"), url.replace("orderflode:", ":")):
        with pytest.raises(redis.AuthenticationError):
            redis.Redis.from_url(other).ping()
    assert FILE["services"]["redis"]["environment"]["REDISCLI_AUTH"] == PASSWORDS["REDIS_PASSWORD"]
