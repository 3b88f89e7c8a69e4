"""How do the state machines read as text? Written from the machines themselves: Mermaid, and the page in docs/."""

import inspect
import re
from pathlib import Path

from workflows.machines import MACHINES, OrderMachine, Transition, swedish_name, transitions

PAGE = "docs/order_lifecycle.md"


def mermaid(order_type: str) -> str:
    """The machine as a Mermaid state diagram."""
    return f"{MACHINES[order_type]:mermaid}".strip()


def lifecycle_page() -> str:
    """The page docs/order_lifecycle.md, generated from the machines."""
    parts = [
        "# En orders väg (the life of an order)",
        "Generated from `workflows/machines.py` by `make lifecycle`; a test fails when it is stale.",
        "## Lägen (states)",
        *(_state_paragraph(state.id) for state in OrderMachine.states),
    ]
    for order_type, machine in MACHINES.items():
        parts += [
            f"## {order_type}",
            " ".join((machine.__doc__ or "").split()),
            f"```mermaid\n{mermaid(order_type)}\n```",
            _table(list(transitions(order_type))),
        ]
    return "\n\n".join(parts) + "\n"


def _state_paragraph(name: str) -> str:
    """The sentences that stand under the state in the machine's source."""
    source = inspect.getsource(OrderMachine)
    found = re.search(rf'^    {name} = State\(.*?\)\n    """(.*?)"""', source, re.DOTALL | re.MULTILINE)
    assert found is not None, f"{name} has no docstring"
    return f"**{swedish_name(name)}** (`{name}`). {' '.join(found.group(1).split())}"


def _table(rows: list[Transition]) -> str:
    lines = [f"| {each.event} | {each.from_state} | {each.to_state} |" for each in rows]
    return "\n".join(["| Händelse (event) | Från (from) | Till (to) |", "|---|---|---|", *lines])


if __name__ == "__main__":
    Path(PAGE).write_text(lifecycle_page(), encoding="utf-8")
