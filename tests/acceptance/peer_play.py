"""How are peers' scenarios played? Through the command line, many side by side in one region, round by round.

A scenario is a generator over a scene of its own: its articles begin with its name. What it orders, picks and delivers
before a `yield` is done for all scenes together; then the workers work, and everybody looks.
Next: peer_scenarios.py and sylius_steps.py, the scenarios.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from acceptance.world import an_order, write_orders, write_table
from command_line import CommandLine, Ended

HMS, OWN_STORE, SWIFT_STORE = "10", "50301", "50401"
"""At the first two a person confirms pick and delivery; at the third everything goes by itself."""

Line = tuple[str, int]
Plot = Generator[None, None, None]


@dataclass(slots=True)
class Scene:
    """One scenario's part of the region. Orders are told by their number, articles by their letter."""

    name: str
    command: CommandLine
    stock: dict[tuple[str, str], int] = field(default_factory=dict)
    """(store, letter) → units at the beginning; what is told after the first yield is not heard."""
    articles: set[str] = field(default_factory=set)
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The scene's orders as `orders --json` shows them, by external id."""
    balances: dict[tuple[str, str], dict[str, int]] = field(default_factory=dict)
    refusals: dict[str, list[str]] = field(default_factory=dict)
    """Codes of the violations of orders that were refused, by external id."""
    seen: dict[str, object] = field(default_factory=dict)
    """What came of each scenario, to be compared with what its peer expects."""
    ordered: list[dict[str, Any]] = field(default_factory=list)
    picked: list[str] = field(default_factory=list)
    delivered: list[str] = field(default_factory=list)
    works: bool = False
    """Whether commands of its own have left work for the workers."""

    def given(self, store: str = HMS, **units: int) -> None:
        """So many units stand on the store's shelf."""
        self.articles.update(units)
        self.stock.update({(store, letter): number for letter, number in units.items()})

    def article(self, letter: str) -> str:
        return f"{self.name}-{letter}"

    def external_id(self, number: str) -> str:
        return f"{self.name}-{number}"

    def order(self, number: str, *lines: Line, sender: str = HMS, **changes: object) -> None:
        """Order (letter, units) lines from the sender to a vårdenhet whose own store it is, or lager 10."""
        self.articles.update(letter for letter, _ in lines)
        unit, person = ("04-01", "best-2") if sender == SWIFT_STORE else ("03-05", "best-1")
        parties = {
            "sender": sender,
            "receiver": {"kind": "vardenhet", "id": unit},
            "orderer": {"person": person, "unit": unit},
        }
        told = [(self.article(letter), units) for letter, units in lines]
        self.ordered.append(an_order(self.external_id(number), *told) | parties | changes)

    def pick(self, number: str) -> None:
        self.picked.append(self.reference(number))

    def deliver(self, number: str) -> None:
        self.delivered.append(self.reference(number))

    def reference(self, number: str) -> str:
        return f"import:{self.external_id(number)}"

    def placed(self, number: str) -> dict[str, Any]:
        """The order as it was at the last look."""
        return self.orders[self.external_id(number)]

    def rest_of(self, number: str) -> dict[str, Any]:
        """The order's restorder."""
        (rest,) = self.placed(number)["restorder"]
        return next(order for order in self.orders.values() if order["id"] == rest)

    def shelf(self, letter: str, store: str = HMS) -> dict[str, int]:
        """on_hand, and what of it is allocated: reserved, and picked but still in outbound."""
        balance = self.balances.get((store, self.article(letter)), {"on_hand": 0, "reserved": 0, "outbound": 0})
        return {"on_hand": balance["on_hand"], "allocated": balance["reserved"] + balance["outbound"]}

    def run(self, *words: object, status: int = 0) -> Ended:
        """A command of this scene alone, at once."""
        self.works = True
        return self.command.run(*words, status=status)

    def read(self, *words: object) -> Any:
        return self.command.read(*words)


def play(command: CommandLine, plots: dict[str, Callable[[Scene], Plot]]) -> list[Scene]:
    """Play every plot to its end in one region; the scenes, as they were left."""
    scenes = {name: Scene(name, command) for name in plots}
    playing = {name: plot(scenes[name]) for name, plot in plots.items()}
    first = True
    with ThreadPoolExecutor(2) as threads:
        while playing:
            going_on = list(threads.map(_goes_on, playing.values()))
            if first:
                command.run("load", _master_data(command, list(scenes.values())))
                first = False
            playing = {name: plot for (name, plot), on in zip(playing.items(), going_on, strict=True) if on}
            if playing:
                _act(command, list(scenes.values()))
                _look(command, list(scenes.values()), threads)
    return list(scenes.values())


def _goes_on(plot: Plot) -> bool:
    try:
        next(plot)
    except StopIteration:
        return False
    return True


def _act(command: CommandLine, scenes: Sequence[Scene]) -> None:
    """Do what the scenes asked for since the last look, and let the workers work."""
    orders = [order for scene in scenes for order in scene.ordered]
    if orders:
        done = command.run(
            "import", write_orders(command.folder / "orders.ndjson", orders), "--json", status=_any_refused(orders)
        ).document
        for refused in done["orders"]:
            scene = next(each for each in scenes if refused["external_id"].startswith(f"{each.name}-"))
            scene.refusals[refused["external_id"]] = [each["code"] for each in refused["violations"]]
    picked = [reference for scene in scenes for reference in scene.picked]
    delivered = [reference for scene in scenes for reference in scene.delivered]
    if picked:
        command.run("confirm", "pick", *picked)
    if delivered:
        command.run("confirm", "deliver", *delivered)
    if orders or picked or any(scene.works for scene in scenes):
        command.run("work", "--until-done")
    for scene in scenes:
        scene.ordered, scene.picked, scene.delivered, scene.works = [], [], [], False


def _any_refused(orders: Sequence[dict[str, Any]]) -> int:
    """The exit code that an import of the orders has: only an order without lines is malformed here."""
    return int(any(not order["lines"] for order in orders))


def _look(command: CommandLine, scenes: Sequence[Scene], threads: ThreadPoolExecutor) -> None:
    orders, stock = threads.map(command.read, ("orders", "stock"))
    for scene in scenes:
        begins = f"{scene.name}-"
        scene.orders = {
            order["external_id"]: order
            for order in orders
            if any(line["article"].startswith(begins) for line in order["lines"])
        }
        scene.balances = {
            (balance["store"], balance["article"]): balance
            for balance in stock
            if balance["article"].startswith(begins)
        }


def _master_data(command: CommandLine, scenes: Sequence[Scene]) -> Any:
    folder = command.folder / "master"
    folder.mkdir()
    stores = [
        [HMS, "HMS", "hms", "", "confirmed", "confirmed"],
        [OWN_STORE, "Karlstad", "kommun", "Karlstad", "confirmed", "confirmed"],
        [SWIFT_STORE, "Kil", "kommun", "Kil", "automatic", "automatic"],
    ]
    write_table(folder / "stores.csv", "code,name,kind,kommun,picking,delivery", stores)
    units = [["03-05", "Hemvården", "Karlstad", OWN_STORE], ["04-01", "Rehab", "Kil", SWIFT_STORE]]
    write_table(folder / "units.csv", "code,name,kommun,own_store", units)
    people = [["best-1", "orderer", "03-05"], ["best-2", "orderer", "04-01"], ["lager-1", "lagerpersonal", "03-05"]]
    write_table(folder / "people.csv", "id,roles,unit", people)
    articles = ([scene.article(letter)] for scene in scenes for letter in sorted(scene.articles))
    write_table(folder / "articles.csv", "number", articles)
    stock = (
        [store, scene.article(letter), units] for scene in scenes for (store, letter), units in scene.stock.items()
    )
    write_table(folder / "stock.csv", "store,article,on_hand", stock)
    return folder
