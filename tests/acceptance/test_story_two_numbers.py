"""A patient came without papers, got a reservnummer, and later a personnummer: one person, seen whole, and undone.

Numbers are typed, never arguments, and no answer repeats one.
"""

from pathlib import Path
from typing import Any

from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine, Ended
from order_files import everything
from people import PERSONNUMMER, RESERVNUMMER, RESERVNUMMER_PATTERN

from config.database import Database

WHY = ("--reason", "samma person, fick personnummer")
WRITTEN = "20000101-1493"


def prescribed(external_id: str, number: str, article: str) -> dict[str, Any]:
    return an_order(
        external_id, (article, 1), order_type="forskrivning", customer_order_type="forskrivning",
        receiver={"kind": "patient", "id": number, "name": "Testperson 1"},
        orderer={"person": "forsk-1", "unit": "03-05"}, prescriber="forsk-1",
        medical_decision={"date": "2026-01-02", "reference": "J-17"}, ordered_on="2026-01-02",
    )  # fmt: skip


def a_region(orderflode: CommandLine, folder: Path) -> CommandLine:
    """One order delivered under each number."""
    command = orderflode.with_environment(ORDERFLODE_RESERVNUMMER_PATTERNS=f'["{RESERVNUMMER_PATTERN}"]')
    command.run("load", write_master_data(folder / "master", {("10", "12345"): 5, ("10", "A-1"): 5}))
    orders = [prescribed("F-1", RESERVNUMMER, "12345"), prescribed("F-2", PERSONNUMMER, "A-1")]
    command.run("import", write_orders(folder / "orders.ndjson", orders))
    command.run("work", "--until-done")
    return command


def orders_of(command: CommandLine, number: str) -> list[str]:
    shown = command.read("patient", "show", "--reason", "frågar om sina ordrar", typed=f"{number}\n")
    assert len(shown["held"]) == len(shown["orders"])
    return sorted(order["external_id"] for order in shown["orders"])


def test_two_numbers_become_one_person_and_two_again(orderflode: CommandLine, tmp_path: Path) -> None:
    command = a_region(orderflode, tmp_path)
    assert (orders_of(command, RESERVNUMMER), orders_of(command, PERSONNUMMER)) == (["F-1"], ["F-2"])

    joined = command.read("patient", "join", *WHY, typed=f"{RESERVNUMMER}\n{WRITTEN}\n")
    assert (joined["earlier"]["kind"], joined["later"]["kind"]) == ("reservnummer", "personnummer")
    for number in (RESERVNUMMER.lower(), WRITTEN, PERSONNUMMER):
        assert orders_of(command, number) == ["F-1", "F-2"]
    text = command.run("patient", "show", *WHY, typed=WRITTEN).out
    assert "(personnummer)" in text and "reservnummer" in text and "hos mottagaren" in text

    # A late order still comes under the earlier number: it is the same person's.
    late = write_orders(tmp_path / "late.ndjson", [prescribed("F-3", RESERVNUMMER, "A-1")])
    command.run("import", late)
    command.run("work", "--until-done")
    assert orders_of(command, PERSONNUMMER) == ["F-1", "F-2", "F-3"]

    command.run("patient", "unjoin", "--reason", "fel person", typed=RESERVNUMMER)
    assert (orders_of(command, RESERVNUMMER), orders_of(command, PERSONNUMMER)) == (["F-1", "F-3"], ["F-2"])
    assert command.read("verify")["broken"] == []


def test_what_cannot_be_joined_is_refused_in_one_line_and_every_look_is_logged(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    command = a_region(orderflode, tmp_path)
    said: list[Ended] = []

    def refused(*words: str, typed: str, status: int = 1) -> str:
        said.append(command.run(*words, typed=typed, status=status))
        return said[-1].complaint

    join, show = ("patient", "join", *WHY), ("patient", "show", *WHY)
    assert "ange reservnummer som det tidigare" in refused(*join, typed=f"{WRITTEN}\n{RESERVNUMMER}\n")
    assert "Det tidigare numret finns inte" in refused(*join, typed=f"17R-0000\n{WRITTEN}\n")
    assert "finns inte" in refused(*show, typed="191401682396\n")
    assert "inte hopslaget" in refused("patient", "unjoin", *WHY, typed=RESERVNUMMER)
    assert "inget giltigt" in refused(*show, typed="200001011494\n", status=2)
    assert "1 rad" in refused(*show, typed="", status=2)
    assert "2 rad" in refused(*join, typed=WRITTEN, status=2)
    assert "orsak" in refused("patient", "show", "--reason", " ", typed=WRITTEN)
    assert "personnummer" in refused("patient", "show", "--reason", f"om {WRITTEN}", typed=WRITTEN)
    said.append(command.run(*join, typed=f"{RESERVNUMMER}\n{WRITTEN}\n"))
    said.append(command.run(*show, typed=WRITTEN))
    assert "redan hopslaget" in refused(*join, typed=f"{RESERVNUMMER}\n{WRITTEN}\n")

    database = Database(command.environment["DATABASE_URL"])
    with database.transaction() as tx:
        actions = [action for (action,) in tx.execute("SELECT action FROM access_log ORDER BY id")]
    stored = everything(database)
    database.close()
    assert (
        actions
        == ["patient_join"] * 2
        + ["patient_search"] * 2
        + ["patient_unjoin"]
        + ["patient_join"] * 2
        + ["patient_show"] * 2
        + ["patient_join"] * 2
    )
    told = [each.out + each.err for each in said] + [row for rows in stored.values() for row in rows]
    for number in (PERSONNUMMER, WRITTEN, "000101-1493", RESERVNUMMER, "191401682396", "200001011494", "17R-0000"):
        assert not [text for text in told if number in text or number.encode().hex() in text]
