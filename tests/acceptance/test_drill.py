"""Does it hold when things break? The drill itself: a minute of faults, three minutes of all, and guards taken away.

The ten-minute drill is `make drill`; what it found is told in docs/reliability.md. The judge: unit/test_drill_judge.py.
"""

import pytest
from command_line import CommandLine

from drill.faults import FAULTS
from drill.sabotage.switches import SABOTAGES

TELLING = (
    "kill-worker-child",
    "kill-all-workers",
    "kill-dispatcher",
    "end-worker",
    "postgres-crash",
    "postgres-backends-terminated",
    "commit-answer-lost",
    "redis-empty",
    "hints-doubled",
    "hot-rows-held",
)
"""The classes that tell most in a short time."""


@pytest.mark.timeout(400)
def test_a_minute_of_the_most_telling_faults_breaks_nothing(embedded: CommandLine) -> None:
    words = ("drill", "--seed", 1, "--minutes", 0.8, "--classes", ",".join(TELLING))
    report = embedded.read(*words, patience=390)
    assert report["green"]
    assert report["faults"]["classes"] == len(TELLING)
    assert report["operations"]["orders"] > 100


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_three_minutes_of_all_faults_break_nothing(embedded: CommandLine) -> None:
    report = embedded.read("drill", "--seed", 2, "--minutes", 3, patience=1190)
    assert report["green"]
    assert report["faults"]["classes"] == len(FAULTS)


@pytest.mark.long
@pytest.mark.timeout(400)
@pytest.mark.parametrize("name", SABOTAGES)
def test_a_guard_that_is_taken_away_is_missed(embedded: CommandLine, name: str) -> None:
    report = embedded.read("drill", "--sabotage", name, status=1, patience=390)
    assert {*SABOTAGES[name].reveals} & {each for each, finding in report["findings"].items() if finding["count"]}
