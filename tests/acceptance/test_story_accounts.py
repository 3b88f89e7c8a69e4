"""Can somebody come in from nothing? The first link, an account, a token, by the installed command and a real server.

Next: backoffice/cli/accounts.py, backoffice/cli/tokens.py, docs/accounts.md.
"""

import re
from pathlib import Path

import httpx2
import pytest
from acceptance.world import write_master_data
from command_line import CommandLine, free_port
from waiting import wait_for

PASSWORD = "en bil i en allé"


@pytest.fixture
def base(orderflode: CommandLine) -> str:
    return f"http://127.0.0.1:{free_port()}"


def answers(base: str) -> bool:
    try:
        return httpx2.get(f"{base}/health/ready").status_code == 200
    except httpx2.TransportError:
        return False


def test_from_the_first_link_to_an_integrations_token(orderflode: CommandLine, base: str, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {}))
    with orderflode.started("web", "--port", base.rsplit(":")[-1]):
        wait_for(lambda: answers(base), what="the web process")

        # Nobody has an account: the first use says how to become the administrator, until somebody has.
        told = orderflode.run("account", "list")
        first = re.search(r"http://127\.0\.0\.1:8080/link#first=(\S+)", told.err)
        assert first is not None and first[1] not in told.out
        chosen = {"secret": first[1], "login": "asa.berg", "name": "Åsa Berg", "password": PASSWORD}
        admin = httpx2.post(f"{base}/api/v1/link", json=chosen)
        assert (admin.status_code, admin.json()["roles"]) == (200, ["admin"])
        assert orderflode.run("account", "list").err == ""

        # Somebody is invited, chooses a password, and comes in.
        invited = orderflode.read("account", "add", "lea.1", "--name", "Lea", "--role", "hms")
        secret = invited["link"].partition("#invite=")[2]
        lea = httpx2.post(f"{base}/api/v1/link", json={"secret": secret, "password": PASSWORD})
        assert lea.status_code == 200
        cookie = {"Cookie": lea.headers.get_list("set-cookie")[0].partition(";")[0]}
        assert httpx2.get(f"{base}/api/v1/session", headers=cookie).json()["name"] == "lea.1"
        (session,) = orderflode.read("account", "sessions", "lea.1")
        assert orderflode.read("account", "end-sessions", "lea.1", "--session", session["id"]) == {"ended": 1}
        assert httpx2.get(f"{base}/api/v1/session", headers=cookie).status_code == 401

        # An integration shows a token, until it is revoked.
        made = orderflode.read("token", "create", "robot.1", "--scope", "order.read", "--kommun", "Karlstad")
        bearer = {"Authorization": f"Bearer {made['token']}"}
        me = httpx2.get(f"{base}/api/v1/session", headers=bearer).json()
        assert (me["name"], me["permissions"], me["kommun"]) == ("token:robot.1", ["order.read"], "Karlstad")
        orderflode.run("token", "revoke", "robot.1")
        assert httpx2.get(f"{base}/api/v1/session", headers=bearer).status_code == 401


def test_what_an_operator_may_do_with_accounts_and_what_is_refused(orderflode: CommandLine, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {}))
    orderflode.run("account", "add", "root.1", "--name", "Root", "--role", "admin")
    orderflode.run("account", "add", "lea.1", "--name", "Lea", "--role", "tekniker", "--kommun", "Karlstad")

    assert [each["login"] for each in orderflode.read("account", "list")] == ["lea.1", "root.1"]
    assert orderflode.read("account", "roles", "lea.1", "lagerpersonal", "tekniker")["roles"] == [
        "lagerpersonal",
        "tekniker",
    ]
    assert orderflode.read("account", "disable", "lea.1")["disabled_at"] is not None
    assert "stängt" in orderflode.run("account", "show", "lea.1").out
    orderflode.run("account", "invite", "lea.1", status=1)
    assert orderflode.read("account", "enable", "lea.1")["disabled_at"] is None
    assert orderflode.read("account", "invite", "lea.1")["purpose"] == "invite"
    assert [each["event"] for each in orderflode.read("account", "show", "lea.1")["events"]] == [
        "invited", "enabled", "disabled", "roles", "invited", "created",
    ]  # fmt: skip

    for words, status in (
        (("add", "lea.1", "--name", "Lea", "--role", "hms"), 1),
        (("add", "kim.1", "--name", "Kim", "--role", "tekniker"), 1),
        (("add", "kim.1", "--name", "Kim", "--role", "chef"), 2),
        (("show", "nobody.1"), 1),
        (("disable", "root.1"), 1),
        (("roles", "root.1", "hms"), 1),
        (("end-sessions", "lea.1", "--session", 7), 1),
    ):
        refused = orderflode.run("account", *words, status=status)
        assert refused.out == "" and refused.err

    orderflode.run("token", "create", "robot.1", "--scope", "order.read")
    orderflode.run("token", "create", "robot.1", "--scope", "order.read", status=1)
    orderflode.run("token", "create", "x.1", "--scope", "everything", status=2)
    orderflode.run("token", "create", "x.1", "--scope", "order.read", "--days", 5000, status=2)
    orderflode.run("token", "revoke", "nobody.1", status=1)
    assert [each["name"] for each in orderflode.read("token", "list")] == ["robot.1"]
    assert "gäller (holds)" in orderflode.run("token", "list").out
