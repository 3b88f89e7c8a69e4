"""What does Översikt tell? The numbers of the whole region, or of the visitor's kommun, put together for the page.

Read from the database alone, at each look. Next: workflows/overview.py, workflows/kommun_status.py (the numbers),
templates/overview_now.html (how they look).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal, NamedTuple

from backoffice.json_text import STOCKHOLM
from backoffice.pages.visit import Visit
from workflows.heartbeats import CANARY, DISPATCHER
from workflows.kommun_status import kommun_status
from workflows.kommun_trend import kommun_trend
from workflows.machines import OrderMachine
from workflows.order_types import OrderType
from workflows.overview import status
from workflows.trend import Trend, trend

LIST = "/ordrar"

STATES = [str(state.value) for state in OrderMachine.states]
ENDS = [str(state.value) for state in OrderMachine.states if state.final]

SILENT_AFTER = 10.0
"""Seconds without a sign of a process that gives one each second, after which it is called silent."""


class Cell(NamedTuple):
    """The orders of a type in a state: how many, since when the oldest, and how many more than a day ago."""

    orders: int
    oldest: datetime | None
    change: int


class Asks(NamedTuple):
    """Something for a person to do: which, how many orders, at what bound counting may have ended, where they are."""

    name: str
    orders: int
    counted_as: str
    address: str

    @property
    def words(self) -> tuple[str, str, str, str]:
        """What they are, and what is to be done: each in Swedish and in English."""
        return _ASKS[self.name]


_ASKS = {
    "held": ("hållna", "held", "avhjälp orsaken och släpp", "mend the reason and release"),
    "own_store": (
        "eget lager utan utleverans", "own store without utleverans",
        "bekräfta plocket: godset är redan taget", "confirm the pick: the goods are taken already",
    ),
    "rejected": ("avvisade", "rejected", "rätta eller makulera", "amend or cancel"),
    "pick": (
        "har väntat länge på plock", "have waited long for the pick", "plocka och bekräfta", "pick and confirm",
    ),
    "delivery": (
        "har väntat länge på leverans", "have waited long for delivery",
        "bekräfta leveransen, eller bomkörning", "confirm the delivery, or that it failed",
    ),
    "stopped": (
        "har stannat", "have stopped", "se nedan att systemet arbetar", "see below that the system works",
    ),
    "backordered": (
        "restnoterade", "backordered", "går vidare själva när gods kommer", "go on by themselves when goods come",
    ),
}  # fmt: skip


class Sign(NamedTuple):
    """When a process was last seen: good, late, or bad."""

    sv: str
    en: str
    how: str
    seen_at: datetime | None
    seconds_ago: float | None


@dataclass(frozen=True)
class Numbers:
    """All numbers of one look."""

    at: datetime
    kommun: str | None
    told: dict[str, Any]
    """As workflows.overview.status tells it, or kommun_status."""
    trend: Trend
    canary_late: float

    @cached_property
    def cells(self) -> dict[tuple[str, str], Cell]:
        """By type and state; of a kommun, ended orders are not counted."""
        changed = self.trend.changed
        cells: dict[tuple[str, str], Cell] = {
            (each, state): Cell(0, None, changed.get((each, state), 0)) for each in OrderType for state in self.states
        }
        for row in self.told["orders"]:
            kind = (row["order_type"], row["state"])
            oldest = None if row["state"] in ENDS else row["oldest"]
            cells[kind] = Cell(row["count"], oldest, changed.get(kind, 0))
        return cells

    @property
    def states(self) -> list[str]:
        """The states whose orders are counted."""
        return STATES if self.kommun is None else [state for state in STATES if state not in ENDS]

    def counts(self, order_type: str) -> dict[str, int]:
        """How many orders of the type stand in each state."""
        return {state: cell.orders for (each, state), cell in self.cells.items() if each == order_type}

    def in_states(self, *states: str) -> int:
        """How many orders of any type stand in one of them."""
        return sum(cell.orders for (_, state), cell in self.cells.items() if state in states)

    def hourly(self, what: Literal["received", "delivered"]) -> list[tuple[str, int]]:
        """The hours of the last day by the clock in Sweden, `14`, with how many orders were so."""
        return [(f"{each.at.astimezone(STOCKHOLM):%H}", getattr(each, what)) for each in self.trend.hours]

    def is_more(self, name: str) -> bool:
        """Whether counting ended at that number."""
        return name in self.told["at_least"]

    @property
    def asks(self) -> list[Asks]:
        """What needs a person, the gravest first; the same ones always, so that nothing moves."""
        standing = self.told["standing"]
        stopped = "draft" if standing.get("draft") else "picked"
        return [
            Asks("held", self.told["held"], "held", f"{LIST}?held=1"),
            self._standing("own_store", standing.get("own_store", 0), "validated"),
            Asks("rejected", self.in_states("rejected"), "orders", f"{LIST}?state=rejected"),
            self._standing("pick", standing.get("validated", 0), "validated"),
            self._standing("delivery", standing.get("utleverans", 0), "utleverans"),
            self._standing("stopped", standing.get("draft", 0) + standing.get("picked", 0), stopped),
            Asks("backordered", self.in_states("backordered"), "orders", f"{LIST}?state=backordered"),
        ]

    def _standing(self, name: str, count: int, state: str) -> Asks:
        # Where counting ended is known of all kinds together.
        return Asks(name, count, "standing" if count else "", f"{LIST}?state={state}")

    @property
    def is_degraded(self) -> bool:
        """Whether the dispatcher runs the steps itself, since the queue is silent."""
        return bool(self._process(DISPATCHER).get("degraded"))

    @property
    def signs(self) -> list[Sign]:
        """Of the dispatcher, of the workers (what was sent through the queue and came out), and of webhooks' teller."""
        signs = [
            self._sign(DISPATCHER, "Dispatcher", "Dispatcher", SILENT_AFTER),
            self._sign(CANARY, "Arbetare, genom kön", "Workers, through the queue", self.canary_late),
        ]
        if self._process("webhooks"):
            signs.append(self._sign("webhooks", "Webhookar", "Webhooks", SILENT_AFTER))
        return signs

    def _sign(self, name: str, sv: str, en: str, silent_after: float) -> Sign:
        seen = self._process(name)
        ago = seen.get("seconds_ago")
        how = "bad" if ago is None or ago > 3 * silent_after else "late" if ago > silent_after else "good"
        return Sign(sv, en, how, seen.get("seen_at"), ago)

    def _process(self, name: str) -> dict[str, Any]:
        return next((each for each in self.told["processes"] if each["name"] == name), {})


def numbers_for(visit: Visit) -> Numbers:
    """The region's, or those of the visitor's kommun."""
    now, kommun = datetime.now(UTC), visit.actor.kommun
    if kommun is None:
        # Read as the command line reads it: the kept counts and the notices belong to no kommun.
        with visit.desk.database.transaction(snapshot=True) as tx:
            told, lately = status(tx), trend(tx, now)
    else:
        with visit.seeing(snapshot=True) as tx:
            told = kommun_status(tx, kommun)
        with visit.desk.database.transaction() as tx:
            lately = kommun_trend(tx, kommun, now)
    return Numbers(now, kommun, told, lately, visit.desk.settings.canary_late)
