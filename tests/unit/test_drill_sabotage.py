"""Does every sabotage still find the guard it takes away? That the judge sees it: acceptance/test_drill.py."""

import subprocess
import sys

import pytest

from drill.sabotage.patches import replace
from drill.sabotage.switches import SABOTAGES

PATCHED = sorted(name for name, sabotage in SABOTAGES.items() if sabotage.patch is not None)


@pytest.mark.parametrize("name", PATCHED)
def test_a_patch_finds_its_guard_in_the_process_it_is_meant_for(name: str) -> None:
    command = [sys.executable, "-m", "drill.sabotage", name, "--", "platform"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_a_guard_that_is_gone_is_not_taken_away_in_silence() -> None:
    with pytest.raises(AttributeError):
        replace(SABOTAGES, "no_such_guard", None)


def test_every_sabotage_takes_something_away_and_says_what_shows_it() -> None:
    assert [each.name for each in SABOTAGES.values() if not (each.sql or each.patch) or not each.reveals] == []
