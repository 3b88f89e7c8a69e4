"""Does docs/reliability.md know every fault class, every sabotage and every finding?"""

from pathlib import Path

from drill.faults import PHASES
from drill.sabotage.switches import SABOTAGES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reliability.md").read_text(encoding="utf-8")


def test_every_class_stands_on_the_page_with_its_phase_and_its_sentence() -> None:
    rows = {f"| `{fault.name}` | {phase} | {fault.tells} |" for phase, faults in PHASES.items() for fault in faults}
    assert sorted(rows - set(PAGE.splitlines())) == []


def test_every_sabotage_stands_on_the_page_and_beside_a_promise() -> None:
    assert [name for name in SABOTAGES if PAGE.count(f"`{name}`") < 2] == []


def test_everything_the_judge_must_find_is_explained() -> None:
    findings = {finding for sabotage in SABOTAGES.values() for finding in sabotage.reveals}
    assert [finding for finding in findings if f"`{finding}`" not in PAGE.split("## The promises")[0]] == []
