"""What does a kommunlager need? Pure: levels in, lines of a lagerflyttsorder out. Next: refill.py."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workflows.master_data import Article
from workflows.succession import successor_of


@dataclass(frozen=True, slots=True)
class Level:
    """An article in a store, in units. Without a reorder point and a target it is not refilled for itself."""

    article: Article
    reorder_point: int | None
    target: int | None
    on_hand: int
    reserved: int
    taken: int
    """What waiting orders will take when they go on."""
    on_its_way: int
    promised: int
    unjudged: int
    """Ordered already: see incoming.py."""
    rejected: Sequence[int] = ()
    """The rejected orders among the unjudged."""

    @property
    def available(self) -> int:
        """What there will be when all that is ordered has arrived and all that waits has been served."""
        return self.on_hand - self.reserved - self.taken + self.on_its_way + self.promised + self.unjudged


@dataclass(frozen=True, slots=True)
class RefillLine:
    """An article to order: `quantity` brings what is available to the target. `instead_of` it replaces, withdrawn.

    available = on_hand - reserved - taken + on_its_way + ordered.
    """

    article: str
    quantity: int
    on_hand: int
    reserved: int
    taken: int
    on_its_way: int
    ordered: int
    available: int
    reorder_point: int
    target: int
    instead_of: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a store needs; `not_refillable` are withdrawn articles at their reorder point that nothing replaces.

    `rejected` are orders that count as ordered and wait for somebody who amends or cancels them.
    """

    lines: tuple[RefillLine, ...]
    not_refillable: tuple[str, ...]
    rejected: tuple[int, ...]

    @property
    def mark(self) -> str:
        """What would be ordered, as one word: two proposals that order the same have the same."""
        ordered = [(line.article, line.quantity) for line in self.lines]
        return hashlib.sha256(repr(ordered).encode()).hexdigest()[:32]


def propose(levels: Mapping[str, Level]) -> Proposal:
    """What to order for each article at or below its reorder point, by article number.

    A withdrawn article's levels hold for its successor, unless that one has levels of its own. `levels` holds the
    successors of withdrawn articles too.
    """
    articles = {number: level.article for number, level in levels.items()}
    wanted: dict[str, list[Level]] = {}
    not_refillable = []
    for number, level in sorted(levels.items()):
        if level.reorder_point is None or level.target is None:
            continue
        sent = successor_of(level.article, articles) if level.article.withdrawn else level.article
        if sent is not None:
            wanted.setdefault(sent.number, []).append(level)
        elif level.available <= level.reorder_point:
            not_refillable.append(number)
    lines = [_line(levels[number], group) for number, group in sorted(wanted.items())]
    rejected = sorted({order for level in levels.values() for order in level.rejected})
    return Proposal(tuple(line for line in lines if line is not None), tuple(not_refillable), tuple(rejected))


def _line(sent: Level, group: list[Level]) -> RefillLine | None:
    """The line for what is sent, by the levels of `group`: itself, and the withdrawn articles that it replaces."""
    replaced = [level for level in group if level.article.withdrawn]
    governing = sent if sent in group else max(replaced, key=lambda level: level.target or 0)
    point, target = governing.reorder_point or 0, governing.target or 0
    # An order for the withdrawn article that nobody has judged yet is mended by a person: it is not made twice.
    replaced_unjudged = sum(level.unjudged for level in replaced)
    available = sent.available + replaced_unjudged
    if available > point or available >= target:
        return None
    instead_of = tuple(level.article.number for level in replaced)
    return RefillLine(
        sent.article.number, target - available, sent.on_hand, sent.reserved, sent.taken, sent.on_its_way,
        sent.promised + sent.unjudged + replaced_unjudged, available, point, target, instead_of,
    )  # fmt: skip
