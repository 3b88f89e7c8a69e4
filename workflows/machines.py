"""What is allowed? The states and events of an order: one state machine per order type over one main line.

The only declaration of transitions: the database's table, the diagrams and docs/order_lifecycle.md are
generated from here. One machine instance is bound to a *group*, orders of one type in one state with one
outcome, and runs the event for all of them. Next: cohort.py, which runs a step around it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from statemachine import State, StateMachine
from statemachine.exceptions import TransitionNotAllowed

from workflows.order_types import OrderType
from workflows.step_refusals import why_not


class StepNotAllowed(Exception):
    """The event is not allowed in the order's state, where those in `allowed` are; step_refusals.py has the words."""

    def __init__(self, event: str, state: str, allowed: tuple[str, ...]) -> None:
        super().__init__(why_not(event, state, allowed))
        self.event, self.state, self.allowed = event, state, allowed


@dataclass(slots=True)
class Group:
    """Orders of one type in one state that share an outcome: the model a machine is bound to.

    The facts are what the rules and the allocation found out; the machine's guards read them.
    """

    state: str
    rules_broken: bool = False
    goods_missing: bool = False
    has_utleverans: bool = False


class OrderMachine(StateMachine):
    """The main line that all order types share, from draft to delivered, and what stands beside it.

    StateMachine and not StateChart: the latter's defaults swallow an exception and still advance, and ignore
    illegal and misspelt events (measured).
    """

    draft = State("Utkast", initial=True, value="draft")
    """Received, not yet judged. The validate step moves it on as soon as a worker is free."""
    validated = State("Validerad", value="validated")
    """Obeys the rules, and its goods are reserved. The pick step moves it on, or a person who confirms the pick;
    if nobody does, the goods stay reserved and the order is listed as open."""
    picked = State("Plockad", value="picked")
    """The goods have left the shelf and the balance, and stand in outbound. The system makes the utleverans
    by itself, always: this is the step that used to be forgotten."""
    utleverans = State("Utleverans", value="utleverans")
    """Has its numbered utleverans. Delivered by itself, or by a person who confirms the receipt;
    if nobody does, the goods stay in outbound and the order is listed as open."""
    delivered = State("Levererad", value="delivered", final=True)
    """The end: the goods are with the receiver. What comes back comes through a return."""
    rejected = State("Avvisad", value="rejected")
    """Breaks a rule. Waits for a person, who amends it back to draft or cancels it."""
    backordered = State("Restnoterad", value="backordered")
    """Valid, but goods are missing. Resumes by itself, by priority and age, when goods arrive."""
    cancelled = State("Makulerad", value="cancelled", final=True)
    """The other end: cancelled with a reason; what was reserved or taken is back."""

    validate = (
        draft.to(rejected, cond="rules_broken")
        | draft.to(backordered, cond="goods_missing", unless="rules_broken")
        | draft.to(validated, unless=["rules_broken", "goods_missing"])
    )
    pick = validated.to(picked)
    create_utleverans = picked.to(utleverans)
    deliver = utleverans.to(delivered, cond="has_utleverans")
    resume = backordered.to(validated, unless="goods_missing")
    unreserve = validated.to(backordered)
    reduce = backordered.to(backordered) | validated.to(validated) | picked.to(picked)
    amend = rejected.to(draft)
    cancel = cancelled.from_(draft, rejected, backordered, validated, picked)
    fail_delivery = utleverans.to(cancelled)


class LagerflyttsorderMachine(OrderMachine):
    """Lagerflyttsorder: delivery is the receipt at the kommunlager, whose balance grows."""


class BestallningMachine(OrderMachine):
    """Beställning: from the own store or lager 10 to a vårdenhet."""


class ForskrivningMachine(OrderMachine):
    """Förskrivning: from the own store (direktförskrivning) or lager 10 to a patient."""


MACHINES: dict[str, type[OrderMachine]] = {
    OrderType.LAGERFLYTTSORDER: LagerflyttsorderMachine,
    OrderType.BESTALLNING: BestallningMachine,
    OrderType.FORSKRIVNING: ForskrivningMachine,
}


class Transition(NamedTuple):
    """One allowed transition of one order type."""

    order_type: str
    event: str
    from_state: str
    to_state: str


def advance(order_type: str, event: str, group: Group) -> str:
    """Send `event` to the group's machine and return the state it is in afterwards.

    Raises StepNotAllowed for an event that is unknown, illegal in the state, or barred by a guard; the group
    then stands where it stood.
    """
    before = group.state
    allowed = allowed_events(order_type, before)
    if event not in allowed:
        # Asked before the library is: it takes None for the initial state, and any method's name for an event.
        raise StepNotAllowed(event, str(before), allowed)
    try:
        MACHINES[order_type](group).send(event)
    except TransitionNotAllowed as refusal:
        raise StepNotAllowed(event, before, allowed) from refusal
    except BaseException:
        # An exception in an `after` callback comes when the library has moved the state on.
        group.state = before
        raise
    return group.state


def allowed_events(order_type: str, state: str) -> tuple[str, ...]:
    """The events that may be sent in `state`, in life order; guards are not asked."""
    return tuple(dict.fromkeys(t.event for t in transitions(order_type) if t.from_state == state))


def transitions(order_type: str) -> Iterator[Transition]:
    """Every transition of the order type's machine, in the order of its states."""
    for state in MACHINES[order_type].states:
        for transition in state.transitions:
            for event in transition.events:
                yield Transition(order_type, str(event), str(state.value), str(transition.target.value))


def all_transitions() -> list[Transition]:
    """Every transition of every order type, sorted: what the table allowed_transition must hold."""
    return sorted({transition for order_type in MACHINES for transition in transitions(order_type)})


def swedish_name(state: str) -> str:
    """The state's name as users read it, e.g. `Restnoterad`."""
    return next(str(each.name) for each in OrderMachine.states if each.value == state)
