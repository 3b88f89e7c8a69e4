"""Which papers of many orders may the visitor print? Pick lists of those that wait for their pick, delivery notes of
those that have left: each order is looked at by itself, and what can be printed becomes one file.

Next: routes/picking_lists.py and routes/deliveries_notes.py, which set the pages and log who looked at a patient's.
"""

from collections.abc import Callable, Sequence
from urllib.parse import urlencode

from backoffice.api.delivery_notes import WHY
from backoffice.api.looks import AskedFor
from backoffice.api.problems import Problem
from backoffice.pages.at_once import Chosen, Outcome
from backoffice.pages.visit import Visit
from workflows.cohort import OrderNotFound
from workflows.machines import StepNotAllowed
from workflows.order_standing import standing_of
from workflows.permissions import Permission
from workflows.pick_list_prints import mark_printed
from workflows.utleveranser import utleveranser_of

_NONE_YET = "Ordern har ingen utleverans (the order has no outbound delivery)"
_HELD = "Ordern är hållen (the order is held)"


def lists_to_print(visit: Visit, _: str | None) -> Callable[[Chosen], str]:
    """Of each order: that its pick list can be printed. Raises OrderNotFound, Problem 409, StepNotAllowed."""

    def look_at(chosen: Chosen) -> str:
        with visit.seeing() as tx:
            found = standing_of(tx, chosen.order)
        if found is None:
            raise OrderNotFound(OrderNotFound.__doc__)
        if found.held_reason is not None:
            raise Problem(409, "held", _HELD)
        if found.state != "validated":
            raise StepNotAllowed("pick", found.state, ())
        return visit.t("plocklista", "pick list")

    return look_at


def file_of_lists(visit: Visit, printed: Sequence[Outcome]) -> str:
    """The lists are marked as printed; the address of their file."""
    with visit.desk.database.transaction() as tx:
        return f"/plock/utskrift/{mark_printed(tx, [each.order for each in printed], visit.actor.name)}.pdf"


def notes_to_print(visit: Visit, _: str | None) -> Callable[[Chosen], str]:
    """Of each order: the number of the utleverans whose note can be printed. Raises Problem 409, NotPermitted."""

    def number_of(chosen: Chosen) -> str:
        with visit.seeing() as tx:
            found = utleveranser_of(tx, [chosen.order])
        if not found:
            raise Problem(409, "no-utleverans", _NONE_YET)
        (each,) = found
        if each.patient is not None and not visit.may(Permission.SEE_PATIENT):
            asked = AskedFor(visit.desk, visit.actor, visit.request)
            raise asked.denied(WHY, Permission.SEE_PATIENT, chosen.order, [each.patient])
        return each.number

    return number_of


def file_of_notes(_: Visit, printed: Sequence[Outcome]) -> str:
    """The address of the file of the notes: who opens it looks at the patients'."""
    return f"/utleveranser/foljesedlar.pdf?{urlencode([('utleverans', each.done) for each in printed])}"
