"""What does the database know of what these orders name? Master data for a cohort, in six queries."""

from collections.abc import Collection, Iterable, Sequence

from config.database import Connection
from workflows.devices import Device, find_devices
from workflows.master_data import (
    Article,
    CareUnit,
    Confirmation,
    KnownDevice,
    MasterData,
    Person,
    PrescribingRight,
    ShortagePolicy,
    Store,
    StoreKind,
)
from workflows.rules import Order


def master_data_for(tx: Connection, orders: Sequence[Order]) -> MasterData:
    """The stores, units, articles, people, rights and devices that `orders` name, and the units' own stores."""
    units = _units(tx, {order.orderer_unit for order in orders} | _receivers(orders, "vardenhet"))
    people = {order.orderer_person for order in orders}
    people |= {person for order in orders for person in (order.prescriber, order.instruction_approved_by) if person}
    stores = {order.sender for order in orders} | _receivers(orders, "kommunlager")
    stores |= {unit.own_store for unit in units.values() if unit.own_store}
    return MasterData(
        stores=_stores(tx, stores),
        units=units,
        articles=articles_with_successors(
            tx,
            {each for order in orders for line in order.lines for each in (line.article, line.ordered_article) if each},
        ),
        people=_people(tx, people),
        rights=_rights(tx, people),
        devices=_devices(tx, named_devices(orders)),
    )


def named_devices(orders: Iterable[Order]) -> set[Device]:
    """The individually marked devices that `orders` name."""
    return {Device(line.article, serial) for order in orders for line in order.lines for serial in line.serial_numbers}


def _devices(tx: Connection, named: Collection[Device]) -> dict[tuple[str, str], KnownDevice]:
    return {
        (device.article, device.serial_number): KnownDevice(known.place, known.store, known.order_id is not None)
        for device, known in find_devices(tx, named).items()
        if not known.withdrawn
    }


def _receivers(orders: Sequence[Order], kind: str) -> set[str]:
    return {order.receiver_code for order in orders if order.receiver_kind == kind and order.receiver_code}


def _stores(tx: Connection, codes: Collection[str]) -> dict[str, Store]:
    rows = tx.execute(
        "SELECT code, name, kind, coalesce(kommun, ''), picking, delivery, shortage, refill_by, lead_class, notice_to "
        "FROM store WHERE code = ANY(%s)",
        (list(codes),),
    )
    return {
        code: Store(
            code, name, StoreKind(kind), kommun, Confirmation(picking), Confirmation(delivery),
            ShortagePolicy(shortage), *more,
        )
        for code, name, kind, kommun, picking, delivery, shortage, *more in rows
    }  # fmt: skip


def _units(tx: Connection, codes: Collection[str]) -> dict[str, CareUnit]:
    rows = tx.execute(
        "SELECT code, name, coalesce(kommun, ''), own_store, coalesce(street, ''), coalesce(postal_code, ''), "
        "coalesce(city, ''), tour_days FROM vardenhet WHERE code = ANY(%s)",
        (list(codes),),
    )
    return {
        code: CareUnit(code, name, kommun, own_store, street, postal_code, city, frozenset(tour_days))
        for code, name, kommun, own_store, street, postal_code, city, tour_days in rows
    }


def articles_with_successors(tx: Connection, numbers: Collection[str]) -> dict[str, Article]:
    """The articles `numbers` and those that come after them, by number."""
    rows = tx.execute(
        """
        WITH RECURSIVE chain AS (
            SELECT number, name, iso_class, gtin, individual, withdrawn, successor FROM article WHERE number = ANY(%s)
            UNION
            SELECT a.number, a.name, a.iso_class, a.gtin, a.individual, a.withdrawn, a.successor
            FROM chain JOIN article a ON a.number = chain.successor)
        SELECT * FROM chain
        """,
        (list(numbers),),
    ).fetchall()
    return {row[0]: Article(*row) for row in rows}


def _people(tx: Connection, ids: Collection[str]) -> dict[str, Person]:
    rows = tx.execute(
        "SELECT p.id, p.name, coalesce(p.profession, ''), p.licensed, p.roles, "
        "ARRAY(SELECT u.unit FROM person_unit u WHERE u.person = p.id) FROM person p WHERE p.id = ANY(%s)",
        (list(ids),),
    )
    return {
        person: Person(person, name, profession, licensed, frozenset(roles), frozenset(units))
        for person, name, profession, licensed, roles, units in rows
    }


def rights_of(tx: Connection, person: str) -> tuple[PrescribingRight, ...]:
    """What the person may prescribe, by unit and ISO prefix; those that are over or to come are among them."""
    return _rights(tx, [person]).get(person, ())


def _rights(tx: Connection, people: Collection[str]) -> dict[str, tuple[PrescribingRight, ...]]:
    rights: dict[str, tuple[PrescribingRight, ...]] = {}
    for row in tx.execute(
        "SELECT person, unit, iso_prefix, valid_from, valid_to FROM prescribing_right WHERE person = ANY(%s) "
        "ORDER BY person, unit, iso_prefix, valid_from",
        (list(people),),
    ):
        right = PrescribingRight(*row)
        rights[right.person] = (*rights.get(right.person, ()), right)
    return rights


def store_codes(tx: Connection) -> list[str]:
    """The codes of all stores, in their order."""
    return [code for (code,) in tx.execute("SELECT code FROM store ORDER BY code")]


def is_article(tx: Connection, number: str) -> bool:
    """Whether there is an article `number`, withdrawn or not."""
    return tx.execute("SELECT FROM article WHERE number = %s", (number,)).fetchone() is not None
