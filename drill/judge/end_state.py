"""What is judged? What an engine holds when all is quiet: orders, their history, goods and numbers.

Any engine of orders can be read into this shape. Next: product_state.py, which reads this product's database.
"""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class OrderEnd:
    """An order as it stands. `ours` says that the engine made it itself, out of another order or of a need."""

    id: int
    key: str
    ours: bool
    order_type: str
    state: str
    held: bool
    waits_for_somebody: bool
    """It stands where a person, or goods that are missing, must move it on."""
    created_by: str
    lines: tuple[tuple[str, int], ...]
    """(article, quantity), as ordered."""


@dataclass(frozen=True, slots=True)
class Step:
    """One transition of an order; `at` in seconds since the epoch. The first one comes from nowhere."""

    order_id: int
    version: int
    event: str
    before: str | None
    after: str
    at: float
    actor: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A movement of goods between two places; a place is (`store` | `outbound` | …, its store's code)."""

    id: int
    kind: str
    article: str
    units: int
    origin: tuple[str, str]
    goal: tuple[str, str]
    cause: tuple[object, ...]
    """What caused it: an order's line at a version, or a document with its places."""
    order_line: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class EndState:
    """Everything the judge looks at."""

    orders: tuple[OrderEnd, ...]
    steps: tuple[Step, ...]
    moved: tuple[Moved, ...]
    balances: dict[tuple[str, str, str], int]
    """(place, store, article) → units, for the places `store` and `outbound`."""
    numbers: tuple[tuple[str, int, int, int], ...]
    """(store, year, number, order) of every utleverans."""
    effects: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(operation, what it did) → how often the engine says it did."""
