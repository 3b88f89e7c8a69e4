"""Does every table that we write for people go through safe_csv? A module that writes CSV by other means is named."""

import ast
from pathlib import Path

PROJECT = Path(__file__).parents[2]
ROOMS = ("config", "workflows", "exchange", "tasks", "backoffice")
ALLOWED = {"exchange/demo_data/writing.py"}
"""Master data of the demonstration: made up, and read by nobody but `orderflode load`."""


def writers() -> set[str]:
    """The files that use csv's writers, or write a line of separated cells by hand."""
    found = set()
    for room in ROOMS:
        for path in (PROJECT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                uses_csv = isinstance(node, ast.Attribute) and node.attr in {"writer", "DictWriter"}
                by_hand = (
                    isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join"
                    and isinstance(node.func.value, ast.Constant) and node.func.value.value in {";", "\t"}
                )  # fmt: skip
                if uses_csv or by_hand:
                    found.add(str(path.relative_to(PROJECT)))
    return found


def test_one_module_alone_writes_tables_for_people() -> None:
    assert writers() - ALLOWED == {"exchange/outgoing/safe_csv.py"}
