"""En utleverans: its lines, its note, and what becomes of it: delivered, partly, or back again (bomkörning).

Per article: how many arrived, and of devices which; what is not ticked has not arrived. What is refused stands beside
its field. Next: workflows/steps/deliver.py, workflows/steps/cancel.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Path, Response

from backoffice.api.delivery_notes import note_for, seen_by
from backoffice.api.looks import AskedFor
from backoffice.api.problems import Problem
from backoffice.pages.delivering import address_of, delivered
from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.pdf_answer import pdf_answer
from backoffice.pages.seen_order import seen_or_missing
from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visit, Visiting
from workflows.cohort import StaleVersion, run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed
from workflows.order_standing import Standing
from workflows.permissions import Permission
from workflows.receivers import receivers_of
from workflows.steps import deliver
from workflows.steps.cancel import FAIL_DELIVERY, ReasonMissing
from workflows.steps.short import ShortTooMuch
from workflows.utleveranser import Utleverans, read_utleverans

router = APIRouter(prefix="/utleveranser/{number}", route_class=PageRoute, include_in_schema=False)

Number = Annotated[str, Path(max_length=100, pattern=r"^[^\x00]*$")]


@dataclass(slots=True)
class Row:
    """An article that was sent: units, the devices among them, and what arrived."""

    article: str
    name: str
    sent: int
    serials: tuple[str, ...]
    counted: int | None = None
    typed: str | None = None
    """What was written for a number, where it is none."""
    missing: frozenset[str] = frozenset()
    """The devices that did not arrive."""
    wrong: str | None = None

    @property
    def by_serial(self) -> bool:
        """Whether every unit is a device that is known by its number: they are ticked, not counted."""
        return len(self.serials) == self.sent

    @property
    def arrived(self) -> int:
        """Units that arrived; all of them where nobody said otherwise."""
        if self.by_serial:
            return self.sent - len(self.missing)
        return self.sent if self.counted is None else self.counted


@dataclass(slots=True)
class Shown:
    """The utleverans that a page is of, and where its order stands."""

    utleverans: Utleverans
    order: Standing
    rows: list[Row] = field(default_factory=list)


@router.get("")
def show_one(visit: Visiting, number: Number) -> Response:
    """The utleverans, and what may be done with it."""
    visit.demand(Permission.READ_ORDERS)
    return _show(visit, _read(visit, number))


@router.get("/foljesedel.pdf")
def delivery_note(visit: Visiting, number: Number) -> Response:
    """Its delivery note. A patient's is a look, and is logged."""
    return pdf_answer(note_for(AskedFor(visit.desk, visit.actor, visit.request), number), number)


@router.post("/leverans")
def confirm(visit: Visiting, number: Number, form: Form) -> Response:
    """Confirm what arrived; the same confirmation again is done already."""
    visit.demand(Permission.DELIVER)
    shown = _read(visit, number)
    _count(visit, shown.rows, form)
    if any(row.wrong for row in shown.rows):
        return _show(visit, shown, 422)
    short = {row.article: row.sent - row.arrived for row in shown.rows if row.arrived < row.sent}
    came = {
        row.article: [each for each in row.serials if each not in row.missing]
        for row in shown.rows
        if row.missing and len(row.missing) < len(row.serials)
    }
    try:
        is_new = delivered(
            visit, shown.order.order_id, short=short, serials=came, version=form.number("version", 1, 10**9)
        )
    except ShortTooMuch:
        problem = "Kom inget fram? Då är det en bomkörning (did nothing arrive? Then it is a failed delivery)"
        return _show(visit, shown, 422, problem=problem)
    except (SerialNumbersMissing, SerialNumberRefused) as refusal:
        row = next((row for row in shown.rows if row.article == refusal.article), shown.rows[0])
        row.wrong = spoken(str(refusal), visit.language)
        return _show(visit, shown, 422)
    except (StepNotAllowed, StaleVersion):
        return _show(visit, _read(visit, number), 409, problem=str(StaleVersion.__doc__))
    missing = sum(short.values())
    said = visit.t(f"{number} är levererad", f"{number} is delivered")
    if missing:
        said += visit.t(f"; {missing} st kom inte fram och är bokade som differens",
                        f"; {missing} did not arrive and are booked as a difference")  # fmt: skip
    before = visit.t(f"{number} var redan bekräftad så", f"{number} was confirmed so before")
    return visit.go(address_of(number), said if is_new else before)


@router.post("/bomkorning")
def fail(visit: Visiting, number: Number, form: Form) -> Response:
    """Nothing arrived: the goods are back in the store, and the order is cancelled."""
    visit.demand(Permission.FAIL_DELIVERY)
    shown = _read(visit, number)
    try:
        run_named(
            visit.desk.database, FAIL_DELIVERY, shown.order.order_id,
            actor=visit.actor.name, reason=form.text("orsak", 500),
        )  # fmt: skip
    except (ReasonMissing, PersonalNumberInText) as refusal:
        return _show(visit, shown, 422, wrong_reason=str(refusal))
    except StepNotAllowed:
        return _show(visit, _read(visit, number), 409, problem=str(StaleVersion.__doc__))
    return visit.go(
        address_of(number),
        visit.t(f"Bomkörningen av {number} är bokad: godset är åter i lagret",
                f"The failed delivery of {number} is booked: the goods are back in the store"),
    )  # fmt: skip


def _read(visit: Visit, number: str) -> Shown:
    """The utleverans, which the visitor sees. Raises Problem 404."""
    found = seen_by(visit.desk, visit.actor, number)
    with visit.desk.database.transaction() as tx:
        utleverans = read_utleverans(tx, found.id)
    return Shown(utleverans, seen_or_missing(visit, found.order_id, deliver.EVENT), _rows(utleverans))


def _rows(utleverans: Utleverans) -> list[Row]:
    rows: dict[str, Row] = {}
    for line in utleverans.lines:
        if line.sent:
            row = rows.setdefault(line.article, Row(line.article, line.name, 0, ()))
            row.sent += line.sent
            row.serials += line.serial_numbers[: line.sent]
    return [rows[article] for article in sorted(rows)]


def _count(visit: Visit, rows: Sequence[Row], form: Fields) -> None:
    """Read what arrived of each article; what cannot be is told beside its field."""
    for place, row in enumerate(rows):
        ticked = set(form.texts(f"individ-{place}", 64))
        row.missing = frozenset(each for each in row.serials if each not in ticked)
        if row.by_serial:
            continue
        try:
            row.counted = form.number(f"antal-{place}", 0, row.sent)
        except Problem:
            row.typed = form.get(f"antal-{place}", [""])[0][:20]
            row.wrong = visit.t(f"Skriv ett antal från 0 till {row.sent}", f"Write 0 to {row.sent}")


def _show(visit: Visit, shown: Shown, status: int = 200, *, problem: str = "", wrong_reason: str = "") -> Response:
    utleverans, order = shown.utleverans, shown.order
    with visit.seeing() as tx:
        receiver = receivers_of(tx, [order.order_id])[order.order_id]
    is_open = order.state == "utleverans"
    return visit.show(
        "delivery.html", status,
        utleverans=utleverans, order=order, rows=shown.rows, receiver=receiver, problem=problem,
        wrong_reason=wrong_reason,
        may_deliver=is_open and visit.may(Permission.DELIVER),
        may_fail=is_open and visit.may(Permission.FAIL_DELIVERY),
        may_print=visit.may(Permission.PRINT)
        and (utleverans.patient_id is None or visit.may(Permission.SEE_PATIENT)),
    )  # fmt: skip
