"""How do the state machines look? Drawn from the machines themselves, for the command line, the docs and the pages.

Here is the picture; where its arrows run is in diagram_ways.py, and the machines as text are in lifecycle_page.py.
"""

from collections.abc import Callable, Collection, Mapping
from html import escape
from itertools import groupby

from backoffice import words
from backoffice.diagram_ways import BOX_HEIGHT, BOX_WIDTH, HEIGHT, PLACES, WIDTH, Way, way
from workflows.machines import swedish_name, transitions

# Where no stylesheet of ours is; the pages have colours of their own for the same classes.
_ALONE = (
    "<style>svg{font-family:sans-serif}rect{fill:#fff;stroke:#222}text{fill:#222;font-size:13px}"
    ".name{font-weight:bold}.event{fill:#333;font-size:11px}path{fill:none;stroke:#666}"
    "marker path{fill:#666;stroke:none}</style>"
)

_LONG = 14
"""Letters that have room above an arrow between two boxes, and a few more."""


def drawn(order_type: str) -> str:
    """The machine as an SVG picture of its own: states by both their names, events by their codes."""
    boxes = [f'<g id="{state}">{_box(state, swedish_name(state), state, "code")}</g>' for state in PLACES]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
            f"<title>{escape(order_type)}</title>",
            _ALONE,
            *_arrows(order_type, lambda event: event),
            *boxes,
            "</svg>",
        ]
    )


def diagram_with(
    order_type: str,
    language: str = "sv",
    *,
    counts: Mapping[str, int] | None = None,
    here: str | None = None,
    passed: Collection[str] = (),
    address_of: Callable[[str], str] | None = None,
) -> str:
    """The machine as an SVG for within a page, in one language.

    `counts` says how many orders stand in each state (one that is not named shows none), `here` is the state of one
    order, `passed` those that it has been in; `address_of` makes each box a link to where it says.
    """
    name = words.word("type", order_type, language).capitalize()
    told = f"{name}, {_told(here, language)}" if here else name
    boxes = []
    for state in PLACES:
        word = words.word("state", state, language).capitalize()
        count = _number(counts[state]) if counts is not None and state in counts else ""
        box = _box(state, word, count, "count")
        if address_of is not None:
            label = f"{name}, {word.lower()}" + (f": {count}" if count else "")
            link = f'<a id="{order_type}-{state}-link" href="{escape(address_of(state))}" aria-label="{escape(label)}">'
            box = f"{link}{box}</a>"
        standing = ' class="here"' if state == here else ' class="passed"' if state in passed else ""
        boxes.append(f'<g id="{order_type}-{state}"{standing}>{box}</g>')
    return "\n".join(
        [
            # With links in it, it is a group of them; without, one picture.
            f'<svg class="diagram" viewBox="0 0 {WIDTH} {HEIGHT}" role="{"group" if address_of else "img"}" '
            f'aria-label="{escape(told)}">',
            '<g aria-hidden="true">',
            *_arrows(order_type, lambda event: words.word("event", event, language)),
            "</g>",
            *boxes,
            "</svg>",
        ]
    )


def _told(here: str, language: str) -> str:
    word = words.word("state", here, language)
    return f"här: {word}" if language == "sv" else f"here: {word}"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def _arrows(order_type: str, called: Callable[[str], str]) -> list[str]:
    """One for each pair of states, with its events beside it."""
    end = f"end-{order_type}"
    parts = [
        f'<defs><marker id="{end}" markerWidth="9" markerHeight="9" refX="8" refY="4" orient="auto">'
        '<path d="M0,0 L9,4 L0,8 z"/></marker></defs>'
    ]
    pairs = sorted(transitions(order_type), key=lambda each: (each.from_state, each.to_state))
    for (source, target), group in groupby(pairs, key=lambda each: (each.from_state, each.to_state)):
        arrow = way(source, target)
        events = ", ".join(called(each.event) for each in group)
        parts.append(f'<path d="{arrow.path}" marker-end="url(#{end})"/>')
        # What is too long for above the arrow goes on below it.
        above, _, below = (
            events.partition(" ") if arrow.anchor == "middle" and len(events) > _LONG else (events, "", "")
        )
        parts.append(_event(above, arrow, 0))
        if below:
            parts.append(_event(below, arrow, 18))
    return parts


def _event(text: str, arrow: Way, down: int) -> str:
    return f'<text class="event" x="{arrow.x}" y="{arrow.y + down}" text-anchor="{arrow.anchor}">{escape(text)}</text>'


def _box(state: str, name: str, below: str, kind: str) -> str:
    x, y = PLACES[state]
    middle = x + BOX_WIDTH / 2
    lines = [("name", name, 19 if below else 27), *([(kind, below, 37)] if below else [])]
    return f'<rect x="{x}" y="{y}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="8"/>' + "".join(
        f'<text class="{line}" x="{middle}" y="{y + down}" text-anchor="middle">{escape(text)}</text>'
        for line, text, down in lines
    )
