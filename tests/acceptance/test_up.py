"""Does `orderflode up` run everything on one machine, and nothing afterwards? With its own servers, ended both ways."""

import signal
import urllib.request
from pathlib import Path

import psutil
import pytest
from acceptance.world import an_order, write_master_data, write_orders
from command_line import PATIENCE, CommandLine, Running, end, free_port
from integration.embedded_users import are_gone, soon
from request_bodies import PERSONNUMMER, with_line

from config.embedded.layout import Layout, read

PARTS = ("config.embedded.keeper", "backoffice.api.app:create_app", "tasks.dispatcher", "orders1@%h", "orders2@%h")
NUMBERS = (
    PERSONNUMMER,
    PERSONNUMMER[2:],
    f"{PERSONNUMMER[:8]}-{PERSONNUMMER[8:]}",
    f"{PERSONNUMMER[2:8]}-{PERSONNUMMER[8:]}",
)
PRIVATE = (*NUMBERS, "Åsa Öberg", "Storgatan 1", "054-12 34 56", "Ring först")
"""What the förskrivning of request_bodies.py tells of its patient."""


@pytest.fixture
def port() -> int:
    """Where the web process is to listen."""
    return free_port()


def test_orders_that_others_import_meanwhile_are_delivered_and_ctrl_c_ends_everything(
    embedded: CommandLine, port: int, tmp_path: Path
) -> None:
    with embedded.started("up", "--port", port) as up:
        assert soon(lambda: answers(port), 60)
        embedded.run("load", write_master_data(tmp_path / "master", {("10", "12345"): 5, ("50301", "12345"): 5}))
        orders = [an_order("B-1", ("12345", 2)), with_line() | {"external_id": "F-1"}]
        assert embedded.read("import", write_orders(tmp_path / "orders.ndjson", orders))["accepted"] == 2
        assert soon(lambda: states(embedded) == {"B-1": "delivered", "F-1": "delivered"}, 60)
        assert soon(lambda: embedded.read("status")["documents_due"] == 0, 60)
        # Nobody has an account: it says how to get one.
        assert f"http://127.0.0.1:{port}/link#first=" in up.err.read_text()
        family = running_parts(up)

        up.process.send_signal(signal.SIGINT)
        ended = up.ended()

    assert (ended.status, ended.out) == (0, "")
    assert soon(lambda: are_gone(family), 10)
    assert not answers(port)
    assert_nothing_tells_of_a_patient(tmp_path / "home", up.err)
    # What was delivered is there when the servers are started again.
    assert states(embedded) == {"B-1": "delivered", "F-1": "delivered"}
    assert embedded.read("verify")["broken"] == []


def test_when_up_is_killed_nothing_of_it_stays(embedded: CommandLine, port: int) -> None:
    with embedded.started("up", "--port", port) as up:
        assert soon(lambda: answers(port), 60)
        family = running_parts(up)

        up.process.kill()
        up.process.wait(PATIENCE)

        try:
            assert soon(lambda: are_gone(family), 15)
        finally:
            end(family)
    assert not answers(port)


def running_parts(up: Running) -> list[psutil.Process]:
    """Every process of `up`, once all its parts are there; servers are among them."""
    assert soon(lambda: all(part in commands(up) for part in PARTS))
    family = up.family()
    assert {"postgres", "valkey-server"} <= {process.name() for process in family}
    return family


def commands(up: Running) -> str:
    """The command lines of the whole family."""
    return "\n".join(word for process in up.family() for word in process.cmdline())


def answers(port: int) -> bool:
    """Whether the web process is ready."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def states(orderflode: CommandLine) -> dict[str, str]:
    """Where each order is."""
    return {order["external_id"]: order["state"] for order in orderflode.read("orders")}


def assert_nothing_tells_of_a_patient(home: Path, *logs: Path) -> None:
    """No file at rest has a patient's number, name, address or phone in clear, nor what somebody wrote of them (P7)."""
    roots_data = read(Layout(home.resolve()).data_folder_record)
    folders = [home, *([Path(roots_data)] if roots_data else [])]
    files = [*logs, *(file for folder in folders for file in folder.rglob("*") if file.is_file())]
    assert sum(file.name.endswith(".sealed") for file in files) == 2
    assert any(b"F-1" in file.read_bytes() for file in files)
    for file in files:
        content = file.read_bytes()
        for words in PRIVATE:
            assert words.encode() not in content, file
