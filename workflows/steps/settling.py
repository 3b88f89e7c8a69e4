"""Which devices does a pick take? Settled here for the cohort: who lacks registered devices waits for a person.

Locks: the devices, after the orders and before the balances. Raises, where a person picks: SerialNumbersMissing,
SerialNumberRefused. Next: ../device_choice.py (the choice itself), following.py (the devices' way from there).
"""

from collections.abc import Collection, Mapping, Sequence

from config.database import Connection
from workflows.allocation import Goods
from workflows.cohort import Work
from workflows.device_choice import (
    Choice,
    Need,
    SerialNumberRefused,
    SerialNumbersMissing,
    choose,
    named_by_a_person,
    stands_ready,
)
from workflows.devices import Device, DeviceMove, Standing, lock_with_free, move_devices, wake_beside
from workflows.ledger import OUTSTANDING, lock_free
from workflows.rules.individuals import why_not
from workflows.steps.following import give_back

Known = Mapping[Device, Standing]


def settle_devices(work: Work, missing: Mapping[int, int]) -> tuple[list[int], set[Goods]]:
    """Choose the devices of the cohort's lines, take them to outbound and write their numbers on the lines.

    `missing` is what a person did not find, by line. Returns the orders that go on, and the goods of devices that
    were named and are left free, or lost: to wake who waits for them once the goods are booked.
    """
    ids = list(work.ids)
    needs = needs_of(work.tx, ids, missing)
    if not needs:
        if work.serials:
            named_by_a_person([], work.serials)
        return ids, set()
    named = [Device(each.article, serial) for each in needs for serial in each.named]
    if work.serials:
        needs = named_by_a_person(needs, work.serials)
        named += [Device(each.article, serial) for each in needs for serial in each.named]
    known, choice = _choose(work, needs, named)
    if choice.lacking:
        if work.serials is not None:
            raise SerialNumbersMissing(*next(iter(choice.lacking.values())))
        # What arrived before these locks is seen by a second choice; what arrives after them wakes who is parked.
        lock_free(work.tx, _goods_of(work.tx, ids))
        known, choice = _choose(work, needs, named)
        _park(work.tx, choice.lacking)
    left = _take_out(work, [each for each in needs if each.order_id not in choice.lacking], choice, known)
    return [order_id for order_id in ids if order_id not in choice.lacking], left


def needs_of(tx: Connection, ids: Sequence[int], missing: Mapping[int, int] | None = None) -> list[Need]:
    """The lines of individually marked articles among the orders' lines, in the order of the queue."""
    lost = missing or {}
    rows = tx.execute(
        f"SELECT o.id, l.line_no, o.sender, l.article, {OUTSTANDING}, l.serial_numbers FROM order_line l "
        "JOIN article a ON a.number = l.article AND (a.individual OR l.serial_numbers IS NOT NULL) "
        f"JOIN orders o ON o.id = l.order_id WHERE l.order_id = ANY(%s::bigint[]) AND {OUTSTANDING} > 0 "
        "ORDER BY o.priority, o.received_at, o.id, l.line_no",
        (list(ids),),
    )
    return [
        Need(order_id, line_no, store, article, units - lost.get(line_no, 0), tuple(named or ()), lost.get(line_no, 0))
        for order_id, line_no, store, article, units, named in rows
    ]


def units_needed(needs: Sequence[Need]) -> dict[Goods, int]:
    """How many devices of each goods the needs are of, named and not."""
    units: dict[Goods, int] = {}
    for each in needs:
        units[each.goods] = units.get(each.goods, 0) + each.units
    return dict(sorted(units.items()))


def _choose(work: Work, needs: Sequence[Need], named: Collection[Device]) -> tuple[Known, Choice]:
    given = work.serials or {}
    allotted = units_needed([each for each in needs if each.article not in given])
    known, free = lock_with_free(work.tx, set(named), allotted)
    for need in needs:
        for serial in need.named if need.article in given else ():
            standing = known.get(Device(need.article, serial))
            if serial in given[need.article] and not stands_ready(standing, need.store, need.order_id):
                assert standing is not None
                raise SerialNumberRefused(
                    Device(need.article, serial),
                    *why_not(standing.place, standing.store, need.store, reserved=standing.order_id is not None),
                )
    return known, choose(needs, known, free)


def _goods_of(tx: Connection, ids: Sequence[int]) -> set[Goods]:
    rows = tx.execute(
        "SELECT DISTINCT o.sender, l.article FROM orders o JOIN order_line l ON l.order_id = o.id "
        "WHERE o.id = ANY(%s::bigint[])",
        (list(ids),),
    )
    return {Goods(*row) for row in rows}


def _park(tx: Connection, lacking: Mapping[int, tuple[str, int]]) -> None:
    """They stay validated and wait for a person, or for devices (parked.py); no attempt is counted."""
    tx.execute(
        "UPDATE orders o SET due_at = NULL, attempts = 0, alone = false, lacks = p.article "
        "FROM unnest(%s::bigint[], %s::text[]) AS p (id, article) WHERE o.id = p.id",
        (list(lacking), [article for article, _ in lacking.values()]),
    )
    wake_beside(tx, lacking)


def _take_out(work: Work, needs: Sequence[Need], choice: Choice, known: Known) -> set[Goods]:
    unknown, moves, written = [], [], []
    for need in needs:
        serials = choice.chosen[need.order_id, need.line_no]
        for serial in serials:
            place = DeviceMove(need.article, serial, None, "store", need.store, need.order_id, need.line_no)
            standing = known.get(Device(need.article, serial))
            if serial in need.named and (standing is None or standing.withdrawn):
                unknown.append(place._replace(from_place=standing and standing.place))
            moves.append(place._replace(from_place="store", to_place="outbound"))
        written.append((need, serials))
    move_devices(work.tx, unknown, "register", work.actor)
    move_devices(work.tx, moves, "pick", work.actor)
    lost, left = _leave_behind(work, needs, {(move.article, move.serial_number) for move in moves}, known)
    _write(work.tx, [(need, (*serials, *_share(lost, need))) for need, serials in written])
    return left


def _leave_behind(
    work: Work, needs: Sequence[Need], taken: Collection[tuple[str, str]], known: Known
) -> tuple[dict[str, list[str]], set[Goods]]:
    """What becomes of devices the orders had reserved and that are not taken: those missed are lost, others free."""
    lost: dict[str, list[str]] = {}
    gone, free = [], []
    for device, standing in known.items():
        if standing.place != "store" or standing.order_id not in work.ids or device in taken:
            continue
        goods = [need for need in needs if (need.order_id, need.article) == (standing.order_id, device.article)]
        if not goods:
            continue
        missed = sum(need.missing for need in goods)
        move = DeviceMove(*device, "store", "store", standing.store)
        if len(lost.setdefault(device.article, [])) < missed:
            lost[device.article].append(device.serial_number)
            gone.append(move._replace(to_place="difference"))
        else:
            free.append(move)
    move_devices(work.tx, gone, "short_pick", work.actor, reason=work.reason)
    give_back(work, free, "release")
    return lost, {Goods(each.store, each.article) for each in free + gone}


def _share(lost: dict[str, list[str]], need: Need) -> list[str]:
    """The numbers that go with what a line missed to its restorder."""
    names = lost.get(need.article, [])
    share = names[: need.missing]
    del names[: need.missing]
    return share


def _write(tx: Connection, lines: Sequence[tuple[Need, Sequence[str]]]) -> None:
    """Write the lines' numbers: those that leave first, then those a restorder takes over."""
    rows = [(need.order_id, need.line_no, serial) for need, serials in lines for serial in serials]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    tx.execute(
        "UPDATE order_line l SET serial_numbers = w.serials FROM ("
        "SELECT order_id, line_no, array_agg(serial ORDER BY place) AS serials "
        "FROM unnest(%s::bigint[], %s::int[], %s::text[]) WITH ORDINALITY AS u (order_id, line_no, serial, place) "
        "GROUP BY 1, 2) w "
        "WHERE l.order_id = w.order_id AND l.line_no = w.line_no AND l.serial_numbers IS DISTINCT FROM w.serials",
        columns,
    )
