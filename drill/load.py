"""What do the clients do, and when? An open load: what arrives does not wait for what came before it.

Pure: the same seed gives the same deeds at the same moments. Orders of every type in the interface's shape, many of
them for the last units of scarce articles, and what people do to them later. Next: deeds.py, how each is done.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from drill.region import CONFIRMING, PLENTIFUL, SCARCE, STORES
from exchange.demo_data.patients import official_test_numbers

SOURCE: Final = "drill"
PATIENT_NAME: Final = "Kanariefågel"
PATIENT_STREET: Final = "Kanariegatan"
"""In every patient's name and address: looked for wherever they must not be."""

Body = dict[str, Any]

_OWN_STORE_BESTALLNING, _DIREKTFORSKRIVNING = "beställning, own store", "direktförskrivning"
SENT_AGAIN: Final = 0.07
"""The share of orders and of receipts that are told once more, though they were acknowledged."""
KINDS: Final = {
    "lagerflytt": 15,
    "beställning": 25,
    _OWN_STORE_BESTALLNING: 20,
    "förskrivning": 22,
    _DIREKTFORSKRIVNING: 15,
    "breaks R1": 3,
}
"""Kinds of orders, and how many of a hundred each has."""
_OWN_STORE_KINDS = (_OWN_STORE_BESTALLNING, _DIREKTFORSKRIVNING)


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a client does. `of` is the key of the order it is done to."""

    kind: str
    told: dict[str, Any] = field(default_factory=dict)
    of: str | None = None


@dataclass(frozen=True, slots=True)
class Arrival:
    """A deed, and when it arrives: seconds after the load began."""

    at: float
    deed: Deed


@dataclass(frozen=True, slots=True)
class Load:
    """How much arrives: orders, receipts of scarce articles and refills a second, and the share of the orders from
    lager 10 that ask for scarce articles."""

    orders: float = 12.0
    scarce: float = 0.3
    articles: int = len(PLENTIFUL)
    """How many of the plentiful articles are asked for."""
    receipts: float = 0.4
    refills: float = 0.2
    changes: float = 1.0
    """Multiplies how often somebody cancels or takes back; with 0 nobody confirms either."""


def arrivals(load: Load, client: str, share: int, random: Random) -> Iterator[Arrival]:
    """Everything that arrives at one of `share` clients without being caused by an answer; endless."""
    rates = {"order": load.orders, "receive": load.receipts, "refill": load.refills}
    kinds, weights = list(rates), list(rates.values())
    at, number = 0.0, 0
    while True:
        at += random.expovariate(sum(weights) / share)
        kind = random.choices(kinds, weights)[0]
        if kind == "order":
            number += 1
            yield Arrival(at, Deed("order", {"body": order_body(f"{client}-{number}", load, random)}))
        elif kind == "receive":
            number += 1
            told = {"store": "10", "article": random.choice(SCARCE), "units": random.randint(1, 6)}
            yield Arrival(at, Deed("receive", told | {"document": f"R-{client}-{number}"}))
        else:
            yield Arrival(at, Deed("refill", {"store": random.choice(list(STORES))}))


def order_body(external_id: str, load: Load, random: Random) -> Body:
    """An order as somebody would send it."""
    kind = random.choices(list(KINDS), list(KINDS.values()))[0]
    store, unit = random.choice(list(STORES.items()))
    sender = store if kind in _OWN_STORE_KINDS else "10"
    body: Body = {
        "external_id": external_id,
        "order_type": "bestallning",
        "sender": sender,
        "receiver": {"kind": "vardenhet", "id": unit},
        "orderer": {"person": "best-1", "unit": unit},
        "priority": "akut" if random.random() < 0.05 else "normal",
        "partial": random.random() < 0.25,
    }
    body["lines"] = _lines(load, random, scarce=sender == "10" and random.random() < load.scarce)
    if kind in ("lagerflytt", "breaks R1"):
        body |= {
            "order_type": "lagerflyttsorder",
            "customer_order_type": "lagerflytt",
            "receiver": {"kind": "kommunlager", "id": store},
            "orderer": {"person": "lager-1", "unit": unit},
        }
        if kind == "breaks R1":
            body["sender"] = next(other for other in STORES if other != store)
    elif kind in ("förskrivning", _DIREKTFORSKRIVNING):
        body |= _prescribed(kind, unit, random)
    return body


def _lines(load: Load, random: Random, *, scarce: bool) -> list[dict[str, Any]]:
    asked_for = PLENTIFUL[: load.articles]
    articles = random.sample(asked_for, min(len(asked_for), random.choice((1, 1, 2, 3))))
    if scarce:
        articles = [random.choice(SCARCE), *articles[1:]]
    return [{"article": article, "quantity": random.choice((1, 1, 1, 2, 3))} for article in articles]


def _prescribed(kind: str, unit: str, random: Random) -> Body:
    numbers = official_test_numbers()
    chosen = random.randrange(len(numbers))
    return {
        "order_type": "forskrivning",
        "customer_order_type": "direktforskrivning" if kind == _DIREKTFORSKRIVNING else "forskrivning",
        "receiver": {
            "kind": "patient",
            "id": numbers[chosen],
            "name": f"{PATIENT_NAME} {chosen}",
            "address": {"street": f"{PATIENT_STREET} {chosen}", "postal_code": "652 25", "city": "Karlstad"},
            "phone": f"08-465 004 {chosen % 100:02}",
        },
        "orderer": {"person": "forsk-1", "unit": unit},
        "prescriber": "forsk-1",
        "medical_decision": {"date": "2026-11-01", "reference": f"J-{random.randrange(10_000)}"},
        "note": f"Ring {PATIENT_NAME} före leverans",
    }


def what_follows(done: Deed, load: Load, random: Random) -> Iterator[tuple[float, Deed]]:
    """What people do once an order, or a delivery of the supplier's, is acknowledged: seconds later, and the deed."""
    if random.random() < SENT_AGAIN:
        yield random.uniform(0, 5), done
    if done.kind == "order":
        yield from _to_the_order(done.told["body"], load, random)


def _to_the_order(body: Body, load: Load, random: Random) -> Iterator[tuple[float, Deed]]:
    key = body["external_id"]
    if random.random() < 0.15 * load.changes:
        yield random.uniform(0, random.choice((0.2, 3.0))), Deed("cancel", {"reason": "behövs inte"}, key)
    elif body["receiver"]["kind"] != "kommunlager" and random.random() < 0.08 * load.changes:
        yield random.uniform(1, 4), Deed("return", {"store": "10", "to": random.choice(("store", "repair"))}, key)
    if load.changes and body["sender"] == CONFIRMING and body["order_type"] != "lagerflyttsorder":
        short = {body["lines"][0]["article"]: 1} if random.random() < 0.1 else {}
        yield random.uniform(0.5, 2), Deed("confirm-pick", {"short": short}, key)
        ending = Deed("confirm-delivery", {}, key)
        if random.random() < 0.1:
            ending = Deed("fail-delivery", {"reason": "ingen hemma"}, key)
        yield random.uniform(2, 4), ending
