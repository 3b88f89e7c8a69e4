"""Did every order go its way? No step skipped, one end, nothing stuck, and precisely the planted poison held."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from itertools import pairwise

from drill.judge.end_state import EndState, Step
from drill.judge.finding import Finding, found
from workflows.machines import all_transitions

ENDS = ("delivered", "cancelled")
MAIN_LINE = ("validated", "picked", "utleverans", "delivered")


def judge_steps(state: EndState, planted: Collection[str]) -> list[Finding]:
    """Every order's history against the machines, and where it stands."""
    history: dict[int, list[Step]] = defaultdict(list)
    for step in state.steps:
        history[step.order_id].append(step)
    held = {order.key for order in state.orders if order.held}
    return [
        found("skipped", "a step that no machine allows, or one that was left out", _skipped(state, history)),
        found("double-ends", "an order ended more than once", [
            f"order {order_id}" for order_id, steps in history.items()
            if sum(step.after in ENDS for step in steps) > 1
        ]),
        found("stuck", "an order neither moved on nor says why, a minute after everything was healed", [
            f"order {order.key} {order.state}" for order in state.orders
            if order.state not in ENDS and not order.held and not order.waits_for_somebody
        ]),
        found("held", "held without being poison, or poison that is not held", [
            *sorted(f"held {key}" for key in held - set(planted)),
            *sorted(f"not held {key}" for key in set(planted) - held),
        ]),
    ]  # fmt: skip


def _skipped(state: EndState, history: dict[int, list[Step]]) -> Iterator[str]:
    allowed = {(each.order_type, each.event, each.from_state, each.to_state) for each in all_transitions()}
    numbered = Counter(order_id for *_, order_id in state.numbers)
    picked = {moved.order_line[0] for moved in state.moved if moved.kind == "pick" and moved.order_line}
    for order in state.orders:
        steps = history[order.id]
        if not steps or steps[0].before is not None or steps[0].after != "draft":
            yield f"order {order.key} does not begin as a draft"
            continue
        for before, step in pairwise(steps):
            if step.before != before.after or step.version != before.version + 1:
                yield f"order {order.key} version {step.version}: from {step.before} after {before.after}"
            if (order.order_type, step.event, step.before, step.after) not in allowed:
                yield f"order {order.key} version {step.version}: {step.event} from {step.before} to {step.after}"
        if steps[-1].after != order.state:
            yield f"order {order.key} is {order.state}, its history says {steps[-1].after}"
        if order.state == "delivered":
            if [step.after for step in steps if step.after in MAIN_LINE][-len(MAIN_LINE) :] != list(MAIN_LINE):
                yield f"order {order.key} was delivered past a step"
            if not numbered[order.id] or order.id not in picked:
                yield f"order {order.key} was delivered without its utleverans or its pick"
