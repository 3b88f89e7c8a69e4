"""Does a kommunlager get back what it should hold? Next: test_refill_once.py, tests/unit/test_refill_proposal.py."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import (
    a_world,
    balance,
    order_row,
    own_store_order,
    run_all,
    states,
    store,
)
from refill_world import HMS, WAITING, levels, wanted, withdraw

from config.database import Database
from workflows.queries import read_orders
from workflows.refill import NoKommunlager, Refill, refill_all, refill_store, refilled_stores

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def ordered(database: Database, refill: Refill) -> list[dict[str, Any]]:
    with database.transaction() as tx:
        return read_orders(tx, [each.order_id for each in refill.created])


def test_what_is_at_or_below_its_reorder_point_is_ordered_up_to_the_target(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A1"): 2, ("50301", "A2"): 3, ("50301", "A3"): 1})
    levels(database, {"A1": (2, 10), "A2": (2, 10), "A3": (2, 4), "A4": (0, 5)})

    refill = refill_store(database, "50301", actor="schema")

    (order,) = ordered(database, refill)
    today = datetime.now(UTC).astimezone(ZoneInfo("Europe/Stockholm")).date()
    assert (order["source"], order["external_id"]) == ("orderflode", f"REFILL-50301-{today}-1")
    assert (order["order_type"], order["customer_order_type"]) == ("lagerflyttsorder", "lagerflytt")
    assert (order["sender"], order["receiver_code"], order["orderer_person"]) == ("10", "50301", "lager")
    assert [(each["article"], each["quantity"]) for each in order["lines"]] == [("A1", 8), ("A3", 3), ("A4", 5)]
    assert order_row(database, order["id"])["kommun"] == "Karlstad"

    run_all(database)
    assert [balance(database, "50301", each)[0] for each in ("A1", "A2", "A3", "A4")] == [10, 3, 4, 5]


def test_what_waiting_orders_lack_is_ordered_beside_the_target(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A1"): 1}, **WAITING)
    levels(database, {"A1": (2, 10)})
    waits = store(database, own_store_order(("A1", 4)), own_store_order(("A1", 3)))
    run_all(database)
    assert states(database, waits) == ["backordered"] * 2

    assert wanted(refill_store(database, "50301", actor="schema")) == [("A1", 10 - (1 - 7))]

    run_all(database)
    assert states(database, waits) == ["delivered"] * 2
    assert balance(database, "50301", "A1") == (10, 0, 0)


def test_a_withdrawn_article_is_replaced_by_its_successor(database: Database) -> None:
    a_world(database, stock=HMS | {("50301", "A1"): 1})
    levels(database, {"A1": (2, 10), "A4": (1, 5)})
    for article, successor in (("A1", "A2"), ("A2", "A3"), ("A4", None)):
        withdraw(database, article, successor)

    refill = refill_store(database, "50301", actor="schema")

    assert wanted(refill) == [("A3", 10)]
    assert refill.proposal.lines[0].instead_of == ("A1",)
    assert refill.proposal.not_refillable == ("A4",)
    run_all(database)
    assert balance(database, "50301", "A3") == (10, 0, 0)
    assert refill_store(database, "50301", actor="schema").proposal.lines == ()


def test_the_orderer_is_the_chosen_one_then_the_stores_own_then_the_first_who_may(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)})
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO person VALUES ('tekn', 'T', '', false, '{tekniker}'), ('a', 'A', '', false, '{tekniker}')"
        )
        tx.execute("INSERT INTO person_unit VALUES ('tekn', '03-05'), ('a', '04-01')")

    def who(orderer: str | None = None) -> Any:
        found = refill_store(database, "50301", actor="anna", orderer=orderer, dry_run=True).orderer
        return found and tuple(found)

    assert who() == ("lager", "03-05")
    assert who("tekn") == ("tekn", "03-05")
    with database.transaction() as tx:
        tx.execute("UPDATE store SET refill_by = 'tekn' WHERE code = '50301'")
    assert who() == ("tekn", "03-05")
    assert who("lager") == ("lager", "03-05")
    # Another kommun's, an orderer without the role, nobody at all.
    assert [who(each) for each in ("a", "best", "ingen")] == [None] * 3


def test_a_store_that_nobody_may_order_for_is_named_and_the_others_go_on(database: Database) -> None:
    a_world(database, stock=HMS)
    levels(database, {"A1": (2, 10)}, "50301")
    levels(database, {"A1": (2, 10)}, "50401")
    with database.transaction() as tx:
        tx.execute("DELETE FROM person_unit WHERE unit = '03-05'")

    first, second = refill_all(database, actor="schema")

    assert (first.store, first.nobody_to_order, first.created) == ("50301", True, ())
    assert (second.store, second.nobody_to_order, len(second.created)) == ("50401", False, 1)


def test_many_articles_make_orders_of_a_thousand_lines_and_many_units_several_lines(database: Database) -> None:
    a_world(database)
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO article SELECT 'M' || lpad(n::text, 4, '0'), 'Artikel', '122203', NULL, false, false "
            "FROM generate_series(1, 1200) n"
        )
        tx.execute("INSERT INTO stock_target SELECT '50301', number, 1, 5 FROM article WHERE number ^@ 'M'")
    levels(database, {"A1": (1, 20_000)})

    orders = ordered(database, refill_store(database, "50301", actor="schema"))

    assert [len(each["lines"]) for each in orders] == [1_000, 203]
    assert [each["quantity"] for each in orders[0]["lines"][:4]] == [9_999, 9_999, 2, 5]
    run_all(database)


def test_only_a_kommunlager_with_reorder_points_is_refilled(database: Database) -> None:
    a_world(database)
    levels(database, {"A1": (1, 5)}, "10")
    assert refilled_stores(database) == []
    for code in ("10", "50301", "99"):
        with pytest.raises(NoKommunlager):
            refilled_stores(database, code)
