"""What becomes of many orders that are asked for at once? Each is a step of its own: what fails for one stops no other.

Next: routes/orders_at_once.py, what can be asked; step_refused.py, the words.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import structlog

from backoffice.api.one_order import Asked
from backoffice.pages.forms import Fields
from backoffice.pages.showing import spoken
from backoffice.pages.step_refused import REFUSALS, refusal_of
from backoffice.pages.visit import Visit
from workflows.attempts import reason_of
from workflows.cohort import OrderNotFound
from workflows.order_rows import those_seen
from workflows.permissions import NotPermitted
from workflows.queries import OrderFilter

log = structlog.get_logger(__name__)


class Chosen(NamedTuple):
    """An order, and the version of it that was on the screen; None where it was chosen unseen, with all others."""

    order: int
    version: int | None = None


class Outcome(NamedTuple):
    """What became of one order: what was done, or why nothing was."""

    order: int
    done: str | None = None
    refused: str | None = None


def ticked(visit: Visit, form: Fields) -> tuple[list[Chosen], list[Outcome]]:
    """The orders whose boxes were ticked (`12-3`: order 12 in version 3), in their order; and those that are not there
    for the visitor, who has it logged."""
    given: dict[int, int | None] = {}
    for value in form.texts("order", 40):
        order, _, version = value.partition("-")
        if order.isascii() and order.isdigit() and len(order) < 19:
            given[int(order)] = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else None
    with visit.seeing() as tx:
        seen = set(those_seen(tx, list(given), OrderFilter(kommun=visit.actor.kommun)))
    there = [Chosen(order, version) for order, version in given.items() if order in seen]
    return there, [_not_there(visit, order) for order in given if order not in seen]


def each_by_itself(visit: Visit, chosen: Sequence[Chosen], act: Callable[[Chosen], str]) -> list[Outcome]:
    """What `act` says of each order, or why it was refused."""
    return [_one(visit, each, act) for each in chosen]


def _one(visit: Visit, chosen: Chosen, act: Callable[[Chosen], str]) -> Outcome:
    try:
        return Outcome(chosen.order, done=act(chosen))
    except (NotPermitted, OrderNotFound) as refusal:
        return Outcome(chosen.order, refused=spoken(str(refusal), visit.language))
    except REFUSALS as refusal:
        return Outcome(chosen.order, refused=refusal_of(visit, refusal)[1])
    except Exception as error:
        # Those before it are done and those after it are wanted: neither may be lost for one that nobody expected.
        log.error("at_once.failed", order=chosen.order, error=reason_of(error))
        sentence = visit.t(
            "Det gick inte, av ett skäl som ingen väntade; försök igen",
            "It failed for a reason that nobody expected; try again",
        )
        return Outcome(chosen.order, refused=f"{sentence} ({reason_of(error)})")


def _not_there(visit: Visit, order: int) -> Outcome:
    try:
        Asked(visit.actor, visit.desk, visit.request).order(str(order))
    except OrderNotFound as refusal:
        return Outcome(order, refused=spoken(str(refusal), visit.language))
    return Outcome(order, refused=visit.t("Ordern kom just till; försök igen", "The order has just come; try again"))
