"""Does the page show the machines as they are? Compared with what the machines allow.

Next: test_machines.py, where the machines themselves are compared with a table.
"""

from pathlib import Path

import pytest

from backoffice.lifecycle_page import PAGE, lifecycle_page, mermaid
from workflows.machines import OrderMachine, Transition, swedish_name, transitions
from workflows.order_types import OrderType

PROJECT = Path(__file__).resolve().parents[2]
STATES = [str(state.value) for state in OrderMachine.states]


def as_people_read_it(transition: Transition) -> str:
    """The line of the Mermaid text, without its guard."""
    event = transition.event.replace("_", " ").capitalize()
    return f"{transition.from_state} --> {transition.to_state} : {event}"


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
