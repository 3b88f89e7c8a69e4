"""Which stores and care units does the demo's region have? Lager 10, ten kommunlager, forty vårdenheter.

The kommuner are real ones of Värmland with a postal code of theirs; units, codes and streets are invented.
Next: staff.py (who works there), orders.py (what they order).
"""

from dataclasses import dataclass
from datetime import time
from random import Random
from typing import Final

from exchange.demo_data.assortment import Assortment, Pool, by_rank
from exchange.demo_data.product_groups import PREFIXES_OF_PROFESSION, PRODUCT_GROUPS
from workflows.master_data import CareUnit, Confirmation, LeadClass, ShortagePolicy, Store, StoreKind
from workflows.order_types import LAGER_10

UNKNOWN_STORE: Final = "99999"
UNKNOWN_UNIT: Final = "99-99"

_KOMMUNER = (
    ("Karlstad", "650 12"),
    ("Arvika", "671 25"),
    ("Kristinehamn", "681 23"),
    ("Säffle", "661 25"),
    ("Hagfors", "683 21"),
    ("Sunne", "686 26"),
    ("Torsby", "685 30"),
    ("Forshaga", "667 33"),
    ("Hammarö", "663 44"),
    ("Filipstad", "682 33"),
)
_UNITS_OF_A_KOMMUN = (
    ("01", "Hemrehab"),
    ("02", "Hemsjukvård"),
    ("05", "Särskilt boende"),
    ("08", "Dagverksamhet"),
)
CLASSES_OF_THE_DEMO: Final = (
    LeadClass("lager", "Lagervara hos HMS", 5, time(15)),
    LeadClass("eget", "Finns i eget kommunlager", 1, None),
)
"""The class of lager 10 and that of every kommunlager."""
_TOURS = (frozenset({1, 4}), frozenset({2, 5}), frozenset({3}))
"""Days on which a kommun is driven to, in turn."""
_HELD_OF_A_GROUP = (2, 3, 4)
"""How many articles of a product group a kommunlager holds: the most wanted ones."""


@dataclass(frozen=True, slots=True)
class Kommun:
    """A kommun with its kommunlager and units; `held` are the numbers of the articles in the kommunlager."""

    name: str
    postal_code: str
    store: Store
    units: tuple[CareUnit, ...]
    held: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Region:
    """Everything that stands still while orders are made."""

    lager_10: Store
    kommuner: tuple[Kommun, ...]
    assortment: Assortment
    pools: dict[tuple[str, str | None], Pool]
    """(store code, profession) → what somebody of the profession may prescribe of what the store holds;
    (store code, None) → all of it."""

    @property
    def stores(self) -> tuple[Store, ...]:
        """Lager 10 first."""
        return (self.lager_10, *(kommun.store for kommun in self.kommuner))


def make_region(assortment: Assortment, random: Random) -> Region:
    """The region; `random` decides how broad the assortment of each kommunlager is."""
    lager_10 = Store(
        LAGER_10,
        "Hjälpmedelsservice (HMS)",
        StoreKind.HMS,
        "",
        Confirmation.AUTOMATIC,
        Confirmation.AUTOMATIC,
        ShortagePolicy.BACKORDER,
        lead_class=CLASSES_OF_THE_DEMO[0].code,
    )
    kommuner = tuple(
        _kommun(order, name, postal_code, _most_wanted_of_each_group(assortment, random.choice(_HELD_OF_A_GROUP)))
        for order, (name, postal_code) in enumerate(_KOMMUNER, start=1)
    )
    holdings = {LAGER_10: {article.number for article in assortment.wanted}}
    holdings |= {kommun.store.code: set(kommun.held) for kommun in kommuner}
    pools = {
        (store, profession): _pool(assortment, held, profession)
        for store, held in holdings.items()
        for profession in (None, *PREFIXES_OF_PROFESSION)
    }
    return Region(lager_10, kommuner, assortment, pools)


def _kommun(order: int, name: str, postal_code: str, held: tuple[str, ...]) -> Kommun:
    store = Store(
        f"5{order:02}01",
        f"Kommunlager {name}",
        StoreKind.KOMMUN,
        name,
        Confirmation.AUTOMATIC,
        Confirmation.AUTOMATIC,
        ShortagePolicy.DIFFERENCE,
        lead_class=CLASSES_OF_THE_DEMO[1].code,
    )
    units = tuple(
        CareUnit(
            f"{order:02}-{suffix}",
            f"{kind} {name}",
            name,
            store.code,
            f"Påhittsvägen {int(suffix)}",
            postal_code,
            name,
            _TOURS[order % len(_TOURS)],
        )
        for suffix, kind in _UNITS_OF_A_KOMMUN
    )
    return Kommun(name, postal_code, store, units, held)


def _most_wanted_of_each_group(assortment: Assortment, count: int) -> tuple[str, ...]:
    """So every profession finds something in every kommunlager."""
    left = {group.iso_class: count for group in PRODUCT_GROUPS}
    held = []
    for article in assortment.wanted:
        if article.iso_class is not None and left[article.iso_class] > 0:
            left[article.iso_class] -= 1
            held.append(article.number)
    return tuple(held)


def _pool(assortment: Assortment, held: set[str], profession: str | None) -> Pool:
    """The articles a store holds, or those of them that the profession may prescribe."""
    prefixes = PREFIXES_OF_PROFESSION[profession] if profession is not None else ("",)
    return Pool(
        (rank, article)
        for rank, article in by_rank(assortment)
        if article.number in held
        and (profession is None or (article.iso_class is not None and article.iso_class.startswith(prefixes)))
    )
