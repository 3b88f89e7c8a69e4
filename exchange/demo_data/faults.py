"""How does an order of the demo go wrong? One fault a refusal code, each planted in an order that is otherwise good.

With the region's default configuration `between-kommuner-instruction` and `-parties` cannot be reached, as the move
itself is refused first. Next: writing.py, which decides where the faults fall.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from exchange.demo_data.assortment import UNKNOWN_ARTICLE
from exchange.demo_data.orders import Draft, Kind, World
from exchange.demo_data.patients import receiver, with_a_slip
from exchange.demo_data.region import UNKNOWN_STORE, UNKNOWN_UNIT, Kommun
from exchange.demo_data.staff import UNKNOWN_PERSON
from workflows.order_types import LAGER_10


class Fault(NamedTuple):
    """What it is refused with, which kind of order it happens to, and how that order is spoilt."""

    code: str
    kind: Kind
    spoil: Callable[[Draft, World, Random], None]


def _set(field: str, value: object) -> Callable[[Draft, World, Random], None]:
    """The field of the order gets the value."""

    def spoil(draft: Draft, _world: World, _random: Random) -> None:
        draft.body[field] = value

    return spoil


def _ordered_by(group: str) -> Callable[[Draft, World, Random], None]:
    """The orderer is somebody else of the same unit: one of `group` in its team."""

    def spoil(draft: Draft, _world: World, random: Random) -> None:
        draft.body["orderer"]["person"] = random.choice(getattr(draft.team, group))

    return spoil


def _prescribed_by(group: str) -> Callable[[Draft, World, Random], None]:
    """The prescriber is somebody else of the same unit."""

    def spoil(draft: Draft, _world: World, random: Random) -> None:
        draft.body["prescriber"] = random.choice(getattr(draft.team, group))

    return spoil


def _another_kommun(draft: Draft, world: World, random: Random) -> Kommun:
    return random.choice([kommun for kommun in world.region.kommuner if kommun is not draft.kommun])


def _from(draft: Draft, store: str) -> None:
    """Another store delivers; the devices of the own store are not named then."""
    draft.body["sender"] = store
    for line in draft.body["lines"]:
        line.pop("serial_numbers", None)


def _from_another_kommun(draft: Draft, world: World, random: Random) -> None:
    _from(draft, _another_kommun(draft, world, random).store.code)


def _from_lager_10(draft: Draft, _world: World, _random: Random) -> None:
    _from(draft, LAGER_10)


def _from_the_own_store(draft: Draft, _world: World, _random: Random) -> None:
    draft.body["sender"] = draft.kommun.store.code


def _to_the_unit(draft: Draft, _world: World, _random: Random) -> None:
    draft.body["receiver"] = {"kind": "vardenhet", "id": draft.unit.code}


def _to_a_patient(draft: Draft, world: World, random: Random) -> None:
    draft.body["receiver"] = receiver(random.choice(world.patients[draft.kommun.name]), random)


def _between_kommuner(draft: Draft, world: World, random: Random) -> None:
    _from_another_kommun(draft, world, random)
    draft.body["customer_order_type"] = "lagerflytt_mellan_kommuner"
    draft.body["instruction"] = {"reference": "Flytt mellan kommuner", "approved_by": draft.team.orderers[0]}


def _with_a_decision(draft: Draft, _world: World, _random: Random) -> None:
    draft.body["medical_decision"] = {"date": draft.body["ordered_on"], "reference": "J-1"}


def _for_another_kommuns_unit(draft: Draft, world: World, random: Random) -> None:
    draft.body["orderer"]["unit"] = random.choice(_another_kommun(draft, world, random).units).code


def _for_an_unknown_unit(draft: Draft, _world: World, _random: Random) -> None:
    draft.body["orderer"]["unit"] = UNKNOWN_UNIT


def _by_an_unknown_person(draft: Draft, _world: World, _random: Random) -> None:
    draft.body["orderer"]["person"] = UNKNOWN_PERSON


def _first_line(draft: Draft, **fields: Any) -> None:
    draft.body["lines"][0] = {"article": draft.body["lines"][0]["article"], "quantity": 1} | fields


def _of_an_unknown_article(draft: Draft, _world: World, _random: Random) -> None:
    _first_line(draft, article=UNKNOWN_ARTICLE)


def _of_a_withdrawn_article(draft: Draft, world: World, random: Random) -> None:
    _first_line(draft, article=random.choice(world.region.assortment.withdrawn).number)


def _numbers_of_no_individual(draft: Draft, world: World, _random: Random) -> None:
    unmarked = next(article for article in world.region.assortment.wanted if not article.individual)
    _first_line(draft, article=unmarked.number, serial_numbers=[f"{draft.body['external_id']}-1"])


def _without_its_number(draft: Draft, world: World, _random: Random) -> None:
    held = set(draft.kommun.held)
    marked = (article for article in world.region.assortment.wanted if article.individual)
    _first_line(draft, article=next(article for article in marked if article.number in held).number)


def _a_number_twice(draft: Draft, _world: World, _random: Random) -> None:
    serial_number = f"{draft.body['external_id']}-1"
    _first_line(draft, quantity=2, serial_numbers=[serial_number, serial_number])


def _accessory_of_nothing(draft: Draft, _world: World, _random: Random) -> None:
    draft.body["lines"][0]["accessory_to"] = f"{draft.body['external_id']}-0"


def _no_pieces(draft: Draft, _world: World, random: Random) -> None:
    _first_line(draft, quantity=random.choice((0, 10_000)))


def _to_a_mistyped_number(draft: Draft, world: World, random: Random) -> None:
    patient = random.choice(world.patients[draft.kommun.name])
    draft.body["receiver"]["id"] = with_a_slip(patient.number)


def _a_number_as_reference(draft: Draft, world: World, random: Random) -> None:
    draft.body["reference"] = random.choice(world.patients[draft.kommun.name]).number


def _without_sender(draft: Draft, _world: World, _random: Random) -> None:
    del draft.body["sender"]


_HMS, _OWN = Kind.BESTALLNING_FROM_LAGER_10, Kind.BESTALLNING_FROM_OWN_STORE

RULE_FAULTS: Final = (
    Fault("kundordertyp-not-used", Kind.FORSKRIVNING, _set("customer_order_type", "utprovning")),
    Fault("lagerflytt-creator", Kind.LAGERFLYTT, _ordered_by("only_orderers")),
    Fault("lagerflytt-sender", Kind.LAGERFLYTT, _from_another_kommun),
    Fault("lagerflytt-receiver", Kind.LAGERFLYTT, _to_the_unit),
    Fault("between-kommuner-disabled", Kind.LAGERFLYTT, _between_kommuner),
    Fault("bestallning-creator", _OWN, _ordered_by("store_staff")),
    Fault("bestallning-receiver", _HMS, _to_a_patient),
    Fault("bestallning-sender", _OWN, _from_another_kommun),
    Fault("bestallning-medical-decision", _HMS, _with_a_decision),
    Fault("forskrivning-creator", Kind.DIREKTFORSKRIVNING, _ordered_by("only_orderers")),
    Fault("forskrivning-receiver", Kind.FORSKRIVNING, _to_the_unit),
    Fault("forskrivning-prescriber", Kind.DIREKTFORSKRIVNING, _set("prescriber", None)),
    Fault("forskrivning-licence", Kind.FORSKRIVNING, _prescribed_by("unlicensed")),
    Fault("forskrivning-right", Kind.DIREKTFORSKRIVNING, _prescribed_by("right_run_out")),
    Fault("forskrivning-medical-decision", Kind.FORSKRIVNING, _set("medical_decision", None)),
    Fault("direktforskrivning-sender", Kind.DIREKTFORSKRIVNING, _from_lager_10),
    Fault("forskrivning-sender", Kind.FORSKRIVNING, _from_the_own_store),
    Fault("orderer-unit", _HMS, _for_another_kommuns_unit),
    Fault("store-unknown", Kind.DIREKTFORSKRIVNING, _set("sender", UNKNOWN_STORE)),
    Fault("unit-unknown", _HMS, _for_an_unknown_unit),
    Fault("person-unknown", Kind.LAGERFLYTT, _by_an_unknown_person),
    Fault("vardenhet-unknown", _OWN, _set("receiver", {"kind": "vardenhet", "id": UNKNOWN_UNIT})),
    Fault("article-unknown", Kind.FORSKRIVNING, _of_an_unknown_article),
    Fault("article-withdrawn", _HMS, _of_a_withdrawn_article),
    Fault("serial-numbers", _OWN, _numbers_of_no_individual),
    Fault("serial-numbers", _OWN, _without_its_number),
    Fault("accessory-main-device", _HMS, _accessory_of_nothing),
)
"""What the rules refuse, in the `validate` step: the order becomes `rejected`."""

SHAPE_FAULTS: Final = (
    Fault("patient-id", Kind.FORSKRIVNING, _to_a_mistyped_number),
    Fault("lines-missing", _OWN, _set("lines", [])),
    Fault("quantity", Kind.LAGERFLYTT, _no_pieces),
    Fault("serial-numbers", Kind.DIREKTFORSKRIVNING, _a_number_twice),
    Fault("field-missing", _HMS, _without_sender),
    Fault("field-unknown", _OWN, _set("leverantor", "HMS")),
    Fault("field-format", Kind.FORSKRIVNING, _a_number_as_reference),
)
"""What is malformed, and refused on arrival."""
