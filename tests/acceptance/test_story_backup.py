"""A backup as a person makes it: while the workers work, into an empty house, with the keys kept apart.

The person's way with lost keys and a full database, too. What a restore puts where is test_restore.py's matter.
"""

import os
import signal
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest
from acceptance.world import an_order, write_master_data, write_orders
from backup_world import an_empty_database, things_in
from command_line import CommandLine
from waiting import wait_for

from config.server_urls import ServerUrls

ARTICLE, HELD_UP, SIZE = "12345", "A-1", 40


@pytest.fixture
def another_house(orderflode: CommandLine, servers: ServerUrls, tmp_path: Path) -> Iterator[CommandLine]:
    """The command on an empty database, in a home where nothing is."""
    with an_empty_database(servers) as url:
        yield orderflode.with_environment(DATABASE_URL=url, ORDERFLODE_HOME=str(tmp_path / "another"))


def load(orderflode: CommandLine, size: int) -> None:
    """So many orders to a vårdenhet, and as many of other goods to the kommunlager."""
    stock = {("10", ARTICLE): size, ("10", HELD_UP): size}
    orderflode.run("load", write_master_data(orderflode.folder / "master", stock))
    lagerflytt: dict[str, object] = {
        "order_type": "lagerflyttsorder", "customer_order_type": "lagerflytt",
        "receiver": {"kind": "kommunlager", "id": "50301"}, "orderer": {"person": "lager-1", "unit": "03-05"},
    }  # fmt: skip
    orders = [an_order(f"B-{number}", (ARTICLE, 1)) for number in range(size)]
    orders += [an_order(f"L-{number}", (HELD_UP, 1), **lagerflytt) for number in range(size)]
    result = orderflode.read("import", write_orders(orderflode.folder / "orders.ndjson", orders))
    assert result["accepted"] == 2 * size


def states(database_url: str) -> Counter[str]:
    with psycopg.connect(database_url) as connection:
        return Counter(dict(connection.execute("SELECT state, count(*) FROM orders GROUP BY state").fetchall()))


def test_a_backup_made_while_workers_work_is_one_moment_and_its_orders_end_in_the_other_house(
    orderflode: CommandLine, another_house: CommandLine, tmp_path: Path
) -> None:
    load(orderflode, SIZE)
    url = orderflode.environment["DATABASE_URL"]
    with orderflode.started("work", "--until-done") as work:
        with psycopg.connect(url) as holder:
            # Holds one worker still inside its transaction, and would hold the backup if that took locks.
            holder.execute("SELECT FROM stock_balance WHERE store = '10' AND article = %s FOR UPDATE", (HELD_UP,))
            wait_for(lambda: states(url)["delivered"] == SIZE, 120)
            made = orderflode.read("backup", tmp_path / "kept.zip", "--keys-to", tmp_path / "keys.json")
        assert work.ended().status == 0
    assert states(url) == {"delivered": 2 * SIZE}

    told = another_house.read("restore", tmp_path / "kept.zip", "--keys-from", tmp_path / "keys.json")

    assert told["verify"]["broken"] == []
    assert told["rows"] == made["rows"] == sum(made["tables"].values())
    there = another_house.environment["DATABASE_URL"]
    assert states(there) == {"delivered": SIZE, "draft": SIZE}
    another_house.run("work", "--until-done")
    assert states(there) == {"delivered": 2 * SIZE}
    with psycopg.connect(there) as connection:
        (last,) = connection.execute("SELECT max(number) FROM utleverans").fetchone() or ()
    assert last.endswith(f"-{2 * SIZE:06}")
    assert another_house.read("verify")["broken"] == []


def test_a_backup_is_a_file_of_mode_0600_without_the_keys_and_says_what_is_lost_without_them(
    orderflode: CommandLine, tmp_path: Path
) -> None:
    load(orderflode, 1)
    folder = tmp_path / "backups"
    folder.mkdir()
    said = orderflode.run("backup", folder)
    (file,) = folder.iterdir()
    assert said.out.splitlines()[0] == str(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with ZipFile(file) as backup:
        assert [name for name in backup.namelist() if "key" in name] == ["tables/key_check.copy"]
    assert f"Nycklarna ingår inte: {orderflode.environment['ORDERFLODE_HOME']}/keys.json" in said.out
    assert "- patienternas nummer, namn, adresser" in said.out

    orderflode.run("backup", tmp_path / "second.zip", "--keys-to", tmp_path / "keys.json")
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert "finns redan" in orderflode.run("backup", tmp_path / "second.zip", status=2).complaint
    assert (
        "finns redan"
        in orderflode.run("backup", tmp_path / "third.zip", "--keys-to", tmp_path / "keys.json", status=2).err
    )


def test_a_restore_that_cannot_be_is_told_and_leaves_nothing(
    orderflode: CommandLine, another_house: CommandLine, tmp_path: Path
) -> None:
    load(orderflode, 1)
    file = tmp_path / "kept.zip"
    orderflode.run("backup", file)
    there = another_house.environment["DATABASE_URL"]

    refused = another_house.run("restore", file, status=2)
    assert "saknas" in refused.err
    assert "Inget är ändrat" in refused.err
    assert "- patienternas nummer, namn, adresser" in refused.err
    full = orderflode.run("restore", file, status=2)
    assert "Databasen är inte tom" in full.err
    assert "Inget är ändrat" in full.err
    damaged = bytearray(file.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "damaged.zip").write_bytes(damaged)
    assert "skadad" in another_house.run("restore", tmp_path / "damaged.zip", "--keys-lost", status=2).err
    assert "ingen säkerhetskopia" in another_house.run("restore", tmp_path / "master" / "stock.csv", status=2).complaint
    assert things_in(there) == []
    assert not Path(another_house.environment["ORDERFLODE_HOME"]).exists()

    lost = another_house.read("restore", file, "--keys-lost")
    assert (lost["keys"], lost["verify"]["broken"]) == ("lost", [])
    assert len(lost["lost"]) == 4
    another_house.run("work", "--until-done")
    assert states(there) == {"delivered": 2}


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_restore_that_is_ended_half_way_leaves_nothing(
    number: signal.Signals, status: int, orderflode: CommandLine, another_house: CommandLine, tmp_path: Path
) -> None:
    load(orderflode, 1)
    orderflode.run("backup", tmp_path / "kept.zip", "--keys-to", tmp_path / "keys.json")
    there = another_house.environment["DATABASE_URL"]
    with psycopg.connect(there) as holder:
        # Who migrates takes this lock first: the restore stands still in its transaction.
        holder.execute("SELECT pg_advisory_xact_lock(hashtext('orderflode.migrate'))")
        with (
            another_house.started("restore", tmp_path / "kept.zip", "--keys-from", tmp_path / "keys.json") as restore,
            psycopg.connect(there, autocommit=True) as watcher,
        ):
            wait_for(lambda: is_waiting(watcher))
            os.kill(restore.process.pid, number)
            # 130: it was interrupted, and took away what it had put there.
            assert restore.process.wait(60) == status
    assert things_in(there) == []
    assert not Path(another_house.environment["ORDERFLODE_HOME"]).exists()


def is_waiting(watcher: psycopg.Connection) -> bool:
    row = watcher.execute(
        "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database = "
        "(SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    return row is not None and row[0] > 0
