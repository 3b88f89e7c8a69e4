"""Does every sabotage still find the guard it takes away? That the judge sees it: acceptance/test_drill.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from drill.sabotage.patches import NEVER, replace
from drill.sabotage.switches import SABOTAGES

PATCHED = sorted(name for name, sabotage in SABOTAGES.items() if sabotage.patch is not None)


@pytest.mark.parametrize("name", PATCHED)
def test_a_patch_finds_its_guard_in_the_process_it_is_meant_for(name: str) -> None:
    command = [sys.executable, "-m", "drill.sabotage", name, "--", "json.tool", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "json" in done.stdout


def test_the_patched_dispatcher_is_the_one_that_runs(tmp_path: Path) -> None:
    program = "import tasks.dispatcher\n\ndef main() -> None:\n    print(tasks.dispatcher.POLL)\n"
    (tmp_path / "says_how_often.py").write_text(program)
    command = [sys.executable, "-m", "drill.sabotage", "no-safety-poll", "--", "drill.poison", "--", "says_how_often"]
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert float(done.stdout) == NEVER


def test_a_guard_that_is_gone_is_not_taken_away_in_silence() -> None:
    with pytest.raises(AttributeError):
        replace(SABOTAGES, "no_such_guard", None)


def test_every_sabotage_takes_something_away_and_says_what_shows_it() -> None:
    assert [each.name for each in SABOTAGES.values() if not (each.sql or each.patch) or not each.reveals] == []
