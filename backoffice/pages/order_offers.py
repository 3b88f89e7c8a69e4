"""What can be chosen in a new order? What the visitor's permissions, its type and its unit decide; own store filled in.

The rules judge whatever was chosen: what is not offered here is not allowed by being sent. Next: workflows/rules/.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from backoffice.json_text import STOCKHOLM
from backoffice.pages.order_form import FIRST_ROWS, LINE, Filled
from backoffice.pages.visit import Visit
from config.database import Connection
from exchange.shape_check import code
from workflows.master_data import Role
from workflows.order_choices import (
    Found,
    Named,
    Unit,
    articles_named,
    kommunlager,
    people_named,
    people_with_roles,
    prescribers_at,
    unit_of,
    units_found,
    units_named,
)
from workflows.order_types import LAGER_10, RULE_TABLE, CustomerOrderType, OrderType
from workflows.permissions import CREATE
from workflows.steps.validate import rule_policy

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No digits, so that it never looks like anybody's number, and no vowels, so that it says nothing."""

_BY_PROFESSION = (OrderType.FORSKRIVNING, OrderType.BESTALLNING, OrderType.LAGERFLYTTSORDER)
"""Who may create several types begins with the one that fewest may."""

_LAGER_10 = Named(LAGER_10, "HMS")
_is_code = code(64)


@dataclass(frozen=True, slots=True)
class Offers:
    """What the form offers, by code and name. `is_oneself`: the visitor orders in their own name."""

    types: list[str]
    is_oneself: bool
    unit: Unit | None
    units: list[Named]
    people: list[Named]
    customer_types: list[str]
    senders: list[Named]
    receivers: list[Named]
    prescribers: list[Named]
    articles: dict[str, Found]
    names: dict[str, str] = field(default_factory=dict)
    """What the people and the receiving unit that are filled in are called, by code."""


def new_number() -> str:
    """The external id of an order that is begun: sent twice, the order is the same."""
    return "".join(secrets.choice(_LETTERS) for _ in range(14))


def types_for(visit: Visit) -> list[str]:
    """The order types that the visitor may create."""
    return [each for each in _BY_PROFESSION if visit.may(CREATE[each])]


def begun(visit: Visit, tx: Connection, order_type: str) -> Filled:
    """A form of that type in which nothing is filled in but what follows from the visitor."""
    filled = Filled(rows=[dict.fromkeys(LINE, "") for _ in range(FIRST_ROWS)])
    filled["external_id"], filled["order_type"], filled["priority"] = new_number(), order_type, "normal"
    if orders_as_oneself(visit):
        filled["orderer.person"] = visit.actor.person or ""
    units = units_named(tx, visit.actor.units, visit.actor.kommun)
    if len(units) == 1:
        filled["orderer.unit"] = units[0].code
    follow(visit, tx, filled)
    return filled


def follow(visit: Visit, tx: Connection, filled: Filled) -> None:
    """Fill in what follows from the order type and the unit, where either is another than the form was drawn for."""
    now = (filled["order_type"], filled["orderer.unit"])
    if now == filled.was:
        return
    unit = _unit(visit, tx, filled)
    own_store = unit.own_store if unit is not None else None
    (order_type, _), (was_type, _), filled.was = now, filled.was, now
    if order_type == OrderType.LAGERFLYTTSORDER:
        used = _customer_types(order_type)
        usual = CustomerOrderType.LAGERFLYTT if CustomerOrderType.LAGERFLYTT in used else "".join(used[:1])
        filled["customer_order_type"], filled["sender"], filled["receiver.id"] = usual, LAGER_10, own_store or ""
    elif order_type == OrderType.BESTALLNING:
        filled["customer_order_type"], filled["sender"] = "", own_store or LAGER_10
        filled["receiver.id"] = unit.code if unit is not None else ""
    else:
        own = CustomerOrderType.DIREKTFORSKRIVNING if own_store else CustomerOrderType.FORSKRIVNING
        filled["customer_order_type"], filled["sender"] = own, own_store or LAGER_10
        if was_type != order_type:
            filled["receiver.id"] = ""
    if Role.PRESCRIBER in visit.actor.roles and filled["prescriber"] in ("", visit.actor.person):
        filled["prescriber"] = (visit.actor.person or "") if order_type == OrderType.FORSKRIVNING else ""


def offers(visit: Visit, tx: Connection, filled: Filled) -> Offers:
    """What there is to choose, for the type and the unit that are filled in."""
    order_type, unit = filled["order_type"], _unit(visit, tx, filled)
    oneself, kommun = orders_as_oneself(visit), visit.actor.kommun
    between = filled["customer_order_type"] == CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER
    stores = kommunlager(tx, None if between else kommun) if order_type == OrderType.LAGERFLYTTSORDER else []
    people = [] if unit is None or oneself else _creators(tx, order_type, unit.code)
    is_medical = order_type == OrderType.FORSKRIVNING and unit is not None
    named = [filled[path] for path in ("orderer.person", "prescriber", "instruction.approved_by")]
    receiving = unit_of(tx, filled["receiver.id"], kommun) if order_type == OrderType.BESTALLNING else None
    return Offers(
        types=types_for(visit),
        is_oneself=oneself,
        unit=unit,
        units=units_named(tx, visit.actor.units, kommun) if oneself else units_found(tx, "", kommun),
        people=people,
        customer_types=_customer_types(order_type),
        senders=stores if between else _senders(order_type, unit),
        receivers=stores,
        prescribers=prescribers_at(tx, unit.code, _ordered_on(filled)) if is_medical and unit else [],
        articles=articles_named(tx, _codes(row["article"] for row in filled.rows)),
        names=people_named(tx, _codes(named)) | ({receiving.code: receiving.name} if receiving else {}),
    )


def orders_as_oneself(visit: Visit) -> bool:
    """Whether they order in their own name; HMS orders on behalf of others."""
    return visit.actor.person is not None and Role.HMS not in visit.actor.roles


def today() -> date:
    """The day in Sweden."""
    return datetime.now(STOCKHOLM).date()


def _ordered_on(filled: Filled) -> date:
    try:
        return date.fromisoformat(filled["ordered_on"])
    except ValueError:
        return today()


def _unit(visit: Visit, tx: Connection, filled: Filled) -> Unit | None:
    given = _codes([filled["orderer.unit"]])
    return unit_of(tx, given[0], visit.actor.kommun) if given else None


def _codes(values: Iterable[str]) -> list[str]:
    """Those that may be codes: what is too long, or no text, is nothing's."""
    return [each for each in values if each and isinstance(_is_code(each), str)]


def _creators(tx: Connection, order_type: str, unit: str) -> list[Named]:
    """Who of the unit may be the orderer of that type."""
    roles = frozenset(role for row in RULE_TABLE if row.order_type == order_type for role in row.creators)
    return people_with_roles(tx, unit, roles) if roles else prescribers_at(tx, unit, today())


def _customer_types(order_type: str) -> list[str]:
    if order_type == OrderType.LAGERFLYTTSORDER:
        return sorted(rule_policy().lagerflytt_types)
    return [row.customer_order_type for row in RULE_TABLE if row.order_type == order_type and row.customer_order_type]


def _senders(order_type: str, unit: Unit | None) -> list[Named]:
    if order_type == OrderType.LAGERFLYTTSORDER or unit is None or unit.own_store is None:
        return [_LAGER_10]
    return [Named(unit.own_store, unit.store_name or ""), _LAGER_10]
