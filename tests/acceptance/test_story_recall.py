"""A manufacturer recalls rollators: who has them, where do the others stand, and nobody orders more of them.

Next: docs/life_of_the_goods.md, "Individually marked devices".
"""

import csv
import stat
from pathlib import Path
from typing import Any

from acceptance.test_story_two_numbers import prescribed
from acceptance.world import an_order, write_master_data, write_orders, write_table
from command_line import CommandLine
from people import PERSONNUMMER, SAMORDNINGSNUMMER

from config.database import Database

WHY = ("--reason", "bromsen kan lossna, tillverkarens meddelande 17")
PROTECTED = "189001019802"
AT_HOME = {
    "name": "Testperson 1", "phone": "08-465 004 07",
    "address": {"street": "Låtsasgatan 1", "postal_code": "652 24", "city": "Karlstad"},
}  # fmt: skip


def to_a_person(external_id: str, number: str, **told: object) -> dict[str, Any]:
    return prescribed(external_id, number, "12345") | {
        "receiver": {"kind": "patient", "id": number, **AT_HOME, **told},
    }


def a_region(command: CommandLine, folder: Path) -> Database:
    """Three patients and a vårdenhet have the article, which was individually marked when the last two got theirs."""
    command.run("load", write_master_data(folder / "master", {("10", "12345"): 9, ("50301", "12345"): 2}))
    before = [to_a_person("F-3", PROTECTED, protected=True), an_order("B-1", ("12345", 2))]
    command.run("import", write_orders(folder / "before.ndjson", before))
    command.run("work", "--until-done")
    (marked := folder / "marked").mkdir()
    write_table(marked / "articles.csv", "number,name,iso_class,individual", [["12345", "Rollator", "122203", "1"]])
    command.run("load", marked)
    since = [to_a_person("F-1", PERSONNUMMER), to_a_person("F-2", SAMORDNINGSNUMMER)]
    for order, serial in zip(since, ("SN-9", "SN-10"), strict=True):
        order["lines"] = [{"article": "12345", "quantity": 1, "serial_numbers": [serial]}]
    command.run("import", write_orders(folder / "since.ndjson", since))
    command.run("work", "--until-done")
    return Database(command.environment["DATABASE_URL"])


def rows_in(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=";"))


def test_all_who_have_an_article_are_found_and_no_more_of_it_is_ordered(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    database = a_region(orderflode, tmp_path)
    file = tmp_path / "lista.csv"

    ended = orderflode.run("recall", "12345", *WHY, "--out", file, "--stop", "--json")

    assert ended.document | {"recall": 1, "rows": 6, "patients": 3, "stopped": True} == ended.document
    assert ended.document["units"] == {"receiver": 5, "store": 6}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with_receivers = [(row["patient"], row["individnummer"], row["antal"], row["adress"]) for row in rows_in(file)[:4]]
    assert with_receivers[:2] == [
        ("20000101-1493", "SN-9", "1", "Låtsasgatan 1, 652 24 Karlstad"),
        ("19140168-2396", "SN-10", "1", "Låtsasgatan 1, 652 24 Karlstad"),
    ]
    # One import numbers its orders in no order that its file knows.
    assert sorted(with_receivers[2:]) == [
        ("", "", "2", "Rådhusgatan 2, 652 25 Karlstad"),
        ("18900101-9802", "", "1", ""),
    ]
    assert [(row["plats"], row["lager"], row["antal"]) for row in rows_in(file)[4:]] == [
        ("i lager", "10", "4"),
        ("i lager", "50301", "2"),
    ]
    with database.transaction() as tx:
        logged = tx.execute("SELECT action, why, details ->> 'article' FROM access_log").fetchall()
    assert logged == [("recall", WHY[1], "12345")] * 3
    database.close()
    for secret in (PERSONNUMMER, "20000101-1493", "Testperson", "Låtsasgatan"):
        assert secret not in ended.out + ended.err

    orderflode.run("import", write_orders(tmp_path / "more.ndjson", [an_order("B-2", ("12345", 1))]))
    orderflode.run("load", tmp_path / "master")
    orderflode.run("work", "--until-done")
    assert orderflode.read("order", "show", "import:B-2")["violations"][0]["code"] == "article-withdrawn"
    orderflode.run("lift-stop", "12345", "--reason", "bromsen är bytt")
    assert "inget köpstopp" in orderflode.run("lift-stop", "12345", "--reason", "igen", status=1).complaint
    assert orderflode.read("verify")["broken"] == []


def test_a_range_of_serial_numbers_finds_its_own_and_those_nobody_knows(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    a_region(orderflode, tmp_path).close()
    file = tmp_path / "lista.csv"

    out = orderflode.run("recall", "12345", *WHY, "--from-serial", "SN-10", "--to-serial", "SN-99", "--out", file).out

    assert [row["individnummer"] for row in rows_in(file) if row["individnummer"]] == ["SN-10"]
    assert "utan känt individnummer, kan inte uteslutas (serial number unknown): 9" in out
    assert "patienter (patients): 2" in out


def test_a_recall_that_cannot_be_written_or_tried_reads_nothing(orderflode: CommandLine, tmp_path: Path) -> None:
    database = a_region(orderflode, tmp_path)
    file = tmp_path / "lista.csv"
    there = tmp_path / "finns-inte" / "lista.csv"

    assert "lista.csv" in orderflode.run("recall", "12345", *WHY, "--out", there, status=2).err
    assert "finns inte" in orderflode.run("recall", "99999", *WHY, "--out", file, status=1).err
    assert "orsak" in orderflode.run("recall", "12345", "--reason", " ", "--out", file, status=1).err
    wrong = ("--from-serial", "SN-10", "--to-serial", "SN-9")
    assert "Serieintervallet" in orderflode.run("recall", "12345", *WHY, *wrong, "--out", file, status=2).err

    assert not list(tmp_path.glob("*lista.csv*"))
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM access_log").fetchone() == (0,)
        assert tx.execute("SELECT count(*) FROM recall").fetchone() == (0,)
    database.close()


def test_where_nobody_can_be_logged_no_data_leave(orderflode: CommandLine, tmp_path: Path) -> None:
    a_region(orderflode, tmp_path).close()
    with Database(orderflode.environment["DATABASE_URL"]).session() as owner:
        owner.execute("REVOKE EXECUTE ON FUNCTION write_looks FROM orderflode_worker")

    recalled = orderflode.run("recall", "12345", *WHY, "--out", tmp_path / "lista.csv", "--stop", status=2)
    shown = orderflode.run("patient", "show", *WHY, typed=PERSONNUMMER, status=2)

    assert (recalled.out, shown.out) == ("", "")
    assert not list(tmp_path.glob("*lista.csv*"))
    with Database(orderflode.environment["DATABASE_URL"]).session() as owner:
        assert owner.execute("SELECT count(*) FROM recall_row").fetchone() == (0,)
        assert owner.execute("SELECT count(*) FROM article WHERE withdrawn").fetchone() == (0,)
