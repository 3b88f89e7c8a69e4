"""Does a typo read as "all is well"? A store, an article or a state that nobody has heard of is refused by name."""

import pytest
from acceptance.world import write_master_data
from command_line import CommandLine

LISTS = (
    "overdue", "watchdog", "backorders", "backorders --orders", "stock", "devices", "returns", "counts", "differences",
    "pick-list --out plock.pdf",
)  # fmt: skip


@pytest.fixture
def region(orderflode: CommandLine) -> CommandLine:
    """Lager 10 and kommunlager 50301, and nothing to pick."""
    orderflode.run("load", write_master_data(orderflode.folder / "master", {("10", "12345"): 5}))
    return orderflode


def test_a_store_that_does_not_exist_is_refused_and_those_that_do_are_named(region: CommandLine) -> None:
    for words in LISTS:
        refused = region.run(*words.split(), "--store", "503O1", status=1)
        assert "Lager 503O1 finns inte; lagren är: 10, 50301" in refused.complaint, words


def test_an_article_that_does_not_exist_is_refused(region: CommandLine) -> None:
    for words in ("backorders", "stock", "devices --store 10"):
        refused = region.run(*words.split(), "--article", "1234S", status=1)
        assert "Artikel 1234S finns inte" in refused.complaint, words


def test_a_store_without_anything_to_pick_is_no_failure(region: CommandLine) -> None:
    out = region.folder / "plock.pdf"
    told = region.run("pick-list", "--store", "10", "--out", out)
    assert "Inga ordrar väntar på plock i lager 10" in told.out and not out.exists()
    assert region.read("pick-list", "--store", "10", "--out", out) == {"file": None}


def test_a_state_is_named_by_its_code_or_its_swedish_word(region: CommandLine) -> None:
    for command in ("returns", "counts"):
        refused = region.run(command, "--state", "foo", status=2)
        assert "open (öppen)" in refused.complaint and "cancelled (" in refused.complaint
    region.run("count", "open", "--store", "10")
    assert [each["id"] for each in region.read("counts", "--state", "Öppen")] == ["I-1"]
    assert region.read("counts", "--state", "stängd") == []
    for word in ("begärd", "received", "ÖPPEN"):
        assert region.read("returns", "--state", word) == []


def test_what_changed_is_told_as_one_document(region: CommandLine) -> None:
    assert region.read("stock", "receive", "10", "12345", 2, "--document", "F-1") == {
        "store": "10", "article": "12345", "received": 2, "document": "F-1",
    }  # fmt: skip
    assert region.read("stock", "adjust", "10", "12345", 4, "--reason", "räknat") == {
        "store": "10", "article": "12345", "on_hand": 4, "difference": -3,
    }  # fmt: skip
    (found,) = region.read("differences", "--kind", "justering")["differences"]
    assert "justering" in region.run("differences").out
    assert region.read("differences", "settle", found["id"], "--note", "fel hylla") == {
        "difference": found["id"], "settled": True,
    }  # fmt: skip
    region.read("recall", "12345", "--reason", "bromsfel", "--out", region.folder / "lista.csv", "--stop")
    assert region.read("lift-stop", "12345", "--reason", "åtgärdat") == {"article": "12345", "stopped": False}


def test_the_notices_are_sent_without_a_word_of_the_schema(region: CommandLine) -> None:
    assert "alembic" not in region.run("notices", "send").err
