"""On what does the drill run? A throw-away PostgreSQL with fsync on, a Valkey, and every process of the product.

The servers are the embedded ones with their keeper, which starts them again when they die. The processes reach them
through the network of network.py; the drill itself goes straight to them. Next: fault.py, what may happen to it all.
"""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import redis

from backoffice.cli.processes import web_server
from backoffice.supervisor import dispatcher, documents_worker, order_worker
from config import fault_points
from config.database import Connection, Database
from config.embedded.layout import POSTGRES, VALKEY, Layout
from config.embedded.lease import embedded_servers
from config.settings import Settings
from drill.network import Network, network_before
from drill.processes import Processes, Wrap
from workflows.keyring import keys_of
from workflows.migrations import migrate
from workflows.patients import Keys

KEY_PREFIX = "drill:"
CANARY_LATE = "10"
"""Seconds until the dispatcher works itself: the product's own 30 would take much of a short drill."""
ORDER_WORKERS = 2
DISPATCHERS = 2


@dataclass(frozen=True, slots=True)
class World:
    """The servers, the network in front of them, and the processes."""

    home: Path
    database_url: str
    """Straight to PostgreSQL, as its superuser: for the drill's own eyes and hands."""
    redis_url: str
    """Straight to Valkey."""
    network: Network
    processes: Processes
    environment: Mapping[str, str]
    """What every process of the product gets."""
    web_port: int

    @property
    def served_database_url(self) -> str:
        """What the processes and the clients use."""
        return self.network.database_url

    @property
    def served_redis_url(self) -> str:
        """What the processes use."""
        return self.network.redis_url

    @property
    def documents(self) -> Path:
        """The folder of sealed documents."""
        return self.home / "documents"

    @property
    def fault_points(self) -> Path:
        """The folder where the processes' fault points are armed (config/fault_points.py)."""
        return self.home / "fault-points"

    @property
    def logs(self) -> Path:
        """The folder with a log for each process."""
        return self.home / "logs"

    def database(self) -> Database:
        """The product's way to the database, straight; the caller closes it."""
        return Database(self.database_url)

    def keys(self) -> Keys:
        """The keys of the patients' numbers."""
        with_direct = self.database()
        try:
            return keys_of(with_direct, self.home / "keys.json")
        finally:
            with_direct.close()

    def session(self) -> Connection:
        """A connection as superuser, straight, that commits each statement; the caller closes it."""
        return psycopg.connect(self.database_url, autocommit=True, application_name="drill", connect_timeout=5)

    def redis(self) -> "redis.Redis":
        """A client straight to Valkey; the caller closes it."""
        return redis.Redis.from_url(self.redis_url, socket_timeout=5, socket_connect_timeout=2)

    def keeper(self) -> psutil.Process:
        """The process that starts the servers again. Raises LookupError while there is none."""
        for process in psutil.process_iter(["cmdline"]):
            if (process.info["cmdline"] or [])[-2:] == ["config.embedded.keeper", str(self.home)]:
                return process
        raise LookupError("no keeper")

    def postmaster(self) -> psutil.Process:
        """PostgreSQL's first process. Raises LookupError while there is none."""
        return self._server("postgres")

    def valkey(self) -> psutil.Process:
        """Valkey. Raises LookupError while there is none."""
        return self._server("valkey-server")

    def _server(self, program: str) -> psutil.Process:
        for child in self.keeper().children():
            if child.name() == program and child.status() != psutil.STATUS_ZOMBIE:
                return child
        raise LookupError(program)

    @property
    def server_logs(self) -> list[Path]:
        """PostgreSQL's log, Valkey's and the keeper's."""
        layout = Layout(self.home)
        logs = [layout.log(name) for name in (POSTGRES, VALKEY, "keeper")]
        return [each for log in logs for each in (log, log.with_suffix(".log.1")) if each.exists()]

    @property
    def valkey_data(self) -> Path:
        """Where Valkey keeps its log of commands; to be removed only while it is dead and its keeper stopped."""
        return Layout(self.home).data_folder() / VALKEY


@contextmanager
def opened_world(
    home: Path, *, wrap: Wrap = list, prepare: Callable[[str], object] = migrate, by_tcp: bool = False
) -> Iterator[World]:
    """The servers with the newest schema, and the network, without any process yet. `home` is absolute, and thrown
    away afterwards; `prepare` makes the schema, given the database's URL; `by_tcp` as network_before says.
    Next: start_processes."""
    home = home.resolve()
    for folder in ("logs", "fault-points"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    with (
        embedded_servers(home, throw_away=True) as servers,
        network_before(servers.database_url, servers.redis_url, by_tcp=by_tcp) as network,
    ):
        prepare(servers.database_url)
        _require_fsync(servers.database_url)
        environment = {
            "DATABASE_URL": network.database_url,
            "REDIS_URL": network.redis_url,
            "ORDERFLODE_HOME": str(home),
            "ORDERFLODE_KEYS": str(home / "keys.json"),
            "ORDERFLODE_DOCUMENTS": str(home / "documents"),
            "ORDERFLODE_KEY_PREFIX": KEY_PREFIX,
            "ORDERFLODE_CANARY_LATE": CANARY_LATE,
            "ORDERFLODE_LOG_LEVEL": "INFO",
            "PYTHONWARNINGS": "ignore:::celery.platforms",
            fault_points.FOLDER: str(home / "fault-points"),
        }
        for field in Settings.model_fields.values():
            # Whatever the drill was started with: its processes have the settings above, and no others.
            os.environ.pop(str(field.validation_alias), None)
        with Processes(home / "logs", environment, wrap) as processes:
            yield World(
                home, servers.database_url, servers.redis_url, network, processes, environment, _free_port()
            )  # fmt: skip


def _require_fsync(url: str) -> None:
    """Without it a crash proves nothing of what was acknowledged."""
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",), "PostgreSQL runs without fsync"


def start_processes(world: World) -> None:
    """Two solo workers, a prefork worker (whose child can be killed), one of documents, two dispatchers, and web."""
    for number in range(1, ORDER_WORKERS + 1):
        world.processes.start(f"worker-{number}", order_worker(number))
    world.processes.start("worker-prefork", prefork_worker())
    world.processes.start("documents", documents_worker())
    for number in range(1, DISPATCHERS + 1):
        world.processes.start(f"dispatcher-{number}", dispatcher())
    world.processes.start("web", web_server("127.0.0.1", world.web_port))


def prefork_worker() -> list[str]:
    """The order worker's command with a pool of one child process in the place of the solo pool."""
    command = order_worker(ORDER_WORKERS + 1)
    place = command.index("--pool") + 1
    return [*command[:place], "prefork", "--concurrency", "1", *command[place + 1 :]]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
