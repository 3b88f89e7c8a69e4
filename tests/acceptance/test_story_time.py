"""By when? A region says how soon its goods come and when it drives, and everybody sees what is promised and late."""

from datetime import date, datetime, timedelta
from pathlib import Path

import psycopg
from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine

from workflows.working_days import STOCKHOLM, Lead, promised_day

CLASSES = [["snabb", "Finns alltid", "1", "23:59"], ["lager", "Lagervara", "4", "23:59"]]


def begin(orderflode: CommandLine, *orders: dict[str, object]) -> None:
    """Lager 10 with two classes of goods, A-1 the fast one; 03-05 is driven to on Tuesdays and Fridays."""
    folder = write_master_data(orderflode.folder / "master", {("10", "12345"): 10, ("10", "A-1"): 10})
    write_table(folder / "lead_classes.csv", "code,name,working_days,cut_off", CLASSES)
    write_table(
        folder / "stores.csv",
        "code,name,kind,kommun,picking,delivery,lead_class",
        [
            ["10", "HMS", "hms", "", "confirmed", "confirmed", "lager"],
            ["50301", "Karlstad", "kommun", "Karlstad", "automatic", "automatic", ""],
        ],
    )
    write_table(
        folder / "units.csv",
        "code,name,kommun,own_store,tour_days",
        [["03-05", "Norr", "Karlstad", "50301", "tis;fre"]],
    )
    write_table(
        folder / "stock.csv", "store,article,on_hand,lead_class", [["10", "12345", 10, ""], ["10", "A-1", 10, "snabb"]]
    )
    orderflode.run("load", folder)
    orderflode.run("import", write_orders(orderflode.folder / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")


def promise(working_days: int) -> date:
    """What goods of so many working days are promised that are ordered at this moment."""
    return promised_day(datetime.now(STOCKHOLM), [Lead(working_days, datetime.max.time())], frozenset({2, 5}))


def test_an_order_is_promised_by_its_slowest_goods_and_the_day_of_the_tour(orderflode: CommandLine) -> None:
    asked = [promise(1), promise(4)]
    begin(
        orderflode,
        an_order("B-1", ("A-1", 1)),
        an_order("B-2", ("A-1", 1), ("12345", 1)),
        an_order("B-3", ("12345", 1), priority="akut"),
        an_order("B-4", ("12345", 99)),
    )
    orders = {order["external_id"]: order for order in orderflode.read("orders")}
    assert [orders["B-1"]["promised_on"], orders["B-2"]["promised_on"]] in (
        [day.isoformat() for day in asked],
        [promise(1).isoformat(), promise(4).isoformat()],
    )
    akut = orders["B-3"]
    assert datetime.fromisoformat(akut["promised_by"]) == datetime.fromisoformat(akut["received_at"]) + timedelta(
        days=1
    )
    # Who waits for goods has been promised nothing.
    assert (orders["B-4"]["state"], orders["B-4"]["promised_on"]) == ("backordered", None)
    shown = orderflode.run("order", "show", "import:B-1").out
    assert f"Utlovad (promised by) {orders['B-1']['promised_on']}" in shown


def test_what_is_late_is_listed_until_it_is_delivered(orderflode: CommandLine, database_url: str) -> None:
    begin(orderflode, an_order("B-1", ("A-1", 1)), an_order("B-2", ("A-1", 1)), an_order("B-3", ("A-1", 1)))
    assert orderflode.read("overdue") == []
    assert {each["external_id"] for each in orderflode.read("overdue", "--soon", 10)} == {"B-1", "B-2", "B-3"}

    # A fortnight passes for two of the orders, ten days for the one.
    with psycopg.connect(database_url) as connection:
        for external_id, days in (("B-1", 10), ("B-2", 14)):
            connection.execute(
                "UPDATE orders SET received_at = received_at - make_interval(days => %(days)s), "
                "promised_by = promised_by - make_interval(days => %(days)s) WHERE external_id = %(external_id)s",
                {"days": days, "external_id": external_id},
            )
    late = orderflode.read("overdue", "--store", "10")
    assert [each["external_id"] for each in late] == ["B-2", "B-1"]
    assert all(each["late"] for each in late)
    assert late[0]["working_days_late"] >= late[1]["working_days_late"] >= 0
    told = orderflode.run("overdue").out
    assert "import:B-2" in told
    assert "sen (late)" in told
    assert orderflode.read("overdue", "--store", "50301") == []

    orderflode.run("confirm", "pick", "import:B-2")
    orderflode.run("work", "--until-done")
    assert [each["external_id"] for each in orderflode.read("overdue")] == ["B-2", "B-1"]
    orderflode.run("confirm", "deliver", "import:B-2")
    assert [each["external_id"] for each in orderflode.read("overdue")] == ["B-1"]
    assert orderflode.read("verify")["broken"] == []


def test_a_class_or_a_day_that_does_not_exist_is_named_and_nothing_is_loaded(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    folder = write_master_data(tmp_path / "wrong", {})
    write_table(folder / "stores.csv", "code,kind,lead_class", [["10", "hms", "blixt"]])
    write_table(folder / "units.csv", "code,tour_days", [["03-05", ""]])
    told = orderflode.run("load", folder, status=2).err
    assert "stores.csv: lead_class: blixt finns inte." in told
    write_table(folder / "units.csv", "code,tour_days", [["03-05", "varannan måndag"]])
    assert "units.csv rad 2: tour_days: ska vara veckodagar" in orderflode.run("load", folder, status=2).err
