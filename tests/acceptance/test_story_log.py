"""Is the access log worked with by commands: written, sealed, told to the patient, reviewed, and the keys changed?

Next: docs/access_log.md.
"""

import json
import stat
from pathlib import Path

from acceptance.world import write_master_data, write_orders
from command_line import CommandLine
from request_bodies import PERSONNUMMER, SAMORDNINGSNUMMER, with_line
from sealing import wait_for_others

from config.database import Database

WHY = ("--reason", "begäran från patienten")


def actions(orderflode: CommandLine) -> list[str]:
    """What the log says was done, in order."""
    with Database(orderflode.environment["DATABASE_URL"]).session() as owner:
        return [action for (action,) in owner.execute("SELECT action FROM access_log ORDER BY id")]


def test_a_patient_is_told_who_looked_and_the_reviewer_decides(orderflode: CommandLine, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {("50301", "12345"): 9}))
    orderflode.run("import", write_orders(tmp_path / "o.ndjson", [with_line() | {"partial": False}]))
    orderflode.run("work", "--until-done")
    (order,) = orderflode.read("orders")
    (number,) = order["utleveranser"]
    note, everything = tmp_path / "note.pdf", tmp_path / "patient.json"

    orderflode.run("utleverans", "document", number, "--out", note)
    orderflode.run("export", "deliveries", "--kommun", "Karlstad", "--from", "2026-01-01", "--to", "2030-12-31",
                   "--out", tmp_path / "deliveries.csv")  # fmt: skip
    orderflode.run("patient", "show", *WHY, typed=PERSONNUMMER)
    orderflode.run("patient", "show", *WHY, typed=SAMORDNINGSNUMMER, status=1)
    assert actions(orderflode) == ["print", "export", "patient_show", "patient_search"]

    told = orderflode.read("log", "patient", *WHY, typed=PERSONNUMMER)
    assert [each["action"] for each in told] == ["patient_show", "print"]
    assert {each["role"] for each in told} == {"operator"}
    wait_for_others(Database(orderflode.environment["DATABASE_URL"]))
    sealed = orderflode.read("log", "seal")
    assert (sealed["sealed"], sealed["last"]) == (5, 1)
    assert sealed["digest"] in orderflode.run("log", "seal").out

    rows = orderflode.read("log", "sample", "--count", 10)
    assert {row["action"] for row in rows} == {"print", "export", "patient_show", "patient_search", "log_extract"}
    shown = next(row["id"] for row in rows if row["action"] == "patient_show")
    assert "say what was done" in orderflode.run("log", "review", shown, "--decision", "wrong", status=1).err
    orderflode.run("log", "review", shown, "--decision", "right")
    assert shown not in {row["id"] for row in orderflode.read("log", "sample", "--count", 10)}
    assert [each["look"] for each in orderflode.read("log", "reviews")] == [shown]
    assert orderflode.read("log", "retention") == {
        "seals": [],
        "looks": 0,
        "patients": [],
        "account_events": 0,
        "done": False,
    }
    for wrong in (("log", "sample", "--kind", "x"), ("log", "review", 1, "--decision", "x")):
        assert "Välj bland" in orderflode.run(*wrong, status=2).err

    kept = orderflode.read("patient", "export", *WHY, "--out", everything, typed=PERSONNUMMER)
    assert kept["orders"] == 1
    assert json.loads(everything.read_text())["numbers"] == [{"kind": "personnummer", "number": PERSONNUMMER}]
    assert stat.S_IMODE(everything.stat().st_mode) == 0o600
    assert "return them" in orderflode.run("patient", "erase", *WHY, typed=PERSONNUMMER, status=1).err

    assert orderflode.read("keys", "rotate") == {"key": "k2", "left": {}}
    orderflode.run("patient", "show", *WHY, typed=PERSONNUMMER)
    again = tmp_path / "again.pdf"
    orderflode.run("utleverans", "document", number, "--out", again)
    assert again.read_bytes() == note.read_bytes()
    assert orderflode.read("verify")["broken"] == []


def test_a_log_that_was_tampered_with_is_told_by_verify(orderflode: CommandLine, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {}))
    orderflode.run("patient", "show", *WHY, typed=PERSONNUMMER, status=1)
    with Database(orderflode.environment["DATABASE_URL"]).session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE access_log SET actor = 'någon annan'")
    assert "row 1: changed" in orderflode.run("verify", status=1).out
    (broken,) = orderflode.read("verify", status=1)["broken"]
    assert (broken["name"], broken["where"]) == ("access-log-stands", ["row 1: changed"])
