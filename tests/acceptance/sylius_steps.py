"""Sylius' sentences in our commands: each sentence of a scenario has a step here, or is told to be about payment.

On hold is allocated; a shipment is an order's utleverans. Next: test_sylius_features.py, which plays the features.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from acceptance.peer_play import Plot, Scene
from acceptance.world import an_order, write_orders

NOT_OURS = (
    r'the store operates on a single channel in ".*"',
    r"the store ships everywhere for Free",
    r'the store has ".*" shipping method with ".*" fee',
    r"the store allows paying .*",
    r"I am logged in as an administrator",
    r'the customer chose ".*" shipping method .*with ".*"(?: payment)?',
    r'the customer ".*" addressed it to .*',
    r'(?:this order|the order ".*") is already paid',
    r"this order has been refunded",
    r'it should have payment state ".*"',
    r"there should be only 1 payment",
    r'this order should have order payment state ".*"',
    r'".*" product is tracked by the inventory',
)
"""Shops, customers, freight and payment: nothing of them is in a service of orders and stock."""


@dataclass(slots=True)
class Story:
    """What a scenario has told so far: who is who, and which of its claims do not hold here."""

    scene: Scene
    letters: dict[str, str] = field(default_factory=dict)
    """The article of each product or variant."""
    lines: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    """What each order asks for, until it is placed."""
    order: str = ""
    """The order told of last."""
    product: str = ""
    browsed: list[str] = field(default_factory=list)
    said: str = ""
    denied: list[str] = field(default_factory=list)

    def letter(self, product: str) -> str:
        self.product = product
        return self.letters.setdefault(product, chr(ord("A") + len(self.letters)))

    def claim(self, sentence: str, holds: bool) -> None:
        if not holds:
            self.denied.append(sentence)

    def state(self, order: str) -> str:
        return str(self.scene.placed(order)["state"])

    def shelf(self, product: str) -> dict[str, int]:
        return self.scene.shelf(self.letter(product))


Step = Callable[..., bool | None]
"""Takes the story and what the sentence names; gives whether a claim holds."""

STEPS: dict[str, Step] = {}


def step(sentence: str) -> Callable[[Step], Step]:
    def add(function: Step) -> Step:
        STEPS[sentence] = function
        return function

    return add


def units_are(story: Story, product: str, units: str | int) -> None:
    story.scene.given(**{story.letter(product): int(units)})


@step(r'the store has a product "([^"]+)"')
def product(story: Story, name: str) -> None:
    """Ten of each, where nothing else is told."""
    units_are(story, name, 10)


@step(r'the product "[^"]+" has "([^"]+)" variant priced at ".*"')
def variant(story: Story, name: str) -> None:
    story.letter(name)


@step(r'there are (\d+) units of (?:product )?"([^"]+)"(?: variant of product "[^"]+")? available in the inventory')
def available(story: Story, units: str, name: str) -> None:
    units_are(story, name, units)


@step(r'the product "([^"]+)" is out of stock')
def empty(story: Story, name: str) -> None:
    units_are(story, name, 0)


@step(r'there is a customer ".*" that placed an order "#(\d+)"(?: in channel ".*")?')
def placed(story: Story, order: str) -> None:
    story.order = order
    story.lines[order] = []


@step(r'the customer bought (a single|\d+) (?:units of )?"([^"]+)"(?: products| variant of product "[^"]+")?')
def bought(story: Story, units: str, name: str) -> None:
    story.lines[story.order].append((story.letter(name), 1 if units == "a single" else int(units)))


@step(r"this order has already been shipped")
def shipped_before(story: Story) -> None:
    story.scene.pick(story.order)


@step(
    r'(?:the customer cancelled this order|this order was cancelled|the order "#\d+" was cancelled|I cancel this order)'
)
def cancel(story: Story) -> None:
    story.said = story.scene.run("order", "cancel", story.scene.reference(story.order), "--reason", "ångrat").out


@step(r'I view the summary of the order "#(\d+)"')
def view_order(story: Story, order: str) -> None:
    story.order = order


@step(r'I view (?:all )?variants of the product "([^"]+)"')
def view_product(story: Story, name: str) -> None:
    story.product = name


@step(r"I check this product's details")
def view_this(story: Story) -> None:
    """It was told of last."""


@step(r"I browse (?:orders|shipments)")
def browse(story: Story) -> None:
    story.browsed = [order["external_id"] for order in story.scene.orders.values()]


@step(r'I choose "shipped" as a shipment state')
def choose_shipped(story: Story) -> None:
    listed = story.scene.read("orders", "--state", "utleverans")
    story.browsed = [each["external_id"] for each in listed if each["external_id"] in story.browsed]


@step(r"I filter")
def filtered(story: Story) -> None:
    """What was chosen is listed already."""


@step(r'I ship the shipment of order "#(\d+)"(?: with ".*" tracking code)?')
def ship_order(story: Story, order: str) -> None:
    story.scene.pick(order)
    story.said = "shipped"


@step(r'I try to ship the shipment of order "#(\d+)"')
def ship_again(story: Story, order: str) -> None:
    story.said = story.scene.run("confirm", "pick", story.scene.reference(order), status=1).err


@step(r'it is ".*" now')
def moment(story: Story) -> None:
    """The clock is the database's; nobody sets it."""


@step(r"I should be notified that (?:it|the shipment) has been successfully (?:updated|shipped)")
def notified(story: Story) -> bool:
    return bool(story.said)


@step(r"I should be notified that shipment has been already shipped")
def already_shipped(story: Story) -> bool:
    return "och kan inte plockas" in story.said


@step(r'its state should be "Cancelled"')
def is_cancelled(story: Story) -> bool:
    return story.state(story.order) == "cancelled"


@step(r'it should have shipment in state "Cancelled"')
def shipment_is_cancelled(story: Story) -> bool:
    """A cancelled order leaves nothing to ship: no units are picked, and there is no utleverans."""
    order = story.scene.placed(story.order)
    return order["state"] == "cancelled" and not order["utleveranser"] and not any(x["picked"] for x in order["lines"])


@step(r"I should not be able to cancel this order")
def cannot_cancel(story: Story) -> bool:
    again = story.scene.run("order", "cancel", story.scene.reference(story.order), "--reason", "igen", status=1)
    return "Redan makulerad" in again.err


@step(r"I should see a single shipment in the list")
def single(story: Story) -> bool:
    return len(story.browsed) == 1


@step(r'I should (not )?see a shipment of order "#(\d+)"')
def sees(story: Story, absent: str | None, order: str) -> bool:
    return (story.scene.external_id(order) in story.browsed) is (absent is None)


@step(r'I should see the shipment of order "#(\d+)" as "Shipped"')
def seen_as_shipped(story: Story, order: str) -> bool:
    return story.state(order) == "utleverans"


@step(r'I should see the shipment of order "#(\d+)" shipped at "(.*)"')
def shipped_at(story: Story, order: str, moment: str) -> bool:
    history = story.scene.read("order", "show", story.scene.reference(order))["history"]
    return any(each["event"] == "pick" and moment in each["at"] for each in history)


@step(r'an email with the .*"#\d+" order should be sent to ".*"')
@step(r'an email with the shipment\'s confirmation of the order "#\d+" should be sent to ".*"')
def mail(story: Story) -> bool:
    """There is no address of a receiver to send to, and no such command."""
    return False


@step(r"(\d+) units of this product should be on hold")
def on_hold(story: Story, units: str) -> bool:
    return story.shelf(story.product)["allocated"] == int(units)


@step(r"there should be no units of this product on hold")
def none_on_hold(story: Story) -> bool:
    return story.shelf(story.product)["allocated"] == 0


@step(r"(\d+) units of this product should be on hand")
def on_hand(story: Story, units: str) -> bool:
    return story.shelf(story.product)["on_hand"] == int(units)


@step(r'the (?:variant )?"([^"]+)"(?: variant)?(?: of "[^"]+" product)? should have (\d+) items on (hand|hold)')
def items(story: Story, name: str, units: str, where: str) -> bool:
    return story.shelf(name)["on_hand" if where == "hand" else "allocated"] == int(units)


@step(r"I should see that it is out of stock")
def seen_empty(story: Story) -> bool:
    return story.shelf(story.product)["on_hand"] == 0


@step(r"I should be unable to add it to the cart")
def cannot_order(story: Story) -> bool:
    """Asked by a dry run of an import that orders it."""
    scene = story.scene
    file = scene.command.folder / f"{scene.name}.ndjson"
    write_orders(file, [an_order(scene.external_id("1"), (scene.article(story.letter(story.product)), 1))])
    tried = scene.read("import", file, "--dry-run")
    return bool(tried["refused"] or tried["would_reject"])


SETTING = (product, variant, available, empty, placed, bought)
"""Steps that tell what is given: orders are placed when the last of them is told."""


def scenarios(feature: Path) -> Iterator[tuple[str, list[str]]]:
    """The feature's scenarios by name, each with its sentences, those of the background first."""
    background: list[str] = []
    name, told = "", background
    for line in map(str.strip, feature.read_text(encoding="utf-8").splitlines()):
        keyword, _, rest = line.partition(" ")
        if keyword == "Scenario:":
            if name:
                yield name, told
            name, told = rest, list(background)
        elif keyword in {"Given", "When", "Then", "And", "But"}:
            told.append(rest)
    yield name, told


def plot_of(sentences: list[str], denied: list[str]) -> Callable[[Scene], Plot]:
    """The plot of a scenario; `denied` gets the claims that do not hold here. KeyError: one has no step."""
    steps = [found for sentence in sentences if (found := _step_of(sentence))]

    def plot(scene: Scene) -> Plot:
        story, looked = Story(scene, denied=denied), False
        for sentence, does, names in steps:
            if does not in SETTING:
                for order, lines in story.lines.items():
                    scene.order(order, *lines)
                story.lines = {}
                # Whoever is to see anything sees it after the workers have worked.
                if not looked or scene.ordered or scene.picked or scene.works:
                    looked = True
                    yield
            outcome = does(story, *names)
            if outcome is not None:
                story.claim(sentence, outcome)

    return plot


def _step_of(sentence: str) -> tuple[str, Step, tuple[str | None, ...]] | None:
    if any(re.fullmatch(each, sentence) for each in NOT_OURS):
        return None
    found = [(does, match.groups()) for each, does in STEPS.items() if (match := re.fullmatch(each, sentence))]
    if len(found) != 1:
        raise KeyError(sentence)
    return sentence, *found[0]
