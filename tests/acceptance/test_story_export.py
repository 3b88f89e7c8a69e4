"""Can a kommun be billed by what it got? The story of a day's deliveries as files for a Swedish Excel."""

import csv
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from acceptance.world import an_order, write_master_data, write_orders
from command_line import CommandLine
from request_bodies import PERSONNUMMER, a_body

TODAY = datetime.now(ZoneInfo("Europe/Stockholm")).date()
PERIOD = ("--kommun", "Karlstad", "--from", TODAY, "--to", TODAY)


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return list(csv.DictReader(handle, delimiter=";"))


def test_a_kommun_gets_its_deliveries_and_sums_and_nobodys_number(orderflode: CommandLine, tmp_path: Path) -> None:
    stock = {("10", "12345"): 9, ("50301", "12345"): 9, ("50301", "00890"): 1}
    orderflode.run("load", write_master_data(tmp_path / "master", stock))
    lines = [{"article": "12345", "quantity": 1}, {"article": "00890", "quantity": 2}]
    orders = [an_order("B-1", ("12345", 2)), a_body(ordered_on=TODAY.isoformat(), lines=lines)]
    orderflode.run("import", write_orders(tmp_path / "orders.ndjson", orders))
    orderflode.run("work", "--until-done")
    out = tmp_path / "deliveries.csv"

    written = orderflode.read("export", "deliveries", *PERIOD, "--out", out)

    assert written == {
        "export": "deliveries", "kommun": "Karlstad", "from": TODAY.isoformat(), "to": TODAY.isoformat(),
        "file": str(out), "rows": 3,
    }  # fmt: skip
    assert out.read_bytes().startswith('\ufeff"datum";"utleverans";"order";'.encode())
    rows = rows_of(out)
    assert sorted((row["mottagartyp"], row["mottagare"], row["artikel"], row["antal"]) for row in rows) == [
        ("patient", "", "00890", "2"),
        ("patient", "", "12345", "1"),
        ("vardenhet", "03-05", "12345", "2"),
    ]
    assert {row["iso-klass"] for row in rows} == {"122203"}
    for secret in (PERSONNUMMER, "Öberg", "Storgatan", "054", "J-17", "Ring"):
        assert secret not in out.read_text(encoding="utf-8-sig")

    twice = tmp_path / "again.csv"
    orderflode.run("export", "deliveries", *PERIOD, "--out", twice)
    assert twice.read_bytes() == out.read_bytes()

    orderflode.run("export", "iso", *PERIOD, "--out", tmp_path / "iso.csv")
    assert [tuple(row.values()) for row in rows_of(tmp_path / "iso.csv")] == [
        ("Karlstad", "122203", "5", "2", "0", "0")
    ]
    orderflode.run("export", "differences", *PERIOD, "--out", tmp_path / "differences.csv")
    assert [(row["slagkod"], row["artikel"], row["funna"]) for row in rows_of(tmp_path / "differences.csv")] == [
        ("difference", "00890", "1")
    ]
    assert orderflode.read("export", "returns", *PERIOD, "--out", tmp_path / "returns.csv")["rows"] == 0


def test_what_cannot_be_exported_leaves_the_file_as_it_was(orderflode: CommandLine, tmp_path: Path) -> None:
    orderflode.run("load", write_master_data(tmp_path / "master", {}))
    out = tmp_path / "out.csv"
    out.write_text("förra månaden")
    unknown = ("--kommun", "Karlsstad", *PERIOD[2:])

    assert "kommun" in orderflode.run("export", "iso", *unknown, "--out", out, status=1).complaint
    assert orderflode.run("export", "invoices", *PERIOD, "--out", out, status=2).complaint
    assert "absent" not in orderflode.run("export", "iso", *PERIOD, "--out", tmp_path / "absent" / "x", status=2).out
    backwards = (*PERIOD[:2], "--from", "2026-02-01", "--to", "2026-01-31")
    assert orderflode.run("export", "iso", *backwards, "--out", out, status=2).complaint
    orderflode.run("export", "iso", *PERIOD[:4], "--to", "2026-02-31", "--out", out, status=2)

    assert out.read_text() == "förra månaden"
    assert sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".csv") == ["out.csv"]
