"""Does the demonstration run anywhere, tell what it did, and leave nothing behind? As a newcomer starts it."""

import shlex
import subprocess
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
import redis
from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine, Running
from integration.embedded_users import are_gone, remove_roots_data, soon

from backoffice.cli.demo import how_to_see_it
from config.embedded.layout import ROOT_FOLDER
from config.settings import Settings

ORDERS = 2000


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """An empty folder for everything temporary."""
    folder = tmp_path / "t"
    folder.mkdir()
    return folder


def test_the_demo_counts_every_order_and_leaves_no_process_and_no_file(
    embedded: CommandLine, temporary: Path, tmp_path: Path
) -> None:
    elsewhere = embedded.with_environment(TMPDIR=str(temporary))
    with elsewhere.started("demo", "--orders", ORDERS, "--json") as demo:
        seen = Seen()
        while not seen.look(demo, temporary):
            pass
        ended = demo.ended()

    assert ended.status == 0, ended.err
    assert_counts_add_up(ended.document)
    for part in ("config.embedded.keeper", "tasks.dispatcher", "tasks.app:celery_app"):
        assert seen.has_run(part)
    assert soon(lambda: are_gone(list(seen.processes)), 5)
    assert list(temporary.iterdir()) == []
    assert not (tmp_path / "home").exists()
    assert seen.data_folders if ROOT_FOLDER.exists() else True
    assert not any(folder.exists() for folder in seen.data_folders)


def test_the_demo_tells_a_person_what_became_of_the_orders_and_how_to_see_them(
    embedded: CommandLine, temporary: Path, tmp_path: Path
) -> None:
    kept = tmp_path.resolve() / "home" / "demo"
    try:
        told = embedded.with_environment(TMPDIR=str(temporary)).run("demo", "--orders", 500, "--keep").out

        for words in ("Levererad", "Restnoterad", "Avvisad", "Utleveranser:", "Nekade vid intaget", "ordrar/s"):
            assert words in told
        assert "BRUTEN" not in told
        assert "ok     Saldot är summan av lagerrörelserna." in told
        # It writes one delivery note to look at, and says where.
        (note,) = kept.glob("*.pdf")
        assert str(note) in told
        assert note.read_bytes().startswith(b"%PDF") and note.stat().st_mode & 0o077 == 0
        assert list(temporary.iterdir()) == []

        # The last line is a command that shows the orders: with what it says, they are there.
        assignment, _, up = shlex.split(told.splitlines()[-1].partition("): ")[2])
        assert (assignment, up) == (f"ORDERFLODE_HOME={kept}", "up")
        there = embedded.with_environment(ORDERFLODE_HOME=str(kept)).read("status")
        assert {"delivered", "rejected"} <= {each["state"] for each in there["orders"]}
    finally:
        remove_roots_data(kept)


def test_what_is_thrown_away_is_offered_to_be_kept_and_no_password_is_told() -> None:
    assert how_to_see_it(Settings(), keep=False).endswith(" demo --keep")
    there = Settings(DATABASE_URL="postgresql://anna:hemligt@db.example:5433/prov", ORDERFLODE_HOME="/srv/en plats")
    told = how_to_see_it(there, keep=True)
    assert "DATABASE_URL=…/prov REDIS_URL=… ORDERFLODE_HOME='/srv/en plats'" in told
    assert "hemligt" not in told and "anna" not in told


def test_on_given_servers_the_demo_starts_none_and_touches_nobodys_data(
    orderflode: CommandLine, temporary: Path, tmp_path: Path
) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {("10", "12345"): 5}))
    orderflode.run("import", write_orders(tmp_path / "orders.ndjson", [an_order("B-1", ("12345", 1))]))
    before = (orderflode.read("orders"), orderflode.read("stock"))

    with orderflode.with_environment(TMPDIR=str(temporary)).started("demo", "--orders", ORDERS, "--json") as demo:
        seen = Seen()
        while not seen.look(demo, temporary):
            pass
        ended = demo.ended()

    assert ended.status == 0, ended.err
    assert_counts_add_up(ended.document)
    assert seen.has_run("tasks.dispatcher")
    assert not seen.has_run("config.embedded.keeper")
    assert (orderflode.read("orders"), orderflode.read("stock")) == before
    assert before[0][0]["state"] == "draft"
    assert not (tmp_path / "home" / "embedded").exists()
    assert list(temporary.iterdir()) == []
    with psycopg.connect(orderflode.environment["DATABASE_URL"]) as connection:
        left = connection.execute("SELECT datname FROM pg_database WHERE datname ^@ 'orderflode_demo'").fetchall()
    assert left == []
    with redis.Redis.from_url(orderflode.environment["REDIS_URL"]) as connection:
        assert list(connection.scan_iter(match="orderflode_demo*")) == []


class Seen:
    """What a running demo was seen to use: processes with their command lines, and root's folders of data."""

    def __init__(self) -> None:
        self.processes: dict[psutil.Process, str] = {}
        self.data_folders: set[Path] = set()

    def look(self, demo: Running, temporary: Path) -> bool:
        """Look once; returns whether the demo has ended."""
        for process in demo.family():
            try:
                self.processes.setdefault(process, " ".join(process.cmdline()))
            except psutil.NoSuchProcess:
                continue
        self.data_folders |= {Path(record.read_text()) for record in temporary.glob("*/embedded/data-folder")}
        try:
            demo.process.wait(0.1)
        except subprocess.TimeoutExpired:
            return False
        return True

    def has_run(self, part: str) -> bool:
        """Whether a process was seen whose command line holds `part`."""
        return any(part in command for command in self.processes.values())


def assert_counts_add_up(document: dict[str, Any]) -> None:
    """The document is the interface's, every order is counted once, and nothing is broken."""
    orders = document["orders"]
    assert orders["accepted"] + orders["refused"] == ORDERS
    ends = ("rejected", "delivered", "backordered", "open", "held", "cancelled")
    assert set(orders) == {"accepted", "refused", *ends}
    assert sum(orders[end] for end in ends) == orders["accepted"]
    assert orders["delivered"] > ORDERS / 2
    # The sample data show what waits and what breaks a rule, too.
    assert min(orders["backordered"], orders["rejected"], orders["refused"]) > 0
    assert document["utleveranser"] >= orders["delivered"]
    # Each delivered order has at least one line, which was picked and delivered.
    assert document["movements"] >= 2 * orders["delivered"]
    assert document["created"] >= 0
    assert document["seconds"] > 0
    assert document["orders_per_second"] == pytest.approx(orders["accepted"] / document["seconds"], rel=0.01)
    assert document["verify"]["checked"] > 10
    assert document["verify"]["broken"] == []
