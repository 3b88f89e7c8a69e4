"""Is the drill's load the same for the same seed, well formed, and of every kind?"""

from collections import Counter
from datetime import date
from itertools import islice
from random import Random

from drill.deeds import DEEDS
from drill.load import SCARCE, Arrival, Load, arrivals, what_follows
from exchange.order_shape import read_order


def some(seed: int, load: Load | None = None) -> list[Arrival]:
    return list(islice(arrivals(load or Load(), "c1", 2, Random(seed)), 2_000))


def test_the_same_seed_gives_the_same_deeds_at_the_same_moments() -> None:
    assert some(1) == some(1)
    assert some(1) != some(2)


def test_so_much_arrives_as_was_asked_for() -> None:
    load = Load(orders=10, receipts=2, refills=1)
    arrived = some(1, load)
    assert 0.85 < len(arrived) / arrived[-1].at / (13 / 2) < 1.15, "half of it, for one of two clients"


def test_every_order_is_well_formed_and_there_are_orders_of_every_type() -> None:
    bodies = [each.deed.told["body"] for each in some(1) if each.deed.kind == "order"]
    types = Counter(body["order_type"] for body in bodies)
    assert types.keys() == {"lagerflyttsorder", "bestallning", "forskrivning"}
    assert [body for body in bodies if isinstance(read_order(body, today=date(2026, 11, 20)), list)] == []
    scarce = [body for body in bodies if any(line["article"] in SCARCE for line in body["lines"])]
    assert 0.1 < len(scarce) / len(bodies) < 0.4


def test_every_deed_that_arrives_or_follows_can_be_done() -> None:
    deeds = [each.deed for each in some(1)]
    following = [deed for each in deeds for _, deed in what_follows(each, Load(), Random(each.told.get("units", 1)))]
    for seed in range(50):
        following += [deed for each in deeds[:40] for _, deed in what_follows(each, Load(), Random(seed))]
    assert {deed.kind for deed in deeds} | {deed.kind for deed in following} == DEEDS.keys()
