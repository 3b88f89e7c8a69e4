"""Who works in the demo's region? 120 people without a person's name, with roles, licences and rights to prescribe.

In every unit there is somebody for each case of the rules, also for those that are refused: licensed without a
right that holds, with a right but without a licence. Next: orders.py, faults.py, which choose among them.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Final, NamedTuple

from exchange.demo_data.product_groups import PREFIXES_OF_PROFESSION
from exchange.demo_data.region import Kommun, Region
from exchange.master_tables import PersonRow, PersonUnitRow
from workflows.master_data import CareUnit, PrescribingRight, Role

UNKNOWN_PERSON: Final = "P-9999"

_YEAR = timedelta(days=365)
_BEFORE_ANY_ORDER = timedelta(days=30)
"""A right that has run out did so before any order of the demo was written."""


class Prescriber(NamedTuple):
    """Somebody licensed with rights that hold; the profession tells for which product groups."""

    person: str
    profession: str


@dataclass(slots=True)
class Team:
    """The ids of those who belong to one unit, by what the rules let them do."""

    store_staff: list[str] = field(default_factory=list)
    orderers: list[str] = field(default_factory=list)
    prescribers: list[Prescriber] = field(default_factory=list)
    only_orderers: list[str] = field(default_factory=list)
    """They may make a beställning, and have neither licence nor right."""
    right_run_out: list[str] = field(default_factory=list)
    unlicensed: list[str] = field(default_factory=list)
    """They hold a right, and wait for their licence."""


class _Post(NamedTuple):
    """One person of a kommun: what they are, in which of its four units, and what is amiss with them."""

    profession: str
    units: slice = slice(0, 4)
    licensed: bool = True
    run_out: bool = False


_POSTS = (
    _Post("lagerpersonal"),
    _Post("tekniker"),
    _Post("undersköterska"),
    _Post("arbetsterapeut", slice(0, 3)),
    _Post("arbetsterapeut", slice(1, 4)),
    _Post("fysioterapeut", slice(0, 3)),
    _Post("fysioterapeut", slice(1, 4)),
    _Post("sjuksköterska", slice(0, 3)),
    _Post("sjuksköterska", slice(1, 4)),
    _Post("arbetsterapeut", run_out=True),
    _Post("fysioterapeut", licensed=False),
)
_SHARED_POSTS = (_Post("läkare"), _Post("logoped"))
"""Every other kommun has the one, every other the other."""
_ROLES = {
    "lagerpersonal": frozenset({Role.LAGERPERSONAL}),
    "tekniker": frozenset({Role.TEKNIKER}),
    "undersköterska": frozenset({Role.ORDERER}),
}
_ROLES_OF_PRESCRIBERS = frozenset({Role.ORDERER, Role.PRESCRIBER})


@dataclass(frozen=True, slots=True)
class Staff:
    """The rows of the master data, and the same people by unit code."""

    people: list[PersonRow] = field(default_factory=list)
    person_units: list[PersonUnitRow] = field(default_factory=list)
    """Units beside the one in the person's own row."""
    rights: list[PrescribingRight] = field(default_factory=list)
    teams: dict[str, Team] = field(default_factory=dict)


def make_staff(region: Region, today: date, random: Random) -> Staff:
    """Twelve people a kommun; their rights hold, or have run out, as seen from `today`."""
    staff = Staff()
    numbers: Counter[str] = Counter()
    for order, kommun in enumerate(region.kommuner):
        for post in (*_POSTS, _SHARED_POSTS[order % 2]):
            numbers[post.profession] += 1
            _hire(post, numbers[post.profession], kommun, staff, today, random)
    return staff


def _hire(post: _Post, number: int, kommun: Kommun, staff: Staff, today: date, random: Random) -> None:
    """Add the person, their units and rights, and what they may do in each unit."""
    person = f"P-{len(staff.people) + 1:04}"
    units = kommun.units[post.units]
    roles = _ROLES.get(post.profession, _ROLES_OF_PRESCRIBERS)
    prescribes = post.profession in PREFIXES_OF_PROFESSION
    name = f"{post.profession.capitalize()} {number}, {kommun.name}"
    licensed = post.licensed and prescribes
    staff.people.append(PersonRow(person, name, post.profession, licensed, roles, units[0].code))
    staff.person_units.extend(PersonUnitRow(person, unit.code) for unit in units[1:])
    for unit in units:
        if prescribes:
            staff.rights.extend(_rights(person, unit, post, today, random))
        _join(staff.teams.setdefault(unit.code, Team()), person, post)


def _join(team: Team, person: str, post: _Post) -> None:
    if Role.ORDERER not in _ROLES.get(post.profession, _ROLES_OF_PRESCRIBERS):
        team.store_staff.append(person)
        return
    team.orderers.append(person)
    if post.profession not in PREFIXES_OF_PROFESSION:
        team.only_orderers.append(person)
    elif post.run_out:
        team.right_run_out.append(person)
    elif not post.licensed:
        team.unlicensed.append(person)
    else:
        team.prescribers.append(Prescriber(person, post.profession))


def _rights(person: str, unit: CareUnit, post: _Post, today: date, random: Random) -> Iterator[PrescribingRight]:
    """One right a product group, given some years ago and for some years to come, or open; one in five renewed."""
    for prefix in PREFIXES_OF_PROFESSION[post.profession]:
        if post.run_out:
            ended = today - _BEFORE_ANY_ORDER - timedelta(days=random.randrange(300))
            yield PrescribingRight(person, unit.code, prefix, ended - 3 * _YEAR, ended)
            continue
        given = today - timedelta(days=random.randrange(200, 1_000))
        until = today + timedelta(days=random.randrange(200, 1_000)) if random.random() < 0.5 else None
        if random.random() < 0.2:
            yield PrescribingRight(person, unit.code, prefix, given - 3 * _YEAR, given - timedelta(days=1))
        yield PrescribingRight(person, unit.code, prefix, given, until)
