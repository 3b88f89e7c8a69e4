"""What does a good order of the demo look like? One of five kinds, in the shape of the interface, obeying every rule.

Next: faults.py (how an order goes wrong), writing.py (how many of each).
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from random import Random
from typing import Any, Final, NamedTuple

from exchange.demo_data.assortment import Pool
from exchange.demo_data.patients import Patient, receiver
from exchange.demo_data.region import Kommun, Region
from exchange.demo_data.staff import Team
from workflows.master_data import Article, CareUnit
from workflows.order_types import LAGER_10

Body = dict[str, Any]
"""An order as the interface writes it in JSON."""


class Kind(StrEnum):
    """The five ways an order runs: what it is, and which store delivers."""

    LAGERFLYTT = "lagerflytt"
    BESTALLNING_FROM_OWN_STORE = "bestallning from the own store"
    BESTALLNING_FROM_LAGER_10 = "bestallning from lager 10"
    DIREKTFORSKRIVNING = "direktforskrivning"
    FORSKRIVNING = "forskrivning"


MIX: Final = {
    Kind.LAGERFLYTT: 0.25,
    Kind.BESTALLNING_FROM_OWN_STORE: 0.175,
    Kind.BESTALLNING_FROM_LAGER_10: 0.175,
    Kind.DIREKTFORSKRIVNING: 0.2,
    Kind.FORSKRIVNING: 0.2,
}
"""Which share of the orders each kind has."""

_OWN_STORE_KINDS = (Kind.BESTALLNING_FROM_OWN_STORE, Kind.DIREKTFORSKRIVNING)
_LINES = (1, 2, 3, 4), (35, 73, 92, 100)
"""How many lines, and the share of orders in per cent that have so many or fewer: 2 in the mean."""
_PIECES = (1, 2, 3, 4), (60, 90, 97, 100)
_DAYS_AGO = (0,) * 8 + (1, 2, 3, 5)
_AKUT, _PARTIAL, _WANTED_DATE, _REFERENCE, _NOTE = 0.03, 0.1, 0.15, 0.2, 0.03
_BY_A_COLLEAGUE = 0.15
"""The share of förskrivningar whose responsible prescriber is somebody else than the orderer."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything an order may name, and the day that is today in it."""

    region: Region
    teams: dict[str, Team]
    """By unit code."""
    patients: dict[str, list[Patient]]
    """By kommun."""
    today: date
    devices: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many devices of (store, article) the orders have named so far."""

    def next_device(self, store: str, article: str) -> str:
        """The serial number of one more device out of a kommunlager: each is named once."""
        self.devices[store, article] += 1
        return serial_number(store, article, self.devices[store, article])


def serial_number(store: str, article: str, number: int) -> str:
    """The mark of the n-th device (from 1) of an article in a store when the demo begins."""
    return f"{article}L{store}N{number:05}"


class Draft(NamedTuple):
    """An order's body, and whose it is."""

    body: Body
    kommun: Kommun
    unit: CareUnit
    team: Team


def make_order(kind: Kind, number: int, external_id: str, world: World, random: Random) -> Draft:
    """An order of the kind that breaks no rule; `number` makes its references unique."""
    kommun = random.choice(world.region.kommuner)
    unit = random.choice(kommun.units)
    team = world.teams[unit.code]
    ordered_on = world.today - timedelta(days=random.choice(_DAYS_AGO))
    own_store = kind in _OWN_STORE_KINDS
    body: Body = {
        "external_id": external_id,
        "order_type": "bestallning",
        "customer_order_type": None,
        "ordered_on": ordered_on.isoformat(),
        "sender": kommun.store.code if own_store else LAGER_10,
    }
    draft = Draft(body, kommun, unit, team)
    if kind is Kind.LAGERFLYTT:
        body |= {"order_type": "lagerflyttsorder", "customer_order_type": "lagerflytt"}
        body["receiver"] = {"kind": "kommunlager", "id": kommun.store.code}
        body["orderer"] = {"person": random.choice(team.store_staff), "unit": unit.code}
        drawn = _draw(world.region.pools[kommun.store.code, None], random)
        body["lines"] = [{"article": article.number, "quantity": random.randint(2, 10)} for article in drawn]
    elif kind in (Kind.BESTALLNING_FROM_OWN_STORE, Kind.BESTALLNING_FROM_LAGER_10):
        receiving = unit if random.random() < 0.8 else random.choice(kommun.units)
        body["receiver"] = {"kind": "vardenhet", "id": receiving.code}
        body["orderer"] = {"person": random.choice(team.orderers), "unit": unit.code}
        drawn = _draw(world.region.pools[body["sender"], None], random)
        body["lines"] = _lines(drawn, body["sender"], world, random)
    else:
        body |= {"order_type": "forskrivning", "customer_order_type": kind.value}
        _prescribe(draft, number, ordered_on, world, random)
    _add_what_is_optional(body, number, ordered_on, random)
    return draft


def _prescribe(draft: Draft, number: int, ordered_on: date, world: World, random: Random) -> None:
    """A patient, an orderer and a prescriber with the same rights, their decision, and articles these cover."""
    body, kommun, unit, team = draft
    orderer = prescriber = random.choice(team.prescribers)
    if random.random() < _BY_A_COLLEAGUE:
        prescriber = random.choice([other for other in team.prescribers if other.profession == orderer.profession])
    decided = ordered_on - timedelta(days=random.randrange(7))
    body["receiver"] = receiver(random.choice(world.patients[kommun.name]), random)
    body["orderer"] = {"person": orderer.person, "unit": unit.code}
    body["prescriber"] = prescriber.person
    body["medical_decision"] = {"date": decided.isoformat(), "reference": f"J-{number}"}
    drawn = _draw(world.region.pools[body["sender"], orderer.profession], random)
    body["lines"] = _lines(drawn, body["sender"], world, random)


def _draw(pool: Pool, random: Random) -> list[Article]:
    counts, shares = _LINES
    return pool.draw(random, random.choices(counts, cum_weights=shares)[0])


def _lines(articles: Iterable[Article], sender: str, world: World, random: Random) -> list[Body]:
    """A few pieces of each; of an individually marked device one, with its number where it is in the orderer's hand."""
    lines: list[Body] = []
    for article in articles:
        pieces = 1 if article.individual else random.choices(_PIECES[0], cum_weights=_PIECES[1])[0]
        line: Body = {"article": article.number, "quantity": pieces}
        if sender != LAGER_10 and article.individual:
            line["serial_numbers"] = [world.next_device(sender, article.number)]
        lines.append(line)
    return lines


def _add_what_is_optional(body: Body, number: int, ordered_on: date, random: Random) -> None:
    if random.random() < _AKUT:
        body["priority"] = "akut"
    if random.random() < _PARTIAL:
        body["partial"] = True
    if random.random() < _WANTED_DATE:
        body["wanted_date"] = (ordered_on + timedelta(days=random.randint(3, 14))).isoformat()
    if random.random() < _REFERENCE:
        body["reference"] = f"REF-{number}"
    if random.random() < _NOTE:
        body["note"] = "Ring före leverans."
