"""Whose things does a command show and change, for somebody of a kommun? Their own; another kommun's are not there.

Each command is called about the things of two kommuner by somebody of one of them who may call it. Next: route_world.py
(the things), test_command_matrix.py (who may call what).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from commands_here import Called, call, commands_on
from order_files import a_body, a_file
from route_world import KARLSTAD, KIL, RouteWorld, a_route_world

from backoffice.cli.demands import DEMANDS, OF_THE_REGION
from config.database import Database
from workflows.accounts import NewAccount, add_account
from workflows.master_data import Role
from workflows.permissions import GIVEN, Permission

NO_KOMMUNS = {"schedule", "diagram", "status"}
"""What these tell is no kommun's; how many orders there are has a test of its own."""

KEPT_BACK = (
    "ordern finns inte", "Returen finns inte", "Inventeringen finns inte", "Importen finns inte", "Lagret finns inte",
    "Utleveransen finns inte", "ingen sådan", "ingen webhook", "inget sådant konto", f"Ange ett lager i {KARLSTAD}",
    "en annan kommun", f"Bara {KARLSTAD} är din", "unit-unknown",
)  # fmt: skip
"""How a command says that a thing is not the caller's."""

OF_THESE_CALLS = "FROM access_log WHERE actor <> 'test'"
"""The log without what the world itself looked at."""


@dataclass(frozen=True)
class Row:
    """How a command is called about the things of a kommun, in braces; `listed` is what it shows of them."""

    words: str
    listed: str | None = None


CALLS: dict[str, Row] = {
    "orders": Row("--json", '"external_id": "open-{kommun}"'),
    "order show": Row("{open}"),
    "order cancel": Row("{moving} --reason prov"),
    "order reduce": Row("{moving} A1=1 --reason prov"),
    "order amend": Row("{moving} --file {out}/amended-{kommun}.json"),
    "order release": Row("{moving}"),
    "confirm pick": Row("{moving}"),
    "confirm deliver": Row("{moving}"),
    "fail-delivery": Row("{moving} --reason prov"),
    "overdue": Row("--soon 60 --json", '"external_id": "open-{kommun}"'),
    "watchdog": Row("--store {code}"),
    "backorders": Row("--store {code}"),
    "refill": Row("--store {code}"),
    "returns": Row("--store {code}"),
    "return request": Row("{ended} --to {code} --reason prov"),
    "return show": Row("{return}"),
    "return receive": Row("{return}"),
    "return judge": Row("{return} --shelf all"),
    "return mended": Row("{return}"),
    "return cancel": Row("{return} --reason prov"),
    "stock": Row("--json", '"store": "{code}"'),
    "stock receive": Row("{code} A1 1 --document D-{code}"),
    "stock adjust": Row("{code} A1 9 --reason prov"),
    "differences": Row("--store {code}"),
    "devices": Row("--store {code}"),
    "device tie": Row("{ended} 1 S-1 --reason prov"),
    "device untie": Row("{ended} 1 --reason prov"),
    "counts": Row("--store {code}"),
    "count open": Row("--store {code} --article A1"),
    "count show": Row("{count}"),
    "count sheet": Row("{count}"),
    "count enter": Row("{count} A2 7"),
    "count close": Row("{count} --cause prov"),
    "count cancel": Row("{count} --reason prov"),
    "import": Row("{out}/new-{kommun}.ndjson"),
    "imports": Row("--json", '"batch": {batch},'),
    "receipt": Row("{batch} --out {out}/receipt.csv"),
    "import-undo": Row("{batch} --reason prov"),
    "export": Row("deliveries --kommun {kommun} --from 2026-01-01 --to 2030-12-31 --out {out}/export.csv"),
    "utleverans show": Row("{number}"),
    "utleverans document": Row("{number} --out {out}/note.pdf"),
    "pick-list": Row("--store {code} --out {out}/pick.pdf"),
    "webhook list": Row("--json", '"name": "{webhook}"'),
    "webhook add": Row("{new}-hook --url https://mottagare.example/ --event held --kommun {kommun}"),
    "webhook pause": Row("{webhook}"),
    "webhook resume": Row("{webhook}"),
    "webhook deliveries": Row("{webhook}"),
    "webhook retry": Row("{webhook} 00000000-0000-0000-0000-000000000000"),
    "webhook remove": Row("{webhook}"),
    "account list": Row("--json", '"login": "{login}"'),
    "account add": Row("{new} --name Ny --role tekniker --kommun {kommun}"),
    "account show": Row("{login}"),
    "account roles": Row("{login} lagerpersonal"),
    "account disable": Row("{login}"),
    "account enable": Row("{login}"),
    "account invite": Row("{login}"),
    "account sessions": Row("{login}"),
    "account end-sessions": Row("{login}"),
    "token list": Row("--json", '"name": "{name}"'),
    "token create": Row("{new} --scope order.read --kommun {kommun}"),
    "token revoke": Row("{name}"),
}


@dataclass(frozen=True, slots=True)
class Calling:
    """The world, and a folder for what commands read and write."""

    world: RouteWorld
    folder: Path

    def call(self, command: str, kommun: str, login: str) -> tuple[Called, str]:
        """What the command answers about the kommun's things, and what of them it shows where it lists."""
        things = self.world.of(kommun) | {"out": str(self.folder)}
        things["new"] = things["new"].lower()
        row = CALLS[command]
        return call(f"{command} {row.words.format_map(things)}", login), (row.listed or "").format_map(things)


@pytest.fixture
def calling(database: Database, tmp_path: Path) -> Iterator[Calling]:
    """In each kommun also files of orders."""
    with commands_on(database, tmp_path):
        world = a_route_world(database, tmp_path)
        for kommun in (KARLSTAD, KIL):
            things = world.of(kommun)
            at_home = {
                "receiver": {"kind": "vardenhet", "id": things["unit"]},
                "orderer": {"person": "best", "unit": things["unit"]},
            }
            a_file(tmp_path, a_body(f"new-{kommun}", **at_home), name=f"new-{kommun}.ndjson")
            a_file(tmp_path, a_body(f"moving-{kommun}", **at_home), name=f"amended-{kommun}.json")
        yield Calling(world, tmp_path)


def caller(command: str) -> str:
    """Somebody of Karlstad who may call the command."""
    return "hms-karlstad" if DEMANDS[command] in GIVEN[Role.HMS] else "admin-karlstad"


def test_every_command_is_called_that_somebody_of_a_kommun_may_begin() -> None:
    theirs = {words for words, permission in DEMANDS.items() if permission is not Permission.OPERATE}
    assert CALLS.keys() | NO_KOMMUNS == theirs - OF_THE_REGION


def test_what_is_another_kommuns_is_neither_shown_nor_changed(calling: Calling) -> None:
    wrong = []
    for command, row in CALLS.items():
        answer, shown = calling.call(command, KIL, caller(command))
        said = answer.out + answer.err
        if row.listed is not None:
            is_right = answer.status == 0 and shown not in said
        else:
            is_right = answer.status == 1 and any(each in said for each in KEPT_BACK)
        if not is_right:
            wrong.append(f"{command}: {answer}")
    assert wrong == []
    assert not [path.name for path in calling.folder.glob("*.pdf")] + [*calling.folder.glob("*.csv")]


def test_what_is_their_own_is(calling: Calling) -> None:
    wrong = []
    for command in CALLS:
        answer, shown = calling.call(command, KARLSTAD, caller(command))
        said = answer.out + answer.err
        if shown not in said or "Behörigheten" in said or any(each in said for each in KEPT_BACK):
            wrong.append(f"{command}: {answer}")
    assert wrong == []


def test_who_lists_a_stores_things_says_which_store(calling: Calling) -> None:
    for words in ("watchdog", "backorders", "refill", "returns", "differences", "counts"):
        assert call(words, "hms-karlstad").err == f"Ange ett lager i {KARLSTAD}: 50301 (name a store of your kommun)\n"
        assert call(words, "hms-regionen").err == ""
    before_the_start = call("return request --holding H-1 --to 50301 --reason prov", "hms-karlstad")
    assert before_the_start.err == "--holding gäller hela regionen (it is of the whole region)\n"


def test_the_status_counts_their_own_orders(calling: Calling) -> None:
    for login, own in (("hms-karlstad", 2), ("hms-regionen", 6)):
        status = json.loads(call("status --json", login).out)
        assert sum(each["count"] for each in status["orders"]) == own
    assert "processes" in status and call("status", "hms-karlstad").status == 0


def test_history_and_the_log_name_the_account(calling: Calling) -> None:
    calling.call("confirm deliver", KARLSTAD, "lagerpersonal-karlstad")
    shown = call(f"order show {calling.world.of(KARLSTAD)['moving']} --json", "hms-karlstad")
    assert json.loads(shown.out)["history"][-1]["actor"] == "lagerpersonal-karlstad"

    number = patients_note(calling)
    assert call(f"utleverans document {number} --out {calling.folder}/n.pdf", "prescriber-karlstad").status == 0
    calling.call("order show", KIL, "hms-karlstad")
    with calling.world.database.session() as owner:
        rows = owner.execute(
            "SELECT actor, role, kommun, action FROM access_log WHERE actor <> 'test' ORDER BY id"
        ).fetchall()
    assert rows == [
        ("prescriber-karlstad", "prescriber", KARLSTAD, "print"), ("hms-karlstad", "hms", KARLSTAD, "denied"),
    ]  # fmt: skip


def test_a_patients_note_is_for_who_may_see_the_patient(calling: Calling) -> None:
    number, out = patients_note(calling), calling.folder / "n.pdf"
    refused = call(f"utleverans document {number} --out {out}", "orderer-karlstad")
    assert (refused.status, refused.err) == (
        1, "Behörigheten patient.see saknas (the permission patient.see is missing)\n",
    )  # fmt: skip
    assert not out.exists()
    with calling.world.database.session() as owner:
        rows = owner.execute(
            "SELECT actor, action, patient_id IS NOT NULL FROM access_log WHERE actor <> 'test'"
        ).fetchall()
    assert rows == [("orderer-karlstad", "denied", True)]


def test_an_order_is_amended_to_what_its_sender_may_send_and_in_their_own_name(calling: Calling) -> None:
    for login, said in (
        ("prescriber-karlstad", "Du kan bara beställa i eget namn"),
        ("lagerpersonal-karlstad", "not-permitted"),
        ("hms-karlstad", "Ordern är i utleverans"),
    ):
        answer, _ = calling.call("order amend", KARLSTAD, login)
        assert answer.status == 1 and said in answer.err, login
    for_kil = calling.folder / f"amended-{KIL}.json"
    answer = call(f"order amend {calling.world.of(KARLSTAD)['moving']} --file {for_kil}", "hms-karlstad")
    assert "unit-unknown" in answer.err


def test_a_refill_is_ordered_in_ones_own_name(calling: Calling) -> None:
    with calling.world.database.transaction() as tx:
        new = NewAccount("lars", "Någon", frozenset({Role.LAGERPERSONAL}), KARLSTAD, "lager")
        add_account(tx, new, by="test")
    refused = call("refill --store 50301 --orderer best --dry-run", "lars")
    assert (refused.status, refused.err) == (
        1, "Du kan bara beställa i eget namn (you may order only in your own name)\n",
    )  # fmt: skip
    for orderer, login in (("lager", "lars"), ("best", "hms-karlstad")):
        assert "eget namn" not in call(f"refill --store 50301 --orderer {orderer} --dry-run", login).err


def test_what_somebody_imports_has_their_source(calling: Calling) -> None:
    file = calling.folder / f"new-{KARLSTAD}.ndjson"
    refused = call(f"import {file} --source journal", "hms-karlstad")
    assert refused.err.splitlines()[-1] == "--source är import för hms-karlstad (the source is theirs)"
    assert call(f"import {file}", "hms-karlstad").status == 0
    assert call(f"order show import:new-{KARLSTAD}", "hms-karlstad").status == 0


def test_who_keeps_the_keys_of_a_kommun_gives_no_more_than_they_have(calling: Calling) -> None:
    made = call("account add ny --name Ny --role tekniker", "admin-karlstad")
    assert made.status == 0
    assert json.loads(call("account show ny --json", "admin-karlstad").out)["kommun"] == KARLSTAD
    for words in ("roles admin-karlstad hms", "disable admin-karlstad"):
        command, _, rest = words.partition(" ")
        refused = call(f"account {command} {rest}", "admin-karlstad")
        assert (refused.status, refused.err.startswith("Ditt eget konto ändrar en annan")) == (1, True)
    assert "Får inte ges till en token: account.manage" in call(
        "token create ny --scope account.manage --scope order.read", "admin-karlstad"
    ).err  # fmt: skip
    call("token create ny --scope order.read", "admin-karlstad")
    call("webhook add ny --url https://mottagare.example/ --event held", "admin-karlstad")
    for words in ("token list", "webhook list"):
        found = {each["name"]: each["kommun"] for each in json.loads(call(f"{words} --json", "admin-regionen").out)}
        assert found["ny"] == KARLSTAD


def patients_note(calling: Calling) -> str:
    """The number of the utleverans of Karlstad's patient."""
    order = json.loads(call(f"order show {calling.world.of(KARLSTAD)['open']} --json").out)
    (number,) = order["utleveranser"]
    return str(number)
