"""Can people share a server's command line? Each acts by name, an integration by its token, and neither beyond its own.

Next: docs/accounts.md; integration/test_command_matrix.py, every command and role.
"""

import pytest
from acceptance.test_story_between_kommuner import two_kommuner
from acceptance.world import an_order, write_orders
from command_line import CommandLine

LACKING = "Behörigheten {0} saknas (the permission {0} is missing)"


@pytest.fixture
def region(orderflode: CommandLine) -> CommandLine:
    """Two kommuner, an order of Karlstad's, which the operator has imported, and accounts."""
    two_kommuner(orderflode)
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", [an_order("A-1", ("12345", 1))]))
    for login, role, kommun in (("lars.1", "lagerpersonal", "Karlstad"), ("kim.1", "lagerpersonal", "Kil")):
        orderflode.run("account", "add", login, "--name", login, "--role", role, "--kommun", kommun)
    return orderflode


def test_people_act_by_name_on_what_is_theirs(region: CommandLine) -> None:
    assert [each["external_id"] for each in region.read("--as", "lars.1", "orders")] == ["A-1"]
    assert region.read("--as=kim.1", "orders") == []
    other = region.run("--as", "kim.1", "order", "cancel", "import:A-1", "--reason", "fel", status=1)
    assert "finns inte" in other.complaint
    kim = region.with_environment(ORDERFLODE_AS="kim.1")
    assert "finns inte" in kim.run("order", "show", "import:A-1", "--json", status=1).complaint

    # What their role does not give is refused in one line, and nothing is done; so is running the machine.
    for words, permission in (
        ("stock adjust 50301 12345 9 --reason x", "stock.adjust"),
        ("account list --json", "account.manage"),
        ("work --until-done", "machine.operate"),
    ):
        refused = region.run("--as", "lars.1", *words.split(), status=1)
        assert refused.complaint == LACKING.format(permission)
    nowhere = region.with_environment(DATABASE_URL="postgresql://127.0.0.1:1/orderflode")
    assert nowhere.run("--as", "lars.1", "migrate", status=1).complaint == LACKING.format("machine.operate")
    assert region.read("stock", "--store", "50301")[0]["on_hand"] == 3
    of_all = region.run("--as", "lars.1", "device", "show", "S-1", status=1)
    assert of_all.complaint.startswith("`device show` gäller hela regionen, och lars.1 bara Karlstad")

    region.run("--as", "lars.1", "order", "cancel", "import:A-1", "--reason", "fel artikel")
    cancelled = region.read("order", "show", "import:A-1")["history"][-1]
    assert (cancelled["event"], cancelled["actor"]) == ("cancel", "lars.1")
    region.run("account", "disable", "lars.1")
    assert "stängt" in region.run("--as", "lars.1", "orders", status=1).complaint


def test_an_integration_acts_by_its_token_and_nobody_namelessly(region: CommandLine) -> None:
    scopes = ("--scope", "order.read", "--scope", "order.import", "--scope", "order.create.bestallning")
    secret = region.read("token", "create", "journal", "--kommun", "Karlstad", *scopes)["token"]
    journal = region.with_environment(ORDERFLODE_TOKEN=secret)
    journal.run("import", write_orders(region.folder / "more.ndjson", [an_order("A-2", ("12345", 1))]))
    order = journal.read("order", "show", "journal:A-2")
    assert (order["source"], order["history"][0]["actor"]) == ("journal", "token:journal")
    refused = journal.run("confirm", "pick", "journal:A-2", status=1)
    assert refused.complaint == LACKING.format("order.pick") and secret not in refused.err
    assert "inte båda" in journal.run("--as", "lars.1", "orders", status=2).complaint
    assert secret not in journal.run("--help").out

    shared = region.with_environment(ORDERFLODE_OPERATOR="off")
    assert shared.run("orders", status=1).complaint.startswith("Säg vem som handlar: --as LOGIN")
    assert len(shared.read("--as", "lars.1", "orders")) == 2
    shared.run("migrate")
    region.run("token", "revoke", "journal")
    assert "gäller inte" in journal.run("orders", status=1).complaint
