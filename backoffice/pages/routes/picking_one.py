"""Plock av en order: counting what was found, and naming the devices in one's hand.

Per article: how many were found, and where units are known one by one, their numbers, a line each as a scanner writes
them. What is refused stands beside its field, with what was typed. Next: workflows/steps/pick.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.picking import may_be_picked, place_of, refused
from backoffice.pages.seen_order import seen_or_missing
from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visit, Visiting
from exchange.shape_check import Expected, code
from workflows.cohort import StaleVersion, run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.machines import StepNotAllowed
from workflows.order_standing import Standing
from workflows.permissions import Permission
from workflows.picking import read_to_pick
from workflows.receivers import receivers_of
from workflows.steps import pick
from workflows.steps.short import ShortTooMuch

router = APIRouter(prefix="/plock", route_class=PageRoute, include_in_schema=False)

Number = Annotated[int, Path(alias="id", ge=1, lt=1 << 63)]

_check_serial = code(64)


@dataclass(slots=True)
class Row:
    """An article of the order: what is to be picked, what was found of it, and what is wrong with that."""

    article: str
    name: str
    quantity: int
    meant: tuple[str, ...]
    """The devices that are taken if none is named."""
    by_serial: bool
    counted: int | None = None
    typed: str | None = None
    """What was written for a number, where it is none."""
    serials: tuple[str, ...] = ()
    wrong_count: str | None = None
    wrong_serials: str | None = None

    @property
    def found(self) -> int:
        """Units found; all of them where nobody said otherwise."""
        return self.quantity if self.counted is None else self.counted


@router.get("/{id}")
def ask(visit: Visiting, number: Number) -> Response:
    """The form in which the order's pick is confirmed; where it stands if there is nothing to pick."""
    visit.demand(Permission.PICK)
    order = seen_or_missing(visit, number, pick.EVENT)
    return _show(visit, order)


@router.post("/{id}")
def confirm(visit: Visiting, number: Number, form: Form) -> Response:
    """Confirm the pick as it was counted."""
    visit.demand(Permission.PICK)
    order = seen_or_missing(visit, number, pick.EVENT)
    if not may_be_picked(order):
        return _show(visit, order, status=409)
    rows = _rows(visit, order)
    version = form.number("version", 1, 10**9)
    if version != order.version:
        return _show(visit, order, status=412, problem=str(StaleVersion.__doc__))
    _count(visit, rows, form)
    if any(row.wrong_count or row.wrong_serials for row in rows):
        return _show(visit, order, rows, status=422)
    try:
        run_named(
            visit.desk.database, pick.STEP, number, actor=visit.actor.name, version=version,
            short={row.article: row.quantity - row.found for row in rows if row.found < row.quantity},
            serials={row.article: row.serials for row in rows if row.serials},
        )  # fmt: skip
    except ShortTooMuch as refusal:
        return _show(visit, order, rows, status=422, problem=str(refusal))
    except (SerialNumbersMissing, SerialNumberRefused) as refusal:
        _tell_beside(visit, rows, refusal)
        return _show(visit, order, rows, status=422)
    except (StepNotAllowed, StaleVersion):
        return _show(visit, seen_or_missing(visit, number, pick.EVENT), status=409)
    return visit.go(_afterwards(visit, order), _done(visit, number, rows))


def _rows(visit: Visit, order: Standing) -> list[Row]:
    """What is to be picked, by article; nothing where the order does not wait for its pick."""
    if not may_be_picked(order):
        return []
    with visit.desk.database.transaction() as tx:
        (found,) = read_to_pick(tx, [order.order_id])
    rows: dict[str, Row] = {}
    for line in found.lines:
        row = rows.setdefault(line.article, Row(line.article, line.name, 0, (), by_serial=False))
        row.quantity += line.quantity
        row.meant += line.serial_numbers
        row.by_serial |= line.by_serial
    return list(rows.values())


def _count(visit: Visit, rows: Sequence[Row], form: Fields) -> None:
    """Read what was found of each article; what cannot be is told beside its field."""
    for place, row in enumerate(rows):
        try:
            row.counted = form.number(f"antal-{place}", 0, row.quantity)
        except Problem:
            row.typed = form.get(f"antal-{place}", [""])[0][:20]
            row.wrong_count = visit.t(f"Skriv ett antal från 0 till {row.quantity}", f"Write 0 to {row.quantity}")
        if not row.by_serial:
            continue
        checked = [_check_serial(each) for each in form.lines(f"individer-{place}")]
        row.serials = tuple(str(each) for each in checked if not isinstance(each, Expected))
        wrong = next((each for each in checked if isinstance(each, Expected)), None)
        if wrong is not None:
            row.wrong_serials = visit.t(f"Ett nummer {wrong.sv}", f"A number {wrong.en}")
        elif row.serials and len(row.serials) != row.found:
            n, of = len(row.serials), row.found
            row.wrong_serials = visit.t(f"{n} av {of} individnummer är skannade", f"{n} of {of} numbers are scanned")


def _tell_beside(visit: Visit, rows: Sequence[Row], refusal: SerialNumbersMissing | SerialNumberRefused) -> None:
    row = next(row for row in rows if row.article == refusal.article)
    if isinstance(refusal, SerialNumberRefused):
        row.wrong_serials = spoken(str(refusal), visit.language)
    else:
        n = refusal.units
        row.wrong_serials = visit.t(
            f"{n} individnummer saknas: skanna dem", f"{n} serial numbers are missing: scan them"
        )


def _show(
    visit: Visit, order: Standing, rows: list[Row] | None = None, *, status: int = 200, problem: str = ""
) -> Response:
    with visit.seeing() as tx:
        receiver = receivers_of(tx, [order.order_id])[order.order_id]
    return visit.show(
        "picking_one.html", status,
        order=order, receiver=receiver, problem=problem, back=_afterwards(visit, order),
        rows=_rows(visit, order) if rows is None else rows,
        answer=None if may_be_picked(order) else refused(visit, order),
    )  # fmt: skip


def _afterwards(visit: Visit, order: Standing) -> str:
    """Back to the list of the store, where it has one."""
    try:
        return place_of(visit, order.sender, None).address()
    except Problem:
        return "/plock"


def _done(visit: Visit, number: int, rows: Sequence[Row]) -> str:
    missing = sum(row.quantity - row.found for row in rows)
    if not missing:
        return visit.t(f"Order {number} är plockad", f"Order {number} is picked")
    return visit.t(
        f"Order {number} är plockad; {missing} st saknades och står på en restorder",
        f"Order {number} is picked; {missing} were missing and are on a restorder",
    )
