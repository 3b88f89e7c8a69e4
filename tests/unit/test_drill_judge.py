"""Does the judge say no? An end state that is right, and then each break of it, which it must name.

What the judge sees in a real drill: acceptance/test_drill.py.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from drill.history import Tried
from drill.judge.acknowledged import Counts, judge_acknowledged
from drill.judge.end_state import EndState, Moved, OrderEnd, Step
from drill.judge.finding import Finding
from drill.judge.goods import judge_goods
from drill.judge.privacy import tells_of_a_patient
from drill.judge.recovery import Standstill, recoveries, standstills
from drill.judge.steps import judge_steps
from drill.judge.verdict import Verdict
from drill.nemesis import Strike

LINES = (("N-01", 2),)
WAY = [
    ("create", None, "draft"),
    ("validate", "draft", "validated"),
    ("pick", "validated", "picked"),
    ("create_utleverans", "picked", "utleverans"),
    ("deliver", "utleverans", "delivered"),
]


def told(op: str, answer: Any = "ok", key: str = "A", verdict: str = "accepted", **changes: Any) -> Tried:
    lines = [{"article": article, "quantity": quantity} for article, quantity in LINES]
    return replace(Tried(op, "order", {"key": key, "lines": lines}, answer, result={"verdict": verdict}), **changes)


def cancelled(op: str, answer: Any = "ok") -> Tried:
    return Tried(op, "cancel", {"of": "A"}, answer)


def received(op: str, answer: Any = "ok") -> Tried:
    return Tried(op, "receive", {"document": "R-1"}, answer)


ORDER = OrderEnd(1, "A", False, "bestallning", "delivered", False, False, "c1.1", LINES)
STEPS = tuple(
    Step(1, version, event, before, after, float(version), "orderflode")
    for version, (event, before, after) in enumerate(WAY, start=1)
)
SHELF, OUTBOUND, UNIT = ("store", "10"), ("outbound", "10"), ("receiver", "03-05")
MOVED = (
    Moved(1, "opening", "N-01", 5, ("supplier", ""), SHELF, ("opening",), None),
    Moved(2, "pick", "N-01", 2, SHELF, OUTBOUND, (1, 1, "pick", 3), (1, 1)),
    Moved(3, "deliver", "N-01", 2, OUTBOUND, UNIT, (1, 1, "deliver", 5), (1, 1)),
)
RIGHT = EndState(
    (ORDER,), STEPS, MOVED, {("store", "10", "N-01"): 3, ("outbound", "10", "N-01"): 0}, (("10", 2026, 1, 1),),
    Counter({("R-1", "receive"): 1}),
)  # fmt: skip
HISTORY = (told("c1.1"), received("c1.2"))


def broken(state: EndState, history: tuple[Tried, ...] = HISTORY, planted: tuple[str, ...] = ()) -> set[str]:
    """The names of what the judge finds broken."""
    findings: list[Finding] = [*judge_acknowledged(history, state, planted)[0], *judge_goods(state)]
    return {finding.name for finding in [*findings, *judge_steps(state, planted)] if finding.count}


def test_what_is_right_is_not_broken() -> None:
    assert broken(RIGHT) == set()


def without_last_step(state: EndState) -> EndState:
    return replace(state, steps=state.steps[:-1])


def with_order(**changes: Any) -> Callable[[EndState], EndState]:
    return lambda state: replace(state, orders=(replace(ORDER, **changes),))


def with_step(step: Step) -> Callable[[EndState], EndState]:
    return lambda state: replace(state, steps=(*state.steps, step))


def with_movement(moved: Moved) -> Callable[[EndState], EndState]:
    return lambda state: replace(state, moved=(*state.moved, moved))


@pytest.mark.parametrize(
    ("name", "breaks"),
    [
        ("lost", lambda state: replace(state, orders=())),
        ("lost", with_order(lines=(("N-01", 1),))),
        ("lost", lambda state: replace(state, effects=Counter())),
        ("duplicated", lambda state: replace(state, orders=(ORDER, replace(ORDER, id=2)))),
        ("duplicated", lambda state: replace(state, effects=Counter({("R-1", "receive"): 2}))),
        ("unexpected", lambda state: replace(state, orders=(ORDER, replace(ORDER, id=2, key="B")))),
        ("oversold", with_movement(Moved(4, "pick", "N-01", 4, SHELF, OUTBOUND, (2, 1, "pick", 3), (2, 1)))),
        ("moved-twice", with_movement(Moved(4, "pick", "N-01", 2, SHELF, OUTBOUND, (1, 1, "pick", 3), (1, 1)))),
        ("moved-twice", with_movement(Moved(4, "pick", "N-01", 1, SHELF, OUTBOUND, (1, 1, "pick", 4), (1, 1)))),
        ("ledger", lambda state: replace(state, balances=state.balances | {("store", "10", "N-01"): 4})),
        ("numbers", lambda state: replace(state, numbers=(("10", 2026, 2, 1),))),
        ("numbers", lambda state: replace(state, numbers=(*state.numbers, ("10", 2026, 2, 1)))),
        ("skipped", lambda state: replace(state, steps=(*state.steps[:2], *state.steps[3:]))),
        ("skipped", without_last_step),
        ("skipped", lambda state: replace(state, numbers=())),
        ("skipped", lambda state: replace(state, moved=state.moved[:1])),
        ("skipped", with_step(Step(1, 6, "cancel", "delivered", "cancelled", 6.0, "c1.9"))),
        ("double-ends", with_step(Step(1, 6, "cancel", "delivered", "cancelled", 6.0, "c1.9"))),
        ("stuck", with_order(state="picked")),
        ("held", with_order(state="draft", held=True)),
    ],
)
def test_each_break_is_named(name: str, breaks: Callable[[EndState], EndState]) -> None:
    assert name in broken(breaks(RIGHT))


def test_planted_poison_is_held_or_it_is_named() -> None:
    poison = replace(ORDER, id=2, key="P", state="draft", held=True)
    steps = (*STEPS, Step(2, 1, "create", None, "draft", 1.0, "drill"))
    state = replace(RIGHT, orders=(ORDER, poison), steps=steps)
    assert broken(state, planted=("P",)) == set()
    free = replace(state, orders=(ORDER, replace(poison, held=False)))
    assert broken(free, planted=("P",)) == {"held", "stuck"}


def test_an_answer_that_was_lost_allows_both_and_is_counted() -> None:
    def counts(*history: Tried, state: EndState = RIGHT) -> Counts:
        findings, found = judge_acknowledged((*history, received("r")), state, ())
        assert not any(finding.count for finding in findings)
        return found

    present = counts(told("c1.1", "unknown"))
    assert (present.recovered, present.absent) == (1, 0)
    absent = counts(told("c1.1", "unknown"), state=replace(RIGHT, orders=()))
    assert (absent.recovered, absent.absent) == (0, 1)
    again = counts(told("c1.1", "unknown"), told("c1.3", verdict="unchanged"))
    assert (again.orders, again.recovered) == (1, 0)


def test_what_certainly_failed_may_not_be_there() -> None:
    assert broken(RIGHT, (told("c1.1", "fail"), received("c1.2"))) == {"unexpected"}
    effects = RIGHT.effects + Counter({("c1.3", "cancel"): 1})
    assert broken(replace(RIGHT, effects=effects), (*HISTORY, cancelled("c1.3", "fail"))) == {"unexpected"}


def test_an_order_accepted_as_new_twice_is_duplicated() -> None:
    assert broken(RIGHT, (*HISTORY, told("c1.3"))) == {"duplicated"}
    assert broken(RIGHT, (*HISTORY, told("c1.3", verdict="unchanged"))) == set()
    assert broken(RIGHT, (*HISTORY, told("c1.3", verdict="refused"))) == {"refused-as-reused"}


@pytest.mark.parametrize("text", ["193208019111", "19320801-9111", "320801-9111", "3208019111", "Kanariefågel 7"])
def test_a_canary_is_known_in_every_form(text: str) -> None:
    assert tells_of_a_patient(f"arguments=('{text}', 1)")
    assert not tells_of_a_patient("order 193208019112 of 2026-11-20T08:00:00.123456")


def verdict(*strikes: Strike, least: int = 1, number: int = 0) -> Verdict:
    findings, counts = judge_acknowledged(HISTORY, RIGHT, ())
    recovered = tuple(recoveries(["kill"], strikes, RIGHT))
    return Verdict(1, 1.0, None, tuple(findings), counts, recovered, (), least, number, {}, {}, 0.0, 0.0)


def test_a_fault_that_nobody_saw_makes_the_drill_red() -> None:
    seen, unseen = Strike("kill", 1.0, 2.5, True, "gone"), Strike("kill", 1.0, 2.5, False, "-")
    assert verdict(seen).is_green
    assert verdict(unseen).unseen == ["kill"]
    assert not verdict(unseen).is_green
    assert not verdict(seen, unseen, least=2).is_green
    assert not verdict(seen, number=2).is_green
    assert verdict().unseen == ["kill"]
    assert "RÖTT" in verdict(unseen).as_text()


def test_recovery_is_the_time_until_an_order_moves_by_itself() -> None:
    (recovery,) = recoveries(
        ["kill"], [Strike("kill", 1.0, 2.5, True, "gone"), Strike("kill", 3.0, 3.1, True, "gone")], RIGHT
    )
    assert (recovery.median_seconds, recovery.longest_seconds) == (0.7, 0.9)


def test_the_longest_standstills_are_named_with_what_struck_meanwhile() -> None:
    late = replace(STEPS[-1], version=6, at=9.0)
    state = replace(RIGHT, steps=(*STEPS, late))
    strikes = [Strike("kill", 5.5, 6.0, True, "gone"), Strike("cut", 1.0, 1.2, True, "cut")]
    assert standstills(strikes, state, 20.0)[0] == Standstill(4.0, ("kill",))
    assert standstills(strikes, state, 5.0)[0] == Standstill(1.0, ())
