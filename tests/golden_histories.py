"""Which ways have orders gone, release by release? Each release's are recorded; today's machines must still go them.

An order in flight when a new release comes has gone the ways of the old one, and its history is read for ever. The
files of earlier releases are never written again. Next: golden_recording.py (the command that records the present one),
unit/test_golden_histories.py.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from workflows.machines import Group, Transition, advance

FOLDER = Path(__file__).parent / "golden"


class History(NamedTuple):
    """The way of an order: (event, from, to) of each transition, its creation first."""

    order_type: str
    went: tuple[tuple[str, str | None, str], ...]

    def transitions(self) -> set[Transition]:
        """The transitions in it, without the creation."""
        return {Transition(self.order_type, event, str(before), after) for event, before, after in self.went[1:]}


def replay(history: History) -> list[str]:
    """The states that today's machines go through on the history's events, by the facts that it tells of.

    Raises StepNotAllowed where they do not go that way.
    """
    states = ["draft"]
    numbered = False
    for event, _, after in history.went[1:]:
        facts = Group(
            states[-1], rules_broken=after == "rejected", goods_missing=after == "backordered", has_utleverans=numbered
        )
        states.append(advance(history.order_type, event, facts))
        numbered |= event == "create_utleverans"
    return states


def file_of(release: str) -> Path:
    """Where the histories of a release are kept."""
    return FOLDER / f"histories_{release}.ndjson"


def read(path: Path) -> list[History]:
    """The histories of a file."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [
        History(row["order_type"], tuple((event, before, after) for event, before, after in row["went"]))
        for row in rows
    ]


def write(path: Path, histories: Sequence[History]) -> None:
    """The histories, one a line."""
    lines = [json.dumps(each._asdict(), ensure_ascii=False) for each in histories]
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
