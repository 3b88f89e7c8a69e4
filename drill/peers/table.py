"""How do the engines compare? Several reports in one table: a row an engine, a column for each of the judge's words.

A report is what `python -m drill.peers --json` and `orderflode drill --json` write.
"""

from collections.abc import Iterable
from typing import Any

OURS = "orderflode"
FINDINGS = (
    "lost", "duplicated", "moved-twice", "oversold", "ledger", "numbers", "skipped", "double-ends", "unexpected",
    "stuck", "held",
)  # fmt: skip
"""The judge's words that every engine is judged by."""


def comparison(reports: Iterable[dict[str, Any]]) -> str:
    """The table, in Markdown."""
    rows = [_row(report) for report in reports]
    heads = ["engine", "acknowledged", "delivered", *FINDINGS, "quiet after", "faults seen/injected (classes)"]
    return "\n".join(
        [
            _line(heads),
            _line(["---", *("---:" for _ in heads[1:])]),
            *(_line(row) for row in rows),
        ]
    )


def _row(report: dict[str, Any]) -> list[str]:
    faults, minutes, seconds = report["faults"], report["minutes"], report["seconds_to_quiet"]
    return [
        f"{report.get('engine', OURS)}, seed {report['seed']}, {minutes:g} min",
        str(report["operations"]["orders"]),
        str(report["states"].get("delivered", 0)),
        *(str(report["findings"][name]["count"]) for name in FINDINGS),
        "never" if report["findings"]["stuck"]["count"] else f"{seconds:.0f} s",
        f"{faults['observed']}/{faults['injected']} ({faults['classes']})",
    ]


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
