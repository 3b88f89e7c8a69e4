"""The scenarios of the peers as plots: what is given, what is done, and what came of it in the peers' own words.

Vocabulary: allocated is reserved, and outbound where goods are picked. A row of a peer's ledger is here the opening
balance or a step of the order's history that moves or reserves goods. Next: peer_deliveries.py (what is
shipped, counted and comes back), test_peer_scenarios.py, which compares.
"""

import json
from collections.abc import Callable

from acceptance.peer_deliveries import (
    counts,
    customer_return,
    five_of_ten,
    line_by_line,
    pick_what_there_is,
    put_back,
    shipments,
)
from acceptance.peer_play import HMS, OWN_STORE, Plot, Scene

LEDGER_ROWS = {"validate": "ALLOCATE", "reduce": "RELEASE", "pick": "SHIP"}


def ledger(scene: Scene) -> Plot:
    """LEDGER-1, -2 and -3: one order, of which a unit is cancelled and the rest shipped."""
    scene.given(A=5)
    scene.order("1", ("A", 3))
    shelves = [{"on_hand": 5, "allocated": 0}]
    yield
    shelves.append(scene.shelf("A"))
    scene.run("order", "reduce", scene.reference("1"), f"{scene.article('A')}=1", "--reason", "en räcker")
    yield
    shelves.append(scene.shelf("A"))
    scene.pick("1")
    yield
    scene.deliver("1")
    yield
    shelves.append(scene.shelf("A"))
    history = scene.read("order", "show", scene.reference("1"))["history"]
    rows = [LEDGER_ROWS[each["event"]] for each in history if each["event"] in LEDGER_ROWS]
    units = [
        shelves[1]["allocated"] - shelves[0]["allocated"],
        shelves[1]["allocated"] - shelves[2]["allocated"],
        shelves[3]["on_hand"] - shelves[2]["on_hand"],
    ]
    for place, (row, number) in enumerate(zip(rows, units, strict=True), start=1):
        scene.seen[f"LEDGER-{place}"] = {
            "A": shelves[place],
            "last_movement": [row, number],
            "movement_count": 1 + place,
        }


def stock_limit(scene: Scene) -> Plot:
    scene.given(A=3)
    scene.order("1", ("A", 5))
    yield
    scene.seen["STOCK-LIMIT"] = {"error": None, "state": scene.placed("1")["state"], "A": scene.shelf("A")}


def two_stores(scene: Scene) -> Plot:
    scene.given(HMS, A=100, B=100)
    scene.given(OWN_STORE, A=120, B=120)
    scene.order("1", ("A", 2))
    scene.order("2", ("B", 2), sender=OWN_STORE)
    yield
    scene.seen["MULTI-WH-1"] = {
        name: {letter: scene.shelf(letter, store) for letter in "AB"}
        for name, store in (("WH1", HMS), ("WH2", OWN_STORE))
    }


def part_of_an_order(scene: Scene) -> Plot:
    scene.given(A=100)
    scene.order("1", ("A", 2))
    yield
    before = scene.placed("1")["state"]
    words = ("order", "reduce", scene.reference("1"))
    scene.run(*words, f"{scene.article('A')}=1", "--reason", "en räcker")
    said = scene.run(*words, f"{scene.article('A')}=2", "--reason", "två till", status=1).complaint
    yield
    (line,) = scene.placed("1")["lines"]
    scene.seen["PARTIAL-CANCEL"] = {
        "after_first": {
            "line_quantity": line["quantity"] - line["cancelled"],
            "A": scene.shelf("A"),
            "order_state": "unchanged" if scene.placed("1")["state"] == before else scene.placed("1")["state"],
        },
        "second": "error: quantity too great" if "finns inte kvar" in said else said,
    }


def plain_allocation(scene: Scene) -> Plot:
    scene.given(A=100)
    scene.order("1", ("A", 50))
    yield
    scene.seen["ALLOC-1"] = {"A": scene.shelf("A")}


def over_two_stores(scene: Scene) -> Plot:
    """The order names one store; what it lacks waits there."""
    scene.given(HMS, A=4)
    scene.given(OWN_STORE, A=3)
    scene.order("1", ("A", 5), partial=True)
    yield
    allocated = [scene.shelf("A", store)["allocated"] for store in (HMS, OWN_STORE)]
    scene.seen["ALLOC-2"] = {"WH1": {"allocated": allocated[0]}, "WH2": {"allocated": allocated[1]}}


def more_than_all_have(scene: Scene) -> Plot:
    scene.given(HMS, A=4)
    scene.given(OWN_STORE, A=3)
    scene.order("1", ("A", 10))
    yield
    written = sum(scene.shelf("A", store)["allocated"] for store in (HMS, OWN_STORE))
    scene.seen["ALLOC-3"] = {"error": None, "state": scene.placed("1")["state"], "allocations_written": written}


def release(scene: Scene) -> Plot:
    scene.given(A=100)
    scene.order("1", ("A", 80))
    yield
    assert scene.shelf("A") == {"on_hand": 100, "allocated": 80}
    scene.run("order", "cancel", scene.reference("1"), "--reason", "behövs inte")
    yield
    scene.seen["DEALLOC-2"] = {"A": scene.shelf("A")}


def ship(scene: Scene) -> Plot:
    scene.given(A=100)
    scene.order("1", ("A", 80))
    yield
    assert scene.shelf("A") == {"on_hand": 100, "allocated": 80}
    scene.pick("1")
    yield
    scene.deliver("1")
    yield
    scene.seen["SHIP-1"] = {"A": scene.shelf("A")}


def allocated_twice(scene: Scene) -> Plot:
    scene.given(A=20)
    for _ in range(2):
        scene.order("1", ("A", 2))
        yield
    scene.seen["IDEMPOTENT"] = {"available": scene.shelf("A")["on_hand"] - scene.shelf("A")["allocated"]}


def in_stock_first(scene: Scene) -> Plot:
    """Inbound goods are those of a lagerflytt on its way, in outbound at lager 10."""
    scene.given(HMS, A=100)
    scene.given(OWN_STORE, A=100)
    scene.order(
        "flytt", ("A", 100), order_type="lagerflyttsorder", customer_order_type="lagerflytt",
        receiver={"kind": "kommunlager", "id": OWN_STORE}, orderer={"person": "lager-1", "unit": "03-05"},
    )  # fmt: skip
    yield
    scene.pick("flytt")
    scene.order("1", ("A", 10), sender=OWN_STORE)
    yield
    own = scene.shelf("A", OWN_STORE)
    scene.seen["PREFER-STOCK"] = {
        "in_stock": own["on_hand"] - own["allocated"],
        "inbound": scene.shelf("A")["allocated"],
    }


def out_of_stock(scene: Scene) -> Plot:
    scene.given(A=10)
    scene.order("1", ("A", 10))
    scene.order("2", ("A", 1))
    yield
    assert scene.shelf("A") == {"on_hand": 10, "allocated": 10}
    waits = scene.placed("2")["state"] == "backordered"
    listed = scene.read("backorders", "--article", scene.article("A"))
    scene.seen["OUT-OF-STOCK-EVENT"] = {
        "order2": "not allocated" if waits else scene.placed("2")["state"],
        "event": "listed among the backorders" if scene.article("A") in json.dumps(listed) else None,
    }


def no_lines(scene: Scene) -> Plot:
    scene.order("1")
    yield
    codes = scene.refusals[scene.external_id("1")]
    scene.seen["NAV-NO-LINES"] = {
        "error": "at least one line is required" if codes == ["lines-missing"] else codes,
    }


def six_in_a_day(scene: Scene) -> Plot:
    scene.given(A=6)
    for number in range(6):
        scene.order(str(number), ("A", 1))
    yield
    scene.seen["NAV-RATE"] = {"error": None, "stored_orders": len(scene.orders)}


def what_is_missing(scene: Scene) -> Plot:
    scene.given(A=2)
    scene.order("1", ("A", 3), partial=True)
    yield
    scene.seen["NAV-SHORT"] = {"shortage": sum(line["quantity"] for line in scene.rest_of("1")["lines"])}


PLOTS: dict[str, Callable[[Scene], Plot]] = {
    plot.__name__.upper().replace("_", "-"): plot
    for plot in (
        shipments, put_back, ledger, ship, pick_what_there_is, counts, customer_return, stock_limit,
        two_stores, part_of_an_order, plain_allocation, over_two_stores, more_than_all_have, release, five_of_ten,
        allocated_twice, in_stock_first, out_of_stock, no_lines, six_in_a_day, what_is_missing, line_by_line,
    )
}  # fmt: skip
"""The plots by name, the longest first."""
