"""What is in an export, and whose? One kommun's rows of whole days, with no patient in them, the same each time."""

import csv
import tracemalloc
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from builders import a_lagerflytt, a_prescription, a_world, an_order, own_store_order, run_all, store
from psycopg.types.json import Jsonb

from config.database import Connection, Database
from exchange.outgoing.exports import UnknownKommun, UnwritableFile, write_export
from workflows.allocation import Goods
from workflows.counting import adjust_stock, receive_goods
from workflows.exports import EXPORTS
from workflows.period import Period

TODAY = datetime.now(ZoneInfo("Europe/Stockholm")).date()
TO_KIL = {"receiver_code": "04-01", "orderer_unit": "04-01"}


def exported(
    database: Database, folder: Path, name: str, kommun: str = "Karlstad", day: date = TODAY
) -> list[dict[str, str]]:
    out = folder / f"{name}.csv"
    written = write_export(database, name, kommun, Period(day, day), out)
    with out.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert written == len(rows)
    return rows


def step(tx: Connection, event: str, before: str, units: list[dict[str, Any]]) -> None:
    """A return's step by its door, with the units that its history tells of."""
    after = "closed" if event == "judge" else "received"
    tx.execute("SELECT move_returns('{1}', %s, %s, %s, 'anna', NULL, %s)", (event, before, after, Jsonb([units])))


def a_day_of_deliveries(database: Database) -> list[int]:
    a_world(database, stock={("10", "A1"): 20, ("10", "A2"): 20, ("50301", "A1"): 5})
    with database.transaction() as tx:
        tx.execute("UPDATE article SET gtin = '07350000000010', iso_class = '12220301' WHERE number = 'A1'")
        tx.execute("UPDATE article SET iso_class = '120612', name = '=2+3' WHERE number = 'A2'")
    ids = store(
        database,
        an_order(("A1", 2), ("A2", 1)),
        own_store_order(("A1", 1)),
        a_prescription(("A1", 1)),
        a_lagerflytt(("A1", 4)),
        an_order(("A1", 3), **TO_KIL),
    )
    run_all(database)
    return ids


def test_deliveries_are_a_row_a_line_of_the_kommuns_orders(database: Database, tmp_path: Path) -> None:
    order, own, patient, transfer, _ = a_day_of_deliveries(database)
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE order_line SET serial_numbers = '{SN-1,SN-2}' WHERE order_id = %s", (transfer,))

    rows = exported(database, tmp_path, "deliveries")

    assert [(int(row["order"]), row["artikel"], row["antal"]) for row in sorted(rows, key=lambda r: r["order"])] == [
        (order, "A1", "2"), (order, "A2", "1"), (own, "A1", "1"), (patient, "A1", "1"), (transfer, "A1", "4"),
    ]  # fmt: skip
    by_order = {int(row["order"]): row for row in rows}
    assert by_order[own] == {
        "datum": TODAY.isoformat(), "utleverans": f"50301-{TODAY.year}-000001", "order": str(own),
        "ordertyp": "bestallning", "kundordertyp": "", "levererande lager": "50301", "beställarens enhet": "03-05",
        "mottagartyp": "vardenhet", "mottagare": "03-05", "artikel": "A1", "benämning": "Artikel 1",
        "iso-klass": "12220301", "gtin": "07350000000010", "antal": "1", "individnummer": "", "beställd artikel": "",
    }  # fmt: skip
    assert (by_order[patient]["mottagartyp"], by_order[patient]["mottagare"]) == ("patient", "")
    assert by_order[transfer]["individnummer"] == "SN-1|SN-2"
    assert by_order[order]["benämning"] in ("Artikel 1", "'=2+3")
    assert [row["antal"] for row in exported(database, tmp_path, "deliveries", "Kil")] == ["3"]


def test_iso_classes_are_summed_and_what_goes_to_a_kommunlager_stands_apart(database: Database, tmp_path: Path) -> None:
    a_day_of_deliveries(database)

    assert [tuple(row.values()) for row in exported(database, tmp_path, "iso")] == [
        ("Karlstad", "120612", "1", "1", "0", "0"),
        ("Karlstad", "122203", "4", "3", "4", "0"),
    ]


def test_an_order_that_was_delivered_in_parts_is_one_order(database: Database, tmp_path: Path) -> None:
    a_world(database, stock={("10", "A1"): 1})
    store(database, an_order(("A1", 3), partial=True))
    run_all(database)
    for receipt in ("F-1", "F-2"):
        receive_goods(database, Goods("10", "A1"), 1, document=receipt, actor="bo")
        run_all(database)

    deliveries = exported(database, tmp_path, "deliveries")
    assert len({row["order"] for row in deliveries}) == len(deliveries) > 1
    (iso,) = exported(database, tmp_path, "iso")
    assert (iso["levererade enheter"], iso["ordrar"]) == (str(sum(int(row["antal"]) for row in deliveries)), "1")


def test_the_same_export_twice_is_the_same_file(database: Database, tmp_path: Path) -> None:
    a_day_of_deliveries(database)

    for name in EXPORTS:
        files = []
        for _ in range(2):
            exported(database, tmp_path, name)
            files.append((tmp_path / f"{name}.csv").read_bytes())
        assert files[0] == files[1]


def test_differences_are_the_stores(database: Database, tmp_path: Path) -> None:
    a_world(database, stock={("10", "A1"): 5})
    (own,) = store(database, own_store_order(("A1", 2)))
    run_all(database)
    adjust_stock(database, Goods("10", "A1"), 4, reason="lager 10", actor="bo")
    adjust_stock(database, Goods("50301", "A2"), 3, reason="-fel", actor="bo")

    rows = exported(database, tmp_path, "differences")

    assert [(row["slag"], row["slagkod"], row["funna"], row["saknade"], row["order"]) for row in rows] == [
        ("saldodifferens", "difference", "2", "0", str(own)),
        ("justering", "adjust", "3", "0", ""),
    ]
    assert rows[1]["orsak"] == "'-fel"


def test_returns_are_a_row_a_line_and_judgement(database: Database, tmp_path: Path) -> None:
    order, _, patient, _, other = a_day_of_deliveries(database)
    with database.transaction() as tx:
        tx.execute("INSERT INTO return_order (store, reason, asked, requested_by) VALUES ('10', 'ej behov', '{}', 'a')")
        for line_no, order_id in enumerate((order, patient, other), 1):
            tx.execute(
                "INSERT INTO return_line (return_id, line_no, article, order_id, order_line, requested) "
                "VALUES (1, %s, 'A1', %s, 1, 1)",
                (line_no, order_id),
            )
        tx.execute("UPDATE return_line SET received = 1")
        told = [
            {"line_no": n, "article": "A1", "units": 1, "to": "inspection", "serial_numbers": []} for n in (1, 2, 3)
        ]
        step(tx, "receive", "requested", told)
        tx.execute("UPDATE return_line SET restocked = 1 WHERE line_no = 1")
        tx.execute("UPDATE return_line SET written_off = 1, cause = 'trasig' WHERE line_no > 1")
        ways = {1: "store", 2: "written_off", 3: "written_off"}
        step(tx, "judge", "received", [one | {"to": ways[one["line_no"]]} for one in told])
        # One that was called off moved nothing.
        tx.execute("INSERT INTO return_order (store, reason, asked, requested_by) VALUES ('10', 'fel', '{}', 'a')")
        tx.execute("SELECT move_returns('{2}', 'cancel', 'requested', 'cancelled', 'anna', 'fel', '[null]')")

    rows = exported(database, tmp_path, "returns")

    assert [(row["rad"], row["bedömning"], row["order"], row["mottagartyp"], row["mottagare"]) for row in rows] == [
        ("1", "store", str(order), "vardenhet", "03-05"),
        ("2", "written_off", str(patient), "patient", ""),
    ]
    assert [row["rad"] for row in exported(database, tmp_path, "returns", "Kil")] == ["3"]
    assert [row["återlämnade enheter"] for row in exported(database, tmp_path, "iso")] == ["0", "2"]


def test_a_period_takes_whole_days(database: Database, tmp_path: Path) -> None:
    a_day_of_deliveries(database)
    assert exported(database, tmp_path, "deliveries", day=date(2020, 1, 1)) == []


def test_what_cannot_be_written_is_refused_and_leaves_nothing(database: Database, tmp_path: Path) -> None:
    a_world(database)
    period = Period(TODAY, TODAY)

    with pytest.raises(UnknownKommun):
        write_export(database, "iso", "Karlsstad", period, tmp_path / "iso.csv")
    with pytest.raises(UnwritableFile):
        write_export(database, "iso", "Karlstad", period, tmp_path / "absent" / "iso.csv")
    with pytest.raises(UnwritableFile):
        write_export(database, "iso", "Karlstad", period, tmp_path)

    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(database: Database, tmp_path: Path) -> None:
    (order, *_) = a_day_of_deliveries(database)

    def peak(rows: int) -> int:
        with database.session() as owner:
            owner.execute("SET session_replication_role = replica")
            owner.execute(
                "INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, order_id, "
                "order_version, line_no, actor) SELECT 'deliver', 'A1', 1, 'outbound', '10', 'receiver', '03-05', "
                "%s, %s + n, 1, 'test' FROM generate_series(1, %s) n",
                (order, rows, rows),
            )
        tracemalloc.start()
        exported_rows = write_export(database, "deliveries", "Karlstad", Period(TODAY, TODAY), tmp_path / "d.csv")
        assert exported_rows > rows
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    assert peak(40_000) < 1.5 * peak(4_000) + 1_000_000
