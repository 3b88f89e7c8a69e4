"""How do the data of an older PostgreSQL reach the embedded one? By the three commands that its refusal names.

The older server is Debian's, where it is installed; the data are a house full of orders. Next: test_restore.py.
"""

import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_world import an_installation
from command_line import CommandLine, plain_environment
from integration.embedded_users import remove_roots_data
from old_postgres import old_server, older_programs

from config.database import Database
from config.embedded.account import server_account
from config.embedded.layout import POSTGRES, Layout
from workflows.migrations import migrate

PROGRAMS = older_programs()
pytestmark = pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL older than the embedded is installed")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home whose embedded data an older PostgreSQL has made; `kept.zip` is the backup made with that."""
    assert PROGRAMS is not None
    home = tmp_path.resolve() / "home"
    home.mkdir()
    with old_server(PROGRAMS) as (url, data):
        migrate(url)
        what = an_installation(Database(url), home)
        older = CommandLine(plain_environment(DATABASE_URL=url, ORDERFLODE_HOME=str(home)), tmp_path)
        assert older.read("backup", tmp_path / "kept.zip")["server"].startswith(PROGRAMS.parent.name)
        what.database.close()
        put_in_the_place_of_the_embedded_data(data, home)
    yield home
    remove_roots_data(home)


def put_in_the_place_of_the_embedded_data(data: Path, home: Path) -> None:
    layout = Layout(home)
    layout.make()
    ours = layout.data_folder() / POSTGRES
    account = server_account(ours)
    shutil.copytree(data, ours, ignore=shutil.ignore_patterns("postmaster.*"))
    for path in (ours, *ours.rglob("*")):
        os.chown(path, account.uid, account.gid)


def embedded(home: Path) -> CommandLine:
    return CommandLine(plain_environment(ORDERFLODE_HOME=str(home)), home.parent)


def test_older_data_reach_the_embedded_server_by_the_commands_its_refusal_names(home: Path) -> None:
    ours = embedded(home)
    said = ours.run("verify", status=2).err
    assert "med den version av Orderflöde som skapade dem: orderflode backup FIL; " in said
    move = re.search(r"FIL; (mv \S+ \S+); orderflode restore FIL", said)
    assert move is not None, said
    subprocess.run(move[1].split(), check=True)

    # Keys and documents stand where they stood.
    result = ours.read("restore", home.parent / "kept.zip")

    assert result["verify"]["broken"] == []
    assert result["documents"] == {"readable": 2, "missing": 0, "unreadable": 0}
    assert Path(move[1].split()[-1], "PG_VERSION").read_text().strip() != "18"
    ours.run("work", "--until-done")
    orders = ours.read("orders")
    assert Counter(order["state"] for order in orders) == {"delivered": 7, "backordered": 1}
    numbers = sorted(number for order in orders for number in order["utleveranser"])
    assert [number[-7:] for number in numbers] == [f"-00000{n}" for n in range(1, 8)]
