"""Did goods appear, vanish, or go out twice? Every movement folded in turn, and the sums against the balances."""

from collections import Counter
from collections.abc import Iterator

from drill.judge.end_state import EndState
from drill.judge.finding import Finding, found

SHELVES = ("store", "outbound")
"""Places that have a balance: it is never below zero."""


def judge_goods(state: EndState) -> list[Finding]:
    """Oversold at any point of the fold, effects that are there twice, balances that are not their sums."""
    stands, oversold = _folded(state)
    return [
        found("oversold", "more went out than there was, at some point of the fold", oversold),
        found("moved-twice", "a cause moved its goods twice, or more than was ordered", _moved_twice(state)),
        found("ledger", "a balance is not the sum of its movements", [
            f"{place} {store} {article}: balance {state.balances.get((place, store, article), 0)}, movements {units}"
            for place, store, article in sorted(stands.keys() | state.balances.keys())
            if (units := stands[place, store, article]) != state.balances.get((place, store, article), 0)
        ]),
        found("numbers", "utleverans numbers have gaps, or stand twice", _numbers(state)),
    ]  # fmt: skip


def _folded(state: EndState) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """What stands where after every movement, and the movements that took what was not there.

    In the order of their ids: whatever a movement took was reserved by a transaction that ended before it began.
    """
    stands: Counter[tuple[str, str, str]] = Counter()
    oversold = []
    for moved in state.moved:
        if moved.goal[0] in SHELVES:
            stands[(*moved.goal, moved.article)] += moved.units
        if moved.origin[0] in SHELVES:
            stands[(*moved.origin, moved.article)] -= moved.units
            if stands[(*moved.origin, moved.article)] < 0:
                oversold.append(f"movement {moved.id}: {' '.join(moved.origin)} {moved.article}")
    return stands, oversold


def _moved_twice(state: EndState) -> Iterator[str]:
    causes = Counter(moved.cause for moved in state.moved)
    yield from (f"cause {cause}" for cause, times in causes.items() if times > 1)
    ordered = {
        (order.id, line_no): units
        for order in state.orders
        for line_no, (_, units) in enumerate(order.lines, start=1)
        if not order.ours
    }
    out: Counter[tuple[int, int]] = Counter()
    for moved in state.moved:
        if moved.kind == "pick" and moved.order_line is not None:
            out[moved.order_line] += moved.units
    yield from (f"order {line[0]} line {line[1]}" for line, units in out.items() if units > ordered.get(line, units))


def _numbers(state: EndState) -> Iterator[str]:
    series: dict[tuple[str, int], list[int]] = {}
    for store, year, number, _ in state.numbers:
        series.setdefault((store, year), []).append(number)
    for (store, year), numbers in series.items():
        if sorted(numbers) != list(range(1, len(numbers) + 1)):
            yield f"{store}-{year}: {len(numbers)} numbers up to {max(numbers)}"
    orders = Counter(order_id for *_, order_id in state.numbers)
    yield from (f"order {order_id}: {times} numbers" for order_id, times in orders.items() if times > 1)
