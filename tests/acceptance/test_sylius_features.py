"""Do Sylius' own acceptance scenarios hold here? Their sentences, verbatim, played through the command line.

The features are Sylius' (MIT). Sentences about shops, freight and payment have no meaning here and are passed over;
every other one has a step, and one that does not hold is told with its reason. Next: sylius_steps.py.
"""

from pathlib import Path
from typing import NamedTuple

import pytest
from acceptance.peer_play import play
from acceptance.sylius_steps import plot_of, scenarios
from command_line import CommandLine

FEATURES = Path(__file__).resolve().parents[3] / "shared" / "samples" / "scenarios" / "sylius"

pytestmark = pytest.mark.skipif(not FEATURES.exists(), reason="the sample data are not beside the project")


class Difference(NamedTuple):
    """Why we differ from a scenario, and the sentences of it that do not hold here."""

    why: str
    sentences: list[str]


NO_MAIL = "A receiver has no address of mail here; the paper that follows the goods is the följesedel."
MAILED = 'an email with the "UPS" shipment\'s confirmation for the "#00000001" order should be sent to '

POLICY = {
    "Release hold units after order has been paid": Difference(
        "Nothing is paid for: units leave the shelf when they are picked, and are reserved until then.",
        ["2 units of this product should be on hand", "there should be no units of this product on hold"],
    ),
    "Not being able to add a product to the cart when it is out of stock": Difference(
        "Who orders what is not there waits for it (restnoterad).", ["I should be unable to add it to the cart"]
    ),
    "Shipping a shipment from shipments index": Difference(NO_MAIL, [f'{MAILED}"donald@duck.com"']),
    "Shipping a shipment with tracking code from shipments index": Difference(
        NO_MAIL,
        ['an email with the shipment\'s confirmation of the order "#00000001" should be sent to "donald@duck.com"'],
    ),
    "Setting date when a shipment has been shipped": Difference(
        "When something happened is the database's clock to tell; nobody sets it.",
        ['I should see the shipment of order "#00000001" shipped at "20-02-2020 10:30:05"'],
    ),
}
"""The scenarios in which we differ, each with the reason."""


@pytest.mark.timeout(600)
def test_every_scenario_of_sylius_holds_but_for_the_differences_that_are_told(orderflode: CommandLine) -> None:
    told = [each for feature in sorted(FEATURES.glob("*.feature")) for each in scenarios(feature)]
    assert len(told) == len({name for name, _ in told}) == 18
    denied: dict[str, list[str]] = {name: [] for name, _ in told}

    play(orderflode, {f"S{place}": plot_of(lines, denied[name]) for place, (name, lines) in enumerate(told)})

    assert {name: sentences for name, sentences in denied.items() if sentences} == {
        name: difference.sentences for name, difference in POLICY.items()
    }
    assert orderflode.read("verify")["broken"] == []
