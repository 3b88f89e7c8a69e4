"""Where do the boxes and arrows of a state machine's picture run? The main line from left to right.

Beside it, above, is where everything may end (cancelled); below, what waits: rejected and backordered. Arrows to
`cancelled` join a rail at its height. Next: diagrams.py, which draws them.
"""

from typing import NamedTuple

MAIN_LINE = ("draft", "validated", "picked", "utleverans", "delivered")

BOX_WIDTH, BOX_HEIGHT = 124, 46
_GAP = 108
_LEFT = 44
_TOP, _MAIN, _BELOW = 12, 106, 240

WIDTH = _LEFT + len(MAIN_LINE) * (BOX_WIDTH + _GAP) - _GAP + 12
HEIGHT = _BELOW + BOX_HEIGHT + 38


def _column(number: int) -> int:
    return _LEFT + number * (BOX_WIDTH + _GAP)


PLACES = {state: (_column(number), _MAIN) for number, state in enumerate(MAIN_LINE)} | {
    "rejected": (_column(0), _BELOW),
    "backordered": (_column(1), _BELOW),
    "cancelled": (_column(2), _TOP),
}
"""The upper left corner of each state's box."""


class Way(NamedTuple):
    """An arrow's path, and where the text beside it stands."""

    path: str
    x: float
    y: float
    anchor: str = "middle"


def way(source: str, target: str) -> Way:
    """How the arrow from one state to another runs."""
    (x, y), (to_x, to_y) = PLACES[source], PLACES[target]
    if source == target:
        return _loop(x, y)
    if target == "cancelled":
        return _to_cancelled(x, y)
    if y == to_y:
        start, end, level = x + BOX_WIDTH, to_x, y + BOX_HEIGHT / 2
        return Way(f"M{start},{level} H{end}", (start + end) / 2, level - 6)
    if x == to_x:
        # Down and up between two boxes, a little apart; each text stands to the left of its line.
        return (
            Way(f"M{x + 40},{y + BOX_HEIGHT} V{to_y}", x + 36, y + BOX_HEIGHT + 18, "end")
            if to_y > y
            else Way(f"M{x + 104},{y} V{to_y + BOX_HEIGHT}", x + 100, to_y + BOX_HEIGHT + 40, "end")
        )
    # From above to the row below, a column further.
    level = to_y - 22
    path = f"M{x + BOX_WIDTH - 8},{y + BOX_HEIGHT} V{level} H{to_x + 14} V{to_y}"
    return Way(path, (x + BOX_WIDTH + to_x) / 2, level - 6)


def _loop(x: int, y: int) -> Way:
    """A short way out of the box and back: over its left half on the main line, under it below."""
    outside, direction = (y, -1) if y == _MAIN else (y + BOX_HEIGHT, 1)
    path = f"M{x + 12},{outside} v{14 * direction} h30 v{-14 * direction}"
    return Way(path, x + 57, outside - 18 if direction < 0 else outside + 27, "end")


def _to_cancelled(x: int, y: int) -> Way:
    """Up to the rail and along it; from the row below by the free space left of a box, or right of it."""
    end_x, end_y = PLACES["cancelled"]
    rail, beside = end_y + BOX_HEIGHT / 2, _MAIN - 6
    if y == _MAIN:
        middle = x + BOX_WIDTH / 2
        if x == end_x:
            return Way(f"M{middle},{y} V{end_y + BOX_HEIGHT}", middle + 5, beside - 6, "start")
        end = end_x if x < end_x else end_x + BOX_WIDTH
        return Way(f"M{middle},{y} V{rail} H{end}", middle + 5, beside, "start")
    level = y + BOX_HEIGHT / 2
    start, up = (x, x - 26) if x == _LEFT else (x + BOX_WIDTH, x + BOX_WIDTH + 20)
    return Way(f"M{start},{level} H{up} V{rail} H{end_x}", up + 5, beside, "start")
