"""Is what was acknowledged there, once, and nothing else? The clients' history against the end state.

After Jepsen's total-queue. Lost: acknowledged and absent. Recovered: unknown and present, which is allowed.
Unexpected: present, though it never was asked for or certainly failed. Duplicated: done more than once.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from drill.history import Tried
from drill.judge.end_state import EndState, OrderEnd
from drill.judge.finding import Finding, found

EVENTS: Mapping[str, str] = {
    "cancel": "cancel",
    "fail-delivery": "fail_delivery",
    "confirm-pick": "pick",
    "confirm-delivery": "deliver",
    "return": "return",
    "receive": "receive",
}
"""What each kind of operation beside orders does, as the engine calls it."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many operations were tried, and what became of the orders whose answer was lost."""

    tried: int
    ok: int
    failed: int
    unknown: int
    orders: int
    """Orders that were acknowledged."""
    recovered: int
    absent: int
    effects_recovered: int


def judge_acknowledged(
    history: Sequence[Tried], state: EndState, planted: Collection[str]
) -> tuple[list[Finding], Counts]:
    """Every order and every other operation of the history."""
    tries: dict[str, list[Tried]] = defaultdict(list)
    for tried in history:
        if tried.kind == "order":
            tries[tried.told["key"]].append(tried)
    there: dict[str, list[OrderEnd]] = defaultdict(list)
    for order in state.orders:
        if not order.ours:
            there[order.key].append(order)
    acknowledged = {key for key, each in tries.items() if _any(each, "ok")}
    doubtful = {key for key, each in tries.items() if _any(each, "unknown")} - acknowledged
    findings = [
        found("lost", "acknowledged and absent, or other than ordered", [
            *sorted((acknowledged | set(planted)) - there.keys()),
            *_altered(tries, there),
            *_missing_effects(history, state),
        ]),
        found("duplicated", "stored, acknowledged as new, or done more than once", [
            *(f"order {key}" for key, orders in there.items() if len(orders) > 1),
            *(f"order {key} accepted twice" for key, each in tries.items() if _accepted(each) > 1),
            *_double_effects(history, state),
        ]),
        found("unexpected", "present, though never asked for or certainly failed", [
            *sorted(f"order {key}" for key in there.keys() - acknowledged - doubtful - set(planted)),
            *_uncalled_effects(history, state),
            *_own_orders_without_cause(history, state),
        ]),
        found("refused-as-reused", "an order sent again was taken for another one", [
            one.op for each in tries.values() for one in each
            if one.answer == "ok" and one.result["verdict"] == "refused"
        ]),
    ]  # fmt: skip
    return findings, _counts(history, state, acknowledged, doubtful & there.keys(), doubtful - there.keys())


def _accepted(tries: Iterable[Tried]) -> int:
    return sum(one.answer == "ok" and one.result["verdict"] == "accepted" for one in tries)


def _altered(tries: Mapping[str, Sequence[Tried]], there: Mapping[str, Sequence[OrderEnd]]) -> Iterator[str]:
    for key, each in tries.items():
        ordered = tuple((line["article"], line["quantity"]) for line in each[0].told["lines"])
        for order in there.get(key, ()):
            if order.lines != ordered:
                yield f"order {key}: lines differ"


def _effects_tried(history: Iterable[Tried]) -> dict[tuple[str, str], list[Tried]]:
    """Every effect that was asked for beside orders, with its tries. An operation has an effect of its own, but for a
    delivery from the supplier, which may be told again: it is known by its document."""
    tries: dict[tuple[str, str], list[Tried]] = defaultdict(list)
    for tried in history:
        if tried.kind in EVENTS:
            tries[tried.told.get("document", tried.op), EVENTS[tried.kind]].append(tried)
    return tries


def _any(tries: Iterable[Tried], answer: str) -> bool:
    return any(tried.answer == answer for tried in tries)


def _missing_effects(history: Sequence[Tried], state: EndState) -> Iterator[str]:
    for effect, tries in _effects_tried(history).items():
        if _any(tries, "ok") and not state.effects[effect]:
            yield " ".join(effect)
    keys = {order.key for order in state.orders if order.ours}
    for tried in history:
        if tried.kind == "refill" and tried.answer == "ok":
            yield from (f"{tried.op} {key}" for key in tried.result["created"] if key not in keys)


def _double_effects(history: Sequence[Tried], state: EndState) -> Iterator[str]:
    yield from (" ".join(effect) for effect in _effects_tried(history) if state.effects[effect] > 1)


def _uncalled_effects(history: Sequence[Tried], state: EndState) -> Iterator[str]:
    for effect, tries in _effects_tried(history).items():
        if state.effects[effect] and not _any(tries, "ok") and not _any(tries, "unknown"):
            yield " ".join(effect)


def _own_orders_without_cause(history: Sequence[Tried], state: EndState) -> Iterator[str]:
    """What the engine made itself by an operation that certainly failed, or that nobody tried."""
    answers = {tried.op: tried.answer for tried in history}
    for order in state.orders:
        if order.ours and order.created_by != "orderflode" and answers.get(order.created_by, "fail") == "fail":
            yield f"order {order.key}"


def _counts(
    history: Sequence[Tried], state: EndState, acknowledged: set[str], recovered: set[str], absent: set[str]
) -> Counts:
    answers = [tried.answer for tried in history]
    return Counts(
        tried=len(answers),
        ok=answers.count("ok"),
        failed=answers.count("fail"),
        unknown=answers.count("unknown"),
        orders=len(acknowledged),
        recovered=len(recovered),
        absent=len(absent),
        effects_recovered=sum(
            not _any(tries, "ok") and _any(tries, "unknown") and state.effects[effect] > 0
            for effect, tries in _effects_tried(history).items()
        ),
    )
