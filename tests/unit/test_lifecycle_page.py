"""Do the page and the pictures show the machines as they are? Compared with what the machines allow.

Next: test_machines.py, where the machines themselves are compared with a table.
"""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from backoffice.diagrams import PAGE, drawn, lifecycle_page, mermaid
from workflows.machines import OrderMachine, Transition, swedish_name, transitions
from workflows.order_types import OrderType

PROJECT = Path(__file__).resolve().parents[2]
STATES = [str(state.value) for state in OrderMachine.states]
SVG = "{http://www.w3.org/2000/svg}"


def as_people_read_it(transition: Transition) -> str:
    """The line of the Mermaid text, without its guard."""
    event = transition.event.replace("_", " ").capitalize()
    return f"{transition.from_state} --> {transition.to_state} : {event}"


def picture(order_type: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn(order_type))


def test_the_page_in_the_documentation_is_what_the_machines_say() -> None:
    assert (PROJECT / PAGE).read_text(encoding="utf-8") == lifecycle_page(), "run `make lifecycle`"


def test_the_page_says_of_every_state_what_it_means() -> None:
    page = lifecycle_page()
    for state in STATES:
        (paragraph,) = [
            part for part in page.split("\n\n") if part.startswith(f"**{swedish_name(state)}** (`{state}`)")
        ]
        assert len(paragraph.split()) > 10, state


def test_the_page_has_every_transition_of_every_order_type_in_its_table() -> None:
    page = lifecycle_page()
    for order_type in OrderType:
        section = page.partition(f"\n## {order_type}\n")[2].partition("\n## ")[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
        told = [f"| {each.event} | {each.from_state} | {each.to_state} |" for each in transitions(order_type)]
        assert sorted(rows) == sorted(told)


@pytest.mark.parametrize("order_type", OrderType)
def test_the_mermaid_text_mentions_every_transition_and_no_other(order_type: str) -> None:
    arrows = [line.strip() for line in mermaid(order_type).splitlines() if " --> " in line and "[*]" not in line]
    assert sorted(line.partition(" [")[0] for line in arrows) == sorted(map(as_people_read_it, transitions(order_type)))


@pytest.mark.parametrize("order_type", OrderType)
def test_the_mermaid_text_begins_at_draft_and_ends_at_both_ends(order_type: str) -> None:
    text = mermaid(order_type)
    assert text.startswith("stateDiagram-v2")
    assert {line.strip() for line in text.splitlines() if "[*]" in line} == {
        "[*] --> draft",
        "delivered --> [*]",
        "cancelled --> [*]",
    }


@pytest.mark.parametrize("order_type", OrderType)
def test_the_picture_is_well_formed_and_has_every_state_by_both_names(order_type: str) -> None:
    boxes = {
        str(box.get("id")): [text.text for text in box.iter(f"{SVG}text")]
        for box in picture(order_type).iter(f"{SVG}g")
    }
    assert boxes == {state: [swedish_name(state), state] for state in STATES}


@pytest.mark.parametrize("order_type", OrderType)
def test_the_picture_has_an_arrow_for_every_pair_of_states_with_its_events(order_type: str) -> None:
    root = picture(order_type)
    told: dict[tuple[str, str], list[str]] = {}
    for each in transitions(order_type):
        told.setdefault((each.from_state, each.to_state), []).append(each.event)
    labels = [text.text for text in root.findall(f"{SVG}text")]
    assert sorted(map(str, labels)) == sorted(", ".join(events) for events in told.values())
    loops = [pair for pair in told if pair[0] == pair[1]]
    assert len(root.findall(f"{SVG}path")) == len(loops)
    assert len(root.findall(f"{SVG}line")) == len(told) - len(loops)


@pytest.mark.parametrize("order_type", OrderType)
def test_the_picture_shows_everything_it_has(order_type: str) -> None:
    root = picture(order_type)
    left, top, width, height = map(float, root.get("viewBox", "").split())
    for box in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(box.get(name, "nan")) for name in ("x", "y", "width", "height"))
        assert left <= x
        assert top <= y
        assert x + wide <= left + width
        assert y + high <= top + height
