"""Does the API do what its description says, whatever is sent? schemathesis with all its checks, over every route.

With numbers that there are, so that what is behind them is reached; in the long tests also with any, and much more.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from acceptance.world import write_master_data
from builders import run_all
from conftest import fresh_database
from order_files import a_file, taken_in
from request_bodies import with_line
from web_process import web_process

from config.database import Database
from config.server_urls import ServerUrls
from exchange.load_master import load_master
from exchange.master_files import read_master_files
from workflows.patients import load_keys
from workflows.permissions import GRANTABLE
from workflows.tokens import issue_token

COMMAND = Path(sys.executable).with_name("schemathesis")
CHECKS = Path(__file__).parents[1] / "schemathesis_checks.py"

CONFIGURATION = """
[checks.positive_data_acceptance]
# 422 is looked at by valid_bodies_are_refused_by_the_domain_alone; 409 and 412 are of an order's state and version, 410
# of a link that has been used; 400 is of a path or a form that two could read differently, and 429 of guesses.
expected-statuses = ["2xx", "400", "401", "403", "404", "409", "410", "412", "422", "429"]

[checks.negative_data_rejection]
# Where an order stands, and which version it has, is looked at before what is sent with an event.
expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "412", "413", "415", "422"]
"""


@pytest.fixture(scope="module")
def database(servers: ServerUrls, template: str) -> Iterator[Database]:
    """A small region, for which the examples in the description are right."""
    with fresh_database(servers, template) as url:
        database = Database(url)
        yield database
        database.close()


@pytest.fixture(scope="module")
def known(database: Database, home: Path) -> dict[str, str]:
    """Parameters that name something, as TOML: a delivered order, its utleverans, its import, its store."""
    stock = {("10", "12345"): 100_000, ("10", "00890"): 100_000, ("50301", "12345"): 1_000}
    load_master(database, read_master_files(write_master_data(home / "master", stock)), actor="test")
    keys = load_keys(home / "keys.json")
    batch = taken_in(database, keys, a_file(home, with_line() | {"external_id": "F-1"})).batch
    run_all(database)
    with database.transaction() as tx:
        row = tx.execute("SELECT order_id, number, split_part(number, '-', 1) FROM utleverans").fetchone()
    assert row is not None
    return {
        "path.id": f'"{row[0]}"',
        "path.number": f'"{row[1]}"',
        "path.batch": str(batch),
        "path.code": f'"{row[2]}"',
    }


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys and documents of the web process."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize(
    ("examples", "named"),
    [
        (3, True),
        pytest.param(300, True, marks=pytest.mark.long),
        pytest.param(300, False, marks=pytest.mark.long),
    ],
)
def test_the_api_does_what_its_description_says(
    database: Database, known: dict[str, str], home: Path, tmp_path: Path, examples: int, named: bool
) -> None:
    with database.transaction() as tx:
        secret = issue_token(
            tx, f"s{examples}{named}".lower(), source="system", scopes=GRANTABLE, kommun=None,
            expires_at=datetime.now(UTC) + timedelta(hours=1), by="test",
        )  # fmt: skip
    parameters = "".join(f'"{name}" = {value}\n' for name, value in known.items()) if named else ""
    (tmp_path / "schemathesis.toml").write_text(CONFIGURATION + "[parameters]\n" + parameters)
    with web_process(database.url, home, RATE_PER_ADDRESS="100000", RATE_PER_TOKEN="100000") as web:
        done = subprocess.run(
            [
                COMMAND, "--config-file", tmp_path / "schemathesis.toml", "run",
                f"http://127.0.0.1:{web.port}/api/v1/openapi.json", "--checks", "all", "--seed", "1",
                "--max-examples", str(examples), "--no-color", "--generation-database", "none",
                "-H", f"Authorization: Bearer {secret}",
            ],
            env=os.environ | {"SCHEMATHESIS_HOOKS": str(CHECKS)}, cwd=tmp_path,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout
