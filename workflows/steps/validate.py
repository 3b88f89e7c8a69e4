"""validate: every rule, every violation at once; who obeys them gets goods, or a place in the queue.

draft → rejected | backordered | validated. Locks: orders, named devices, then balances in key order, after the rules.
An order that would overtake a waiting one of the same goods waits behind it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from config.database import Connection
from config.settings import settings
from workflows.accessories.reading import main_devices_with_receivers
from workflows.allocation import Demand
from workflows.cohort import PoisonedOrder, Step, Work
from workflows.devices import Device, lock_devices
from workflows.machines import Group
from workflows.master_data import MasterData
from workflows.master_queries import master_data_for, named_devices
from workflows.rules import RulePolicy, Verdict, check
from workflows.steps.allotting import allot, go_on, reserve_devices
from workflows.steps.instead import send_instead
from workflows.steps.moving import move
from workflows.steps.reading import CohortOrder, demands_of_drafts, read_orders
from workflows.steps.waiting import keep_place

EVENT = "validate"


def rule_policy() -> RulePolicy:
    """What the configuration leaves to the region: which customer order types a lagerflyttsorder may have (S14)."""
    return RulePolicy(lagerflytt_types=frozenset(settings().lagerflytt_types))


def judge(tx: Connection, ids: Sequence[int]) -> dict[int, Verdict]:
    """What the rules say of each order, by id. Raises PoisonedOrder."""
    return _judged(tx, read_orders(tx, ids))[0]


def _judged(tx: Connection, orders: Mapping[int, CohortOrder]) -> tuple[dict[int, Verdict], MasterData]:
    master = master_data_for(tx, [each.order for each in orders.values()])
    ties = [order_id for order_id, each in orders.items() if any(line.accessory_to for line in each.order.lines)]
    there = main_devices_with_receivers(tx, ties)
    policy = rule_policy()
    verdicts = {}
    for order_id, each in orders.items():
        try:
            order = replace(each.order, with_receiver=there[order_id]) if order_id in there else each.order
            verdicts[order_id] = check(order, master, policy)
        except Exception as error:
            # A pure function names its order at once; the cohort need not be halved.
            raise PoisonedOrder(order_id) from error
    return verdicts, master


def validate(work: Work) -> None:
    """Judge the drafts, and reserve what the good ones ask for."""
    orders = read_orders(work.tx, work.ids)
    named = named_devices(each.order for each in orders.values())
    if named:
        # Before they are judged, so that what the rules see free stays free, and before any balance.
        lock_devices(work.tx, named)
    parts = _in_turn(orders) if named else [list(work.ids)]
    for part in parts:
        _validate(replace(work, ids=part), {order_id: orders[order_id] for order_id in part})


def _in_turn(orders: Mapping[int, CohortOrder]) -> list[list[int]]:
    """The cohort in parts: who names a device that an order before it names, also as the main device of an accessory,
    is judged when that one has had its go."""
    parts: list[list[int]] = [[]]
    named: set[Device] = set()
    for order_id, each in sorted(orders.items(), key=lambda one: one[1].place):
        its_own = named_devices([each.order])
        main_devices = {line.accessory_to for line in each.order.lines}
        if not (named.isdisjoint(its_own) and main_devices.isdisjoint(device.serial_number for device in named)):
            parts.append([])
            named = set()
        parts[-1].append(order_id)
        named |= its_own
    return parts


def _validate(work: Work, orders: Mapping[int, CohortOrder]) -> None:
    verdicts, master = _judged(work.tx, orders)
    rejected = [order_id for order_id in work.ids if verdicts[order_id].violations]
    move(
        work,
        EVENT,
        Group("draft", rules_broken=True),
        rejected,
        due=False,
        findings=[[violation.as_json() for violation in verdicts[each].violations] for each in rejected],
    )
    accepted = [order_id for order_id in work.ids if not verdicts[order_id].violations]
    if accepted:
        # A withdrawn article is not to be had: its successor is what the order asks for from here on.
        send_instead(work.tx, {order_id: verdicts[order_id].replaced for order_id in accepted})
        good = {order_id: orders[order_id] for order_id in accepted}
        demands = demands_of_drafts(work.tx, good, verdicts, master)
        _reserve(work, demands, {order_id: _evidence(verdicts[order_id]) for order_id in accepted})


def _reserve(work: Work, demands: list[Demand], evidence: dict[int, object]) -> None:
    allotments = allot(work.tx, demands, work.actor)
    waiting = {each.demand.place.order_id: each.lacking for each in allotments if each.waits}
    if waiting:
        keep_place(work.tx, list(waiting), waiting)
        findings = [evidence[order_id] for order_id in waiting]
        move(work, EVENT, Group("draft", goods_missing=True), list(waiting), due=False, findings=findings)
    go_on(work, EVENT, Group("draft"), allotments, evidence)
    reserve_devices(work, allotments, waited=False)


def _evidence(verdict: Verdict) -> object:
    """The rights to prescribe that were found, as they were that day; None where none is needed."""
    if not verdict.evidence:
        return None
    return [
        {
            "person": person.id,
            "profession": person.profession,
            "unit": right.unit,
            "iso_prefix": right.iso_prefix,
            "valid_from": right.valid_from.isoformat() if right.valid_from else None,
            "valid_to": right.valid_to.isoformat() if right.valid_to else None,
        }
        for person, right in verdict.evidence
    ]


STEP = Step(EVENT, ("draft",), validate)
