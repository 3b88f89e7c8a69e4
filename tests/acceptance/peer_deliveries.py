"""The peers' scenarios of what is shipped in parts, comes back, or is counted. Next: peer_scenarios.py, the others."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from acceptance.peer_play import HMS, SWIFT_STORE, Plot, Scene
from acceptance.world import write_table


def state_of_shipments(scene: Scene, numbers: str, units: int) -> str:
    """What a peer calls the state of an order of `units`: how much of it is shipped and delivered, by all shipments."""
    lines = [line for number in numbers for line in scene.placed(number)["lines"]]
    shipped, delivered = (sum(line[name] for line in lines) for name in ("picked", "delivered"))
    if delivered:
        return "Delivered" if delivered == units else "PartiallyDelivered"
    return "Shipped" if shipped == units else "PartiallyShipped" if shipped else "Allocated"


def shipments(scene: Scene) -> Plot:
    """The rest of an order is a restorder; one that is cancelled is not sent by itself again, but ordered anew."""
    scene.given(A=1, B=0)
    scene.order("1", ("A", 1), ("B", 1), partial=True)
    yield
    rest = scene.rest_of("1")["id"]
    scene.run("order", "cancel", rest, "--reason", "skickas på annat sätt")
    scene.run("stock", "receive", HMS, scene.article("B"), 1, "--document", scene.article("B"))
    scene.pick("1")
    scene.order("3", ("B", 1))
    yield
    states = [state_of_shipments(scene, "13", 2)]
    for do in (scene.pick, scene.deliver, scene.deliver):
        do("3" if len(states) != 2 else "1")
        yield
        states.append(state_of_shipments(scene, "13", 2))
    listed = [order["id"] for order in scene.orders.values() if order["state"] == "cancelled"]
    scene.seen["PARTIAL-STATE"] = {"states": states, "cancelled_shipment_still_listed": listed == [rest]}


def put_back(scene: Scene) -> Plot:
    """What is put back was delivered before."""
    scene.given(A=150)
    scene.order("1", ("A", 50))
    scene.order("2", ("A", 80))
    yield
    scene.pick("1")
    yield
    scene.deliver("1")
    yield
    assert scene.shelf("A") == {"on_hand": 100, "allocated": 80}
    words = ("return", "request", scene.reference("1"), "--to", HMS, "--reason", "åter")
    scene.run(*words, "--received", "--shelf", "all")
    yield
    scene.seen["RETURN-1"] = {"A": scene.shelf("A")}


def pick_what_there_is(scene: Scene) -> Plot:
    """The line that lacks goods becomes a restorder, which is cancelled: go on without it."""
    scene.given(A=1)
    scene.order("1", ("A", 1), ("A", 1), partial=True)
    yield
    states = {"validated": "assigned", "backordered": "draft"}
    assigned = [states[order["state"]] for order in (scene.placed("1"), scene.rest_of("1"))]
    scene.run("order", "cancel", scene.rest_of("1")["id"], "--reason", "går vidare utan")
    scene.pick("1")
    yield
    assert (scene.placed("1")["state"], len(scene.placed("1")["utleveranser"])) == ("utleverans", 1)
    scene.deliver("1")
    yield
    outstanding = [
        0 if scene.rest_of("1")["state"] == "cancelled" else 1,
        sum(line["picked"] for line in scene.placed("1")["lines"]),
    ]
    history = scene.read("order", "show", scene.reference("1"))["history"]
    who = {each["event"]: each["actor"] for each in history if each["version"] > 2}
    assert all(who.values()) and list(who) == ["pick", "create_utleverans", "deliver"]
    scene.seen["PICK-PARTIAL"] = {
        "after_assign": assigned,
        "after_ignore_quantities": outstanding,
        "delivered_quantity": sum(line["delivered"] for line in scene.placed("1")["lines"]),
        "who": "picked_by set at pick, packed_by and shipped_by at create_utleverans, done_by at deliver; none earlier",
    }


def customer_return(scene: Scene) -> Plot:
    scene.given(SWIFT_STORE, A=1)
    scene.order("1", ("A", 1), sender=SWIFT_STORE)
    yield
    asked = scene.read("return", "request", scene.reference("1"), "--to", SWIFT_STORE, "--reason", "åter")
    received = scene.read("return", "receive", asked["number"])
    finished = scene.read("return", "judge", asked["number"], "--shelf", "all")

    def shown(one: dict[str, Any]) -> dict[str, str]:
        (line,) = one["lines"]
        return {
            "state": {"closed": "done"}.get(one["state"], one["state"]),
            "incoming": "done" if line["received"] == 1 else "draft",
            "restock": "done" if line["restocked"] == 1 else "draft",
        }

    after = shown(finished)
    assert after.pop("incoming") == "done"
    scene.seen["CUSTOMER-RETURN"] = {"after_receive": shown(received), "after_finish": after}


def counts(scene: Scene) -> Plot:
    """COUNT-ZERO, and FUTURE-DATE: goods move when they are booked; a count alone tells of a moment of its own."""
    scene.given(A=3)
    yield
    article, sheet = scene.article("A"), scene.command.folder / "count.csv"
    open_count = ("count", "open", "--store", HMS, "--article", article)
    first = scene.read(*open_count)["id"]
    write_table(sheet, "article,quantity", [[article, ""]])
    scene.run("count", "enter", first, "--file", sheet)
    (blank,) = scene.read("count", "close", first, "--cause", "kontroll")["lines"]

    second = scene.read(*open_count)["id"]
    now = datetime.now(ZoneInfo("Europe/Stockholm"))
    enter = ("count", "enter", second, article, 0, "--at")
    scene.run(*enter, (now + timedelta(days=1)).isoformat(), status=1)
    entered = scene.read(*enter, now.isoformat())["entered"]
    (zero,) = scene.read("count", "close", second, "--cause", "kontroll")["lines"]
    yield
    assert (blank["booked"], zero["counted"]) == (None, 0)
    scene.seen["COUNT-ZERO"] = {
        "blank": "no ledger row" if zero["expected"] == 3 else zero["expected"],
        "zero": f"expected {zero['expected']}, one row of {zero['booked']}, on_hand {scene.shelf('A')['on_hand']}",
    }
    scene.seen["FUTURE-DATE"] = {"first": "refused", "second": "done" if entered == 1 else "refused"}


def five_of_ten(scene: Scene) -> Plot:
    scene.given(A=10)
    scene.order("1", ("A", 10))
    yield
    scene.run("confirm", "pick", scene.reference("1"), "--short", f"{scene.article('A')}=5")
    yield
    rest = scene.rest_of("1")
    scene.seen["BACKORDER-5OF10"] = {
        "shipped": sum(line["picked"] for line in scene.placed("1")["lines"]),
        "backorder": {
            "quantity": sum(line["quantity"] for line in rest["lines"]),
            "state": "waiting" if rest["state"] == "backordered" else rest["state"],
        },
    }


def line_by_line(scene: Scene) -> Plot:
    scene.given(A=1, B=0)
    scene.order("1", ("A", 1), ("B", 1), partial=True)
    yield
    scene.run("stock", "receive", HMS, scene.article("B"), 1, "--document", scene.article("B"))
    scene.pick("1")
    yield
    names = {
        "PartiallyShipped": "DELVIS_SKIPNINGSBEKREFTET (partly shipped)",
        "Shipped": "SKIPNINGSBEKREFTET (shipped)",
    }
    states = [names[state_of_shipments(scene, "1", 2)]]
    scene.picked.append(str(scene.rest_of("1")["id"]))
    yield
    shipped = sum(line["picked"] for order in (scene.placed("1"), scene.rest_of("1")) for line in order["lines"])
    states.append(names["Shipped" if shipped == 2 else "PartiallyShipped"])
    scene.seen["NAV-PARTIAL"] = {"states": states}
