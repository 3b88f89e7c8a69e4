"""Does a patient's number stand anywhere but in sealed bytes? Canary numbers go every way there is, and are looked for.

In what the processes log and answer, what Redis holds, the metrics, and every file at rest: the database's tables and
log among them, keys, documents, drafts. They are Skatteverket's test numbers, and the word beside them is the patient's
name. Next: workflows/patients.py.
"""

import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis
from acceptance.world import write_master_data, write_orders, write_table
from command_line import CommandLine, CommandLoaded, Running, free_port
from integration.embedded_users import soon
from request_bodies import with_line
from unit.document_reading import everything_in

from config.embedded.layout import Layout, read
from config.server_urls import server_urls
from config.settings import Settings
from exchange.demo_data.patients import official_test_numbers

DELIVERED, MISPLACED, SEARCHED = official_test_numbers()[201:204]
NAME = "Kanariefågel"
SCOPES = (
    "order.create.forskrivning", "order.create.bestallning", "order.read", "order.cancel", "order.import",
    "patient.see", "patient.search", "document.print", "metrics.read", "status.read",
)  # fmt: skip


def forms(number: str) -> set[bytes]:
    """A number as people and programs write it."""
    long, short = number, number[2:]
    written = {long, short, f"{long[:8]}-{long[8:]}", f"{short[:6]}-{short[6:]}", f"{short[:6]}+{short[6:]}"}
    return {
        each.encode(encoding)
        for form in (*written, *(form.replace("-", "%2D") for form in written))
        for each in (form, form[::-1])
        for encoding in ("ascii", "utf-16-le")
    } | {long.encode().hex().encode()}


CANARIES = {form for number in (DELIVERED, MISPLACED, SEARCHED) for form in forms(number)} | {NAME.encode()}


def told_by(content: bytes) -> list[bytes]:
    """The canaries in it. A longer number that only looks like one, a hash's or a time's digits, is none."""
    found = [canary for canary in CANARIES if canary in content]
    return [
        each for each in found
        if not each.isdigit() or re.search(rb"(?<![0-9a-fA-F])" + each + rb"(?![0-9a-fA-F])", content)
    ]  # fmt: skip


@dataclass
class Asking:
    """The API asked with a token; everything that comes back is kept."""

    port: int
    secret: str
    came: list[tuple[str, bytes]] = field(default_factory=list)

    def __call__(self, path: str, body: object = None, method: str | None = None) -> Any:
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=content, method=method,
            headers={"Authorization": f"Bearer {self.secret}", "Content-Type": "application/json"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                status, headers, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers, content = error.code, error.headers, error.read()
        self.came.append((f"{method or 'POST'} {path} {status}", str(headers).encode() + content))
        with suppress(ValueError):
            return status, json.loads(content)
        return status, content


@pytest.fixture
def up(embedded: CommandLine) -> Iterator[tuple[Running, Asking]]:
    """Everything runs, and a token may ask for it."""
    port = free_port()
    with embedded.started("up", "--port", port) as running:
        made = embedded.read("token", "create", "journal", *(word for scope in SCOPES for word in ("--scope", scope)))
        asking = Asking(port, made["token"])
        assert soon(lambda: answers(asking), 60)
        yield running, asking
        running.process.send_signal(signal.SIGINT)
        running.ended()


def answers(asking: Asking) -> bool:
    try:
        return bool(asking("/health/ready", method="GET")[0] == 200)
    except OSError:
        return False


def an_order(external_id: str, number: str = DELIVERED, **changes: object) -> dict[str, Any]:
    receiver = {"kind": "patient", "id": number, "name": NAME, "phone": "070-1740605"}
    return with_line() | {"external_id": external_id, "receiver": receiver, "note": f"{NAME} {number}"} | changes


def test_no_number_and_no_name_is_in_clear_anywhere_whatever_way_they_went(
    embedded: CommandLine, up: tuple[Running, Asking], loaded: CommandLoaded, tmp_path: Path
) -> None:
    running, ask = up
    orderflode = CommandLine(embedded.environment, embedded.folder, loaded)
    orderflode.run("load", write_master_data(tmp_path / "master", {("10", "12345"): 50, ("50301", "12345"): 50}))
    said = list(by_command(orderflode, tmp_path))
    by_http(ask)
    assert soon(lambda: orderflode.read("status")["documents_due"] == 0, 60)
    notes = list(delivery_notes(orderflode, ask))

    assert [what for what, content in ask.came if told_by(content)] == OPENED
    assert [what for what, content in said if told_by(content)] == []
    assert [number for number, content in notes if told_by(content.replace(NAME.encode(), b""))] == []
    assert told_by(ask("/metrics", method="GET")[1]) == []
    assert told_by(dump_of_redis(tmp_path / "home")) == []
    assert told_in_files(tmp_path / "home", running) == []


OPENED = [
    "POST /api/v1/orders/{order}/patient 200",
]


def by_command(orderflode: CommandLine, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Import good rows and bad ones, show, search, verify; what each command said."""
    table = folder / "orders.csv"
    write_table(
        table,
        "external_id,order_type,customer_order_type,sender,receiver_kind,receiver_id,orderer_person,orderer_unit,"
        "prescriber,medical_decision_date,medical_decision_reference,article,quantity,ordered_on,reference",
        [
            ["C-1", *FORSKRIVNING, DELIVERED, *BY, "12345", 1, "2026-11-20", ""],
            [MISPLACED, *FORSKRIVNING, DELIVERED, *BY, "12345", 1, "2026-11-20", ""],
            ["C-3", *FORSKRIVNING, MISPLACED[:-1] + "x", *BY, "12345", 1, "2026-11-20", ""],
            ["C-4", *FORSKRIVNING, DELIVERED, *BY, MISPLACED, 1, "2026-11-20", MISPLACED],
        ],
    )
    bodies = [
        an_order("N-1"), an_order("N-2", MISPLACED + "1"), an_order("N-3", reference=MISPLACED),
        an_order("N-4", orderer={"person": MISPLACED, "unit": "03-05"}), an_order("N-1", SEARCHED),
    ]  # fmt: skip
    calls: list[tuple[tuple[object, ...], str]] = [
        (("import", table, "--json"), ""),
        (("import", write_orders(folder / "o.ndjson", bodies), "--json"), ""),
        (("import", write_orders(folder / "bad.ndjson", [{DELIVERED: MISPLACED}]), "--dry-run"), ""),
        (("order", "show", "import:N-1"), ""),
        (("order", "show", f"import:{MISPLACED}"), ""),
        (("order", "cancel", "import:N-1", "--reason", f"gäller {MISPLACED}"), ""),
        (("patient", "show", "--reason", "uppföljning"), f"{DELIVERED}\n"),
        (("patient", "show", "--reason", "uppföljning"), f"{SEARCHED}\n"),
        (("patient", "show", "--reason", f"gäller {SEARCHED}"), f"{DELIVERED}\n"),
        (("patient", "show", "--reason", "x"), f"{SEARCHED}0\n"),
        (("patient", "join", "--reason", "x"), f"{SEARCHED}\n{DELIVERED}\n"),
        (("log", "patient", "--reason", "begäran"), f"{DELIVERED}\n"),
        (("log", "sample"), ""), (("log", "seal"), ""), (("verify",), ""), (("orders", "--json"), ""),
        (("status", "--json"), ""),
    ]  # fmt: skip
    for words, typed in calls:
        ended = orderflode.run(*words, status=None, typed=typed)
        yield " ".join(map(str, words)), (ended.out + ended.err).encode()


FORSKRIVNING = ["forskrivning", "direktforskrivning", "50301", "patient"]
BY = ["forsk-1", "03-05", "forsk-1", "2026-11-20", "J-17"]


def by_http(ask: Asking) -> None:
    """Create, validate, refuse, import, search, open and list."""
    status, made = ask("/api/v1/orders", an_order("H-1"))
    assert status == 201, made
    ask("/api/v1/orders", an_order("H-1"))
    ask("/api/v1/orders", an_order("H-1", SEARCHED))
    ask("/api/v1/orders/validate", an_order("H-2", SEARCHED))
    for wrong in (
        an_order("H-3", MISPLACED + "0"), an_order(MISPLACED), an_order("H-4", reference=MISPLACED),
        an_order("H-5", **{MISPLACED: 1}), an_order("H-6", source=MISPLACED),
        an_order("H-7", lines=[{"article": MISPLACED, "quantity": 1}]), {"receiver": MISPLACED}, [MISPLACED],
    ):  # fmt: skip
        assert ask("/api/v1/orders", wrong)[0] in (400, 422), wrong
    ask("/api/v1/orders", f'{{"{MISPLACED}": NaN}}'.encode())
    ask(f"/api/v1/orders/{made['id']}/events/cancel", {"reason": f"gäller {MISPLACED}"})
    ask("/api/v1/patients/search", {"number": DELIVERED, "reason": "leverans"})
    ask("/api/v1/patients/search", {"number": SEARCHED, "reason": "leverans"})
    ask("/api/v1/patients/search", {"number": SEARCHED + "0", "reason": "leverans"})
    ask("/api/v1/patients/search", {"number": DELIVERED, "reason": MISPLACED})
    status, seen = ask(f"/api/v1/orders/{made['id']}/patient", {"reason": "leverans"})
    assert (status, seen["number"], seen["name"]) == (200, DELIVERED, NAME)
    what, content = ask.came[-1]
    ask.came[-1] = (what.replace(f"/{made['id']}/", "/{order}/"), content)
    for path in ("", "?state=draft", f"/{made['id']}", f"/{made['id']}/history"):
        ask(f"/api/v1/orders{path}", method="GET")
    ask("/api/v1/status", method="GET")


def delivery_notes(orderflode: CommandLine, ask: Asking) -> Iterator[tuple[str, bytes]]:
    """Everything in every delivery note, unpacked, with its metadata; its headers are with the other answers."""
    for order in orderflode.read("orders"):
        for number in order["utleveranser"]:
            status, pdf = ask(f"/api/v1/utleveranser/{number}.pdf", method="GET")
            assert status == 200
            yield number, everything_in(pdf)


def dump_of_redis(home: Path) -> bytes:
    """Every key and value."""
    with (
        server_urls(Settings(ORDERFLODE_HOME=home), need_redis=True) as urls,
        redis.Redis.from_url(str(urls.redis_url)) as connection,
    ):
        return b"\n".join(part for key in connection.scan_iter() for part in (key, connection.dump(key) or b""))


def told_in_files(home: Path, running: Running) -> list[str]:
    """The files that tell: at home, in the servers' data with their logs, and what the processes said."""
    elsewhere = read(Layout(home.resolve()).data_folder_record)
    folders = [home, *([Path(elsewhere)] if elsewhere else [])]
    files = [running.out, running.err, *(file for folder in folders for file in folder.rglob("*"))]
    told = []
    for file in files:
        # The servers work on.
        with suppress(FileNotFoundError):
            if told_by(str(file).encode()) or (file.is_file() and told_by(file.read_bytes())):
                told.append(file.name)
    assert any(file.suffix == ".sealed" for file in files)
    return told


@pytest.mark.parametrize("form", sorted(CANARIES))
def test_a_canary_is_seen_in_any_form(form: bytes) -> None:
    assert told_by(b'{"event": "x", "told": "' + form + b'"}') != []
    assert told_by(b'{"event": "x", "hash": "f' + DELIVERED.encode() + b'0a"}') == []
