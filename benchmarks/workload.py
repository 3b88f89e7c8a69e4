"""Which orders are worked? Two lines each over a thousand articles by Zipf's law, the same for the same seed."""

from collections.abc import Iterator
from itertools import accumulate
from random import Random
from typing import NamedTuple

ARTICLES = 1_000
OPENING = 100_000_000
"""Units on hand of every article at first: nobody waits for goods here."""


class Draft(NamedTuple):
    """An order as it comes in: its number from 1, and two lines of different articles (index from 0) and units."""

    number: int
    lines: tuple[tuple[int, int], tuple[int, int]]


def drafts(orders: int, seed: int, articles: int = ARTICLES) -> Iterator[Draft]:
    """`orders` drafts over `articles` articles; the article of rank r is asked for in proportion to 1/r."""
    random = Random(seed)
    weights = list(accumulate(1 / rank for rank in range(1, articles + 1)))
    for number in range(1, orders + 1):
        first, second = 0, 0
        while first == second:
            first, second = random.choices(range(articles), cum_weights=weights, k=2)
        yield Draft(number, ((first, random.randint(1, 3)), (second, random.randint(1, 3))))
