"""Do we come to what other systems come to? Facts read from the tests of Vendure, Saleor, Tryton, Odoo, cosmicpython
and NAV, played through the command line; where we differ, it is said why.

Next: peer_scenarios.py, the scenarios as they are played here.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from acceptance.peer_play import play
from acceptance.peer_scenarios import PLOTS
from command_line import CommandLine

FACTS = Path(__file__).resolve().parents[3] / "shared" / "samples" / "scenarios" / "peer_scenarios.json"

pytestmark = pytest.mark.skipif(not FACTS.exists(), reason="the sample data are not beside the project")


class Difference(NamedTuple):
    """Why we differ from a peer, and what comes of the scenario here instead."""

    why: str
    ours: dict[str, Any]


POLICY = {
    "STOCK-LIMIT": Difference(
        "Lager 10 refuses nobody for want of goods: the order waits (restnoterad), by priority and age.",
        {"error": None, "state": "backordered", "A": {"on_hand": 3, "allocated": 0}},
    ),
    "ALLOC-2": Difference(
        "An order is delivered from the one store that it names (R1-R6); what is missing waits there as a restorder.",
        {"WH1": {"allocated": 4}, "WH2": {"allocated": 0}},
    ),
    "ALLOC-3": Difference(
        "Nothing at all is reserved here either, but the order is no error: it waits (restnoterad).",
        {"error": None, "state": "backordered", "allocations_written": 0},
    ),
    "PICK-PARTIAL": Difference(
        "Packing and sending are one step, the utleverans, made by the system so that it is never forgotten.",
        {
            "after_assign": ["assigned", "draft"],
            "after_ignore_quantities": [0, 1],
            "delivered_quantity": 1,
            "who": "picked_by set at pick, packed_by and shipped_by at create_utleverans, done_by at deliver; "
            "none earlier",
        },
    ),
    "OUT-OF-STOCK-EVENT": Difference(
        "Nobody is sent a message for each order: what is lacking stands in the list of backorders.",
        {"order2": "not allocated", "event": "listed among the backorders"},
    ),
    "NAV-RATE": Difference(
        "No orderer is limited in number: how often a device may be ordered for is the prescriber's to judge.",
        {"error": None, "stored_orders": 6},
    ),
}
"""The scenarios in which we differ, each with the reason."""


@pytest.mark.timeout(600)
def test_every_scenario_of_the_peers_comes_to_their_numbers_or_to_a_difference_that_is_told(
    orderflode: CommandLine,
) -> None:
    facts = {each["id"]: each["expect"] for each in json.loads(FACTS.read_text(encoding="utf-8"))["scenarios"]}

    scenes = play(orderflode, PLOTS)

    seen = {name: outcome for scene in scenes for name, outcome in scene.seen.items()}
    assert seen.keys() == facts.keys()
    differing = {name: outcome for name, outcome in seen.items() if outcome != facts[name]}
    assert differing == {name: difference.ours for name, difference in POLICY.items()}
    assert orderflode.read("verify")["broken"] == []
