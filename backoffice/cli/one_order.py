"""How does a command act on one order that a person named? Find it, run the step, show it, or say why not.

Next: orders.py, confirmation.py and reduce.py, the commands.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.output import fail, print_json, print_text
from backoffice.order_shown import shown
from workflows.access_log import log_access
from workflows.cohort import OrderNotFound, StaleVersion, Step, run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed, swedish_name
from workflows.order_reference import order_named
from workflows.permissions import Permission
from workflows.queries import find_order
from workflows.reduction import ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown
from workflows.steps.amend import AnotherOrder
from workflows.steps.cancel import ReasonMissing
from workflows.steps.short import ShortTooMuch

REFUSALS = (
    OrderNotFound, StaleVersion, StepNotAllowed, ReasonMissing, ShortTooMuch, AnotherOrder, SerialNumbersMissing,
    SerialNumberRefused, ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown, PersonalNumberInText,
)  # fmt: skip
"""What a step says no with: the order is then as it was."""

Reference = Annotated[str, typer.Argument(metavar="ID", help="Vårt nummer eller source:external_id")]
Reason = Annotated[str, typer.Option(help="Orsak (reason)")]
Json = Annotated[bool, typer.Option("--json")]


def run_step(
    reference: str,
    step: Callable[[Environment], Step],
    *,
    as_json: bool,
    reason: str | None = None,
    version: int | None = None,
) -> None:
    """Run the step for one order and show where it is then; ends the command where it is refused."""
    with opened() as environment, refusals_are_told():
        order_id = find(environment, reference)
        run_named(
            environment.database, step(environment), order_id, actor=environment.who, reason=reason, version=version
        )
        order = order_now(environment, order_id)
    if as_json:
        print_json(order)
    else:
        print_text(where_it_is(order))


@contextmanager
def refusals_are_told() -> Iterator[None]:
    """End the command with what a step said no with."""
    try:
        yield
    except REFUSALS as refusal:
        fail(str(refusal))


def find(environment: Environment, reference: str) -> int:
    """The id of the order named. Raises OrderNotFound, also for another kommun's; who asked for one is logged."""
    try:
        with environment.seen() as tx:
            return order_named(tx, reference, environment.actor.kommun)
    except OrderNotFound:
        if environment.actor.kommun is not None:
            _log_denial(environment, reference)
        raise


def _log_denial(environment: Environment, reference: str) -> None:
    with environment.database.transaction() as tx:
        order_id = find_order(tx, reference)
        if order_id is not None:
            look = environment.look("annan kommuns order (another kommun's order)")
            log_access(tx, "denied", look, [], order_id=order_id, wanted=Permission.READ_ORDERS)


def order_now(environment: Environment, order_id: int) -> dict[str, Any]:
    """The order in the shape of `order show --json`."""
    with environment.database.transaction() as tx:
        return shown(tx, order_id)


def where_it_is(order: dict[str, Any]) -> str:
    """Which order, and its state."""
    return f"{order['source']}:{order['external_id']} {swedish_name(order['state'])}"
