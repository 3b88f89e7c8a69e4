"""Is a forked command the installed one? It says the same, ends the same, and is a process that can be stopped."""

import subprocess
from dataclasses import replace

import psutil
import pytest
from command_line import COMMAND, CommandLine, CommandLoaded, plain_environment
from waiting import wait_for


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


def test_what_is_called_first_and_what_another_python_would_run_is_started_as_installed() -> None:
    loaded, environment = CommandLoaded(), plain_environment()
    try:
        assert not loaded.takes(["order", "show", "1"], environment)
        assert loaded.takes(["order", "show", "2"], environment | {"ORDERFLODE_KEY_PREFIX": "other:"})
        assert not loaded.takes(["order", "cancel", "2"], environment)
        assert not loaded.takes(["order", "show", "2"], environment | {"PYTHONUTF8": "1"})
    finally:
        loaded.close()
