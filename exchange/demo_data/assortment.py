"""Which articles does the demo have, and how often is each asked for? A thousand, wanted as Zipf's law says.

Next: region.py (the stores that hold them), opening_stock.py (how many lie there).
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import accumulate
from random import Random
from typing import Final, NamedTuple

from exchange.demo_data.product_groups import PRODUCT_GROUPS, ProductGroup
from workflows.master_data import Article

ARTICLES: Final = 1_000
WITHDRAWN: Final = 10
WITHOUT_CLASS: Final = 10
"""Spare parts: they have no ISO class, so no right to prescribe covers them."""
UNKNOWN_ARTICLE: Final = "000001"
"""A number below the first one given."""

_NUMBERS = range(1_000, 1_000_000)
_RESTRICTED_GTIN: Final = "20"
"""GS1 keeps 20–29 for numbers that circulate within one company: no device in the world carries one of these."""
_SIZES = ("liten", "mellan", "stor")


class Assortment(NamedTuple):
    """`wanted`: the articles that can be ordered, the most wanted first; `withdrawn`: those that cannot."""

    wanted: tuple[Article, ...]
    withdrawn: tuple[Article, ...]


class Pool:
    """Articles to draw from; the n-th most wanted of the whole assortment weighs 1/n."""

    def __init__(self, ranked: Iterable[tuple[int, Article]]) -> None:
        """`ranked`: (n, article), at least one, from `by_rank`."""
        ranks, self.articles = zip(*ranked, strict=True)
        self._weights = list(accumulate(1 / rank for rank in ranks))

    def draw(self, random: Random, count: int) -> list[Article]:
        """At most `count` different articles; fewer where one was drawn again and again."""
        drawn = random.choices(self.articles, cum_weights=self._weights, k=count + 2)
        return list({article.number: article for article in drawn}.values())[:count]


def by_rank(assortment: Assortment) -> Iterable[tuple[int, Article]]:
    """(1, the most wanted article), (2, the next) …"""
    return enumerate(assortment.wanted, start=1)


def make_assortment(random: Random) -> Assortment:
    """A thousand articles: every product group in equal parts, ten without a class, ten withdrawn."""
    numbers = [f"{number:06}" for number in random.sample(_NUMBERS, ARTICLES)]
    wanted = [_spare_part(numbers.pop(), part) for part in range(1, WITHOUT_CLASS + 1)]
    withdrawn = []
    groups = len(PRODUCT_GROUPS)
    for position, number in enumerate(numbers):
        article = _article(number, PRODUCT_GROUPS[position % groups], position // groups)
        if position < WITHDRAWN:
            withdrawn.append(replace(article, withdrawn=True, successor=numbers[position + groups]))
        else:
            wanted.append(article)
    random.shuffle(wanted)
    return Assortment(tuple(wanted), tuple(withdrawn))


def _article(number: str, group: ProductGroup, variant: int) -> Article:
    """The variant of a group, counted from 0: three sizes of a model, then the next model."""
    model, size = divmod(variant, len(_SIZES))
    name = f"{group.name}, modell {chr(ord('A') + model)}, {_SIZES[size]}"
    return Article(number, name, group.iso_class, _gtin(number), group.individual, withdrawn=False, successor=None)


def _spare_part(number: str, part: int) -> Article:
    name = f"Reservdelssats {part:02}"
    return Article(number, name, None, _gtin(number), individual=False, withdrawn=False, successor=None)


def _gtin(number: str) -> str:
    """A GTIN-13 of the restricted series that holds the article's number."""
    digits = f"{_RESTRICTED_GTIN}0000{number}"
    weighted = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-weighted % 10}"
