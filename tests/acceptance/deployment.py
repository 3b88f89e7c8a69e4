"""The services of docker-compose.yml without containers: their commands and environments, on addresses of a test's own.

The servers are a fresh PostgreSQL with the accounts that the file makes, and a Valkey with the file's configuration.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from acceptance.compose_file import compose_file
from acceptance.own_valkey import OwnValkey, own_programs
from command_line import CommandLine, free_port, plain_environment

from config.embedded.lease import embedded_servers

PASSWORDS = {
    "POSTGRES_PASSWORD": "owner1", "ORDERFLODE_APP_PASSWORD": "app1", "ORDERFLODE_WEB_PASSWORD": "web1",
    "REDIS_PASSWORD": "redis1",
}  # fmt: skip
ONLOOKER = "user onlooker on >onlooker1 ~* &* +@all"
"""The tests' own account in the Valkey, which may see what the processes' does and is refused."""
FILE = compose_file(PASSWORDS)


class Deployment:
    """The services of ours; `postgres` and `redis` are the URLs of the servers behind those names."""

    def __init__(self, postgres: str, redis: str, folder: Path) -> None:
        self.postgres = postgres
        self.redis = redis
        self.web_port = free_port()
        self._folder = folder

    def command_line(self, service: str) -> CommandLine:
        """The command in the environment of `service`."""
        given = FILE["services"][service]["environment"]
        return CommandLine(
            plain_environment(**{name: self._here(value) for name, value in given.items()}), self._folder
        )

    def words(self, service: str) -> list[str]:
        """What stands after `orderflode` in the command of `service`."""
        here = {"0.0.0.0": "127.0.0.1", "8080": str(self.web_port)}
        return [here.get(word, word) for word in FILE["services"][service]["command"][1:]]

    def is_healthy(self, service: str) -> bool:
        """What the health check of `service` says of our processes; its program must be there."""
        kind, program, *arguments = FILE["services"][service]["healthcheck"]["test"]
        found = Path(sys.executable).parent / program
        assert kind == "CMD" and os.access(found, os.X_OK)
        arguments = [word.replace("127.0.0.1:8080", f"127.0.0.1:{self.web_port}") for word in arguments]
        environment = self.command_line(service).environment
        return subprocess.run([found, *arguments], env=environment, capture_output=True, check=False).returncode == 0

    def _here(self, value: str) -> str:
        if value.startswith("/"):
            return str(self._folder / "home")
        servers = {"postgres": self.postgres, "redis": self.redis}
        given = urlsplit(value)
        if given.hostname not in servers:
            return value
        scheme, _, rest = servers[given.hostname].partition("://")
        return f"{scheme}://{given.username or ''}:{given.password}@{rest.partition('@')[2]}"


@contextmanager
def deployed(folder: Path) -> Iterator[Deployment]:
    """The servers as the file configures them, with the schema that its migration makes."""
    configs = {name: config["content"] for name, config in FILE["configs"].items()}
    valkey = OwnValkey(folder, user="onlooker", password="onlooker1", configuration=f"{configs['valkey']}\n{ONLOOKER}")
    with embedded_servers(folder / "servers", throw_away=True) as embedded, valkey.running():
        (folder / "accounts.sql").write_text(configs["accounts"])
        psql = own_programs().postgres.with_name("psql")
        # As the image runs it: the variable in the environment, an error ends it.
        subprocess.run(
            [psql, "--no-psqlrc", "--set=ON_ERROR_STOP=1", embedded.database_url, f"--file={folder / 'accounts.sql'}"],
            env=os.environ | FILE["services"]["postgres"]["environment"], check=True, capture_output=True,
        )  # fmt: skip
        deployment = Deployment(embedded.database_url, valkey.url, folder)
        migrate = deployment.command_line("migrate").run(*deployment.words("migrate"))
        assert "Schemat är det senaste" in migrate.err
        yield deployment
