"""What do the rules and steps know of the world? Stores, care units, articles, people and their rights.

Plain values, read once per cohort: dictionaries by code, no database. The columns are those of the
interface's master data files. Next: rules/, which judge an order against them.
"""

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum


class StoreKind(StrEnum):
    """Whose store it is: HMS's (lager 10) or a kommun's own."""

    HMS = "hms"
    KOMMUN = "kommun"


class Confirmation(StrEnum):
    """Whether a step at a store runs by itself or waits for a person or a scan."""

    AUTOMATIC = "automatic"
    CONFIRMED = "confirmed"


class ShortagePolicy(StrEnum):
    """What a store does when the balance is too low: wait as restnoterad, or book an inventory difference."""

    BACKORDER = "backorder"
    DIFFERENCE = "difference"


class Role(StrEnum):
    """What a person does. `hms` and `admin` see and administer; they give no right to create an order."""

    LAGERPERSONAL = "lagerpersonal"
    TEKNIKER = "tekniker"
    ORDERER = "orderer"
    PRESCRIBER = "prescriber"
    HMS = "hms"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class LeadClass:
    """How soon goods are promised: so many working days. What arrives after `cut_off` (Swedish time) counts from the
    next working day; None means the installation's own hour."""

    code: str
    name: str
    working_days: int
    cut_off: time | None


@dataclass(frozen=True, slots=True)
class Store:
    """A stock location that delivers (lager), and its policies.

    `refill_by` is the person responsible for its refill, `lead_class` that of goods without one of their own,
    `notice_to` where the watchdog writes (`mailto:` or `http(s):`); each None where there is none.
    """

    code: str
    name: str
    kind: StoreKind
    kommun: str
    picking: Confirmation
    delivery: Confirmation
    shortage: ShortagePolicy
    refill_by: str | None = None
    lead_class: str | None = None
    notice_to: str | None = None


@dataclass(frozen=True, slots=True)
class CareUnit:
    """A vårdenhet. `own_store` is the kommunlager that follows from it; None when it has none.

    `tour_days` are the ISO weekdays of the delivery tour (1 is Monday); none means any day."""

    code: str
    name: str
    kommun: str
    own_store: str | None
    street: str
    postal_code: str
    city: str
    tour_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Article:
    """A device. `iso_class` is its ISO 9999 class as digits; `individual` devices are traced one by one."""

    number: str
    name: str
    iso_class: str | None
    gtin: str | None
    individual: bool
    withdrawn: bool
    successor: str | None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who orders, prescribes or works in a store; `units` are the codes of those they belong to."""

    id: str
    name: str
    profession: str
    licensed: bool
    roles: frozenset[str]
    units: frozenset[str]


@dataclass(frozen=True, slots=True)
class PrescribingRight:
    """A förskrivningsrätt: this person, for orders of this unit, for articles whose ISO class begins so.

    Both dates are inclusive; None is open. An empty prefix covers every article that has a class.
    """

    person: str
    unit: str
    iso_prefix: str
    valid_from: date | None
    valid_to: date | None

    def holds(self, unit: str, on: date) -> bool:
        """Whether the right is one for `unit` and in force on the day `on`."""
        return (
            self.unit == unit
            and (self.valid_from is None or self.valid_from <= on)
            and (self.valid_to is None or on <= self.valid_to)
        )

    def covers(self, article: Article) -> bool:
        """Whether the article is in the right's product group; one without ISO class is in none."""
        iso_class = article.iso_class
        return iso_class is not None and iso_class != "" and iso_class.startswith(self.iso_prefix)


@dataclass(frozen=True, slots=True)
class MasterData:
    """Everything an order may name, by its code; `rights` by person id."""

    stores: dict[str, Store]
    units: dict[str, CareUnit]
    articles: dict[str, Article]
    people: dict[str, Person]
    rights: dict[str, tuple[PrescribingRight, ...]]
