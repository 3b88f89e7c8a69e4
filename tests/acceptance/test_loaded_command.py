"""Is a forked command the installed one? It says the same, ends the same, and is a process that can be stopped."""

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from command_line import COMMAND, PATIENCE, CommandLine, CommandLoaded, plain_environment
from waiting import wait_for

from backoffice.supervisor import dispatcher, documents_worker, order_worker
from config.database import Database
from workflows.heartbeats import CANARY, DISPATCHER, all_heartbeats


@pytest.mark.parametrize(
    ("call", "status"), [("orders", 0), ("order show import:NO", 1), ("import absent.csv", 2), ("no-such-command", 2)]
)
def test_a_forked_command_ends_as_the_installed_one(
    orderflode: CommandLine, loaded: CommandLoaded, call: str, status: int
) -> None:
    installed = replace(orderflode, loaded=None).run(*call.split(), status=status)

    loaded.takes(call.split(), orderflode.environment)
    assert loaded.takes(call.split(), orderflode.environment)
    forked = loaded.run([str(COMMAND), *call.split()], orderflode.environment, "", 60)

    assert (forked.returncode, forked.stdout, forked.stderr) == (installed.status, installed.out, installed.err)


def test_a_forked_command_that_does_not_end_is_killed(orderflode: CommandLine, loaded: CommandLoaded) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        loaded.run([str(COMMAND), "work"], orderflode.environment, "", 0.0)

    wait_for(lambda: not psutil.Process(loaded.process_id).children(), what="its end")
    assert loaded.run([str(COMMAND), "orders"], orderflode.environment, "", 60).returncode == 0


def test_of_calls_that_end_at_once_each_is_told_its_own_end(loaded: CommandLoaded, orderflode: CommandLine) -> None:
    loaded.takes(["orders"], orderflode.environment)

    def ends(_: int) -> int:
        return loaded.run(["-m", "json.tool"], orderflode.environment, "[]", 60).returncode

    with ThreadPoolExecutor(30) as at_once:
        assert set(at_once.map(ends, range(60))) == {0}


def test_what_is_called_first_and_what_another_python_would_run_is_started_as_installed(tmp_path: Path) -> None:
    loaded, environment = CommandLoaded(tmp_path / "begun"), plain_environment()
    try:
        assert not loaded.takes(["order", "show", "1"], environment)
        assert loaded.takes(["order", "show", "2"], environment | {"ORDERFLODE_KEY_PREFIX": "other:"})
        assert not loaded.takes(["order", "cancel", "2"], environment)
        assert not loaded.takes(["order", "show", "2"], environment | {"PYTHONUTF8": "1"})
    finally:
        loaded.close()


@pytest.mark.parametrize(("how", "status"), [(signal.SIGTERM, 0), (signal.SIGKILL, -signal.SIGKILL)])
def test_workers_and_dispatcher_of_a_forked_command_are_forks_that_end_with_it(
    orderflode: CommandLine, loaded: CommandLoaded, database: Database, how: signal.Signals, status: int
) -> None:
    with ThreadPoolExecutor() as beside:
        working = beside.submit(loaded.run, [str(COMMAND), "work"], orderflode.environment, "", PATIENCE)
        wait_for(lambda: have_beaten(database) >= {DISPATCHER, CANARY}, PATIENCE, "both at work")
        wait_for(lambda: len(psutil.Process(loaded.process_id).children()) == 4, PATIENCE, "all forks")
        command, *forks = sorted(psutil.Process(loaded.process_id).children(), key=psutil.Process.create_time)
        started = [each.cmdline()[-2:] for each in command.children()]
        niceness = sorted(each.nice() for each in forks)
        command.send_signal(how)
        ended = working.result()

    assert ended.returncode == status and ended.stdout == ""
    assert started == [each[-2:] for each in (order_worker(), documents_worker(), dispatcher())]
    assert niceness == [os.nice(0), os.nice(0), 19]
    wait_for(lambda: not psutil.Process(loaded.process_id).children(), what="their end")


def test_what_else_a_forked_command_starts_is_started_by_python(loaded: CommandLoaded) -> None:
    told = subprocess.run([loaded.python, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True)
    assert told.stdout.strip() == sys.executable


def have_beaten(database: Database) -> set[str]:
    """Who was seen."""
    with database.transaction() as tx:
        return {name for name, _, _ in all_heartbeats(tx)}
