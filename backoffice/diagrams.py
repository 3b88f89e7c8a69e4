"""How do the state machines look? Drawn from the machines themselves: Mermaid text, SVG, and the page in docs/."""

import inspect
import re
from html import escape
from itertools import groupby
from pathlib import Path

from workflows.machines import MACHINES, OrderMachine, Transition, swedish_name, transitions

PAGE = "docs/order_lifecycle.md"

_MAIN_LINE = ("draft", "validated", "picked", "utleverans", "delivered")
_WIDTH, _HEIGHT, _GAP = 130, 44, 60
_PLACES = {state: (40 + place * (_WIDTH + _GAP), 150) for place, state in enumerate(_MAIN_LINE)} | {
    "rejected": (40, 290),
    "backordered": (40 + (_WIDTH + _GAP), 290),
    "cancelled": (40 + 2 * (_WIDTH + _GAP), 20),
}


def mermaid(order_type: str) -> str:
    """The machine as a Mermaid state diagram."""
    return f"{MACHINES[order_type]:mermaid}".strip()


def drawn(order_type: str) -> str:
    """The machine as an SVG picture: the main line from left to right, what stands beside it above and below."""
    width = 80 + len(_MAIN_LINE) * (_WIDTH + _GAP) - _GAP
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} 360" font-family="sans-serif" font-size="13">',
        f"<title>{escape(order_type)}</title>",
        '<defs><marker id="end" markerWidth="9" markerHeight="9" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z"/></marker></defs>',
    ]
    pairs = sorted(transitions(order_type), key=lambda each: (each.from_state, each.to_state))
    for (source, target), group in groupby(pairs, key=lambda each: (each.from_state, each.to_state)):
        events = ", ".join(each.event for each in group)
        parts.append(_loop(source, events) if source == target else _arrow(source, target, events))
    parts += [_box(state) for state in _PLACES]
    return "\n".join([*parts, "</svg>"])


def _box(state: str) -> str:
    x, y = _PLACES[state]
    return (
        f'<g id="{state}"><rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="#fff" stroke="#222"/>'
        f'<text x="{x + _WIDTH / 2}" y="{y + 19}" text-anchor="middle" font-weight="bold">{swedish_name(state)}</text>'
        f'<text x="{x + _WIDTH / 2}" y="{y + 35}" text-anchor="middle" fill="#555">{state}</text></g>'
    )


def _arrow(source: str, target: str, events: str) -> str:
    (x1, y1), (x2, y2) = _PLACES[source], _PLACES[target]
    start: tuple[float, float]
    end: tuple[float, float]
    if y1 == y2:
        left_to_right = x2 > x1
        start = (x1 + _WIDTH if left_to_right else x1, y1 + _HEIGHT / 2)
        end = (x2 if left_to_right else x2 + _WIDTH, y2 + _HEIGHT / 2)
    else:
        # Up and down lines that run both ways stand a little apart.
        shift = 14 if y2 > y1 else -14
        start = (x1 + _WIDTH / 2 + shift, y1 + _HEIGHT if y2 > y1 else y1)
        end = (x2 + _WIDTH / 2 + shift, y2 if y2 > y1 else y2 + _HEIGHT)
    middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2 - 6)
    return (
        f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="#666" marker-end="url(#end)"/>'
        f'<text x="{middle[0]}" y="{middle[1]}" text-anchor="middle" font-size="11" fill="#333">{events}</text>'
    )


def _loop(state: str, events: str) -> str:
    """A short way out of the box and back, under its right half."""
    x, y = _PLACES[state]
    right, bottom = x + _WIDTH - 12, y + _HEIGHT
    return (
        f'<path d="M{right - 44},{bottom} v14 h44 v-14" fill="none" stroke="#666" marker-end="url(#end)"/>'
        f'<text x="{right - 22}" y="{bottom + 26}" text-anchor="middle" font-size="11" fill="#333">{events}</text>'
    )


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
