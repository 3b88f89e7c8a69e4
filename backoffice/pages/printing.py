"""Which delivery notes may the visitor print? Those of orders they see, a patient's where they may see patients.

Next: exchange/outgoing/document_store.py, which logs the looks and sets the pages.
"""

from collections.abc import Callable

from backoffice.api.looks import AskedFor
from backoffice.api.problems import Problem
from backoffice.pages.at_once import Chosen
from backoffice.pages.visit import Visit
from workflows.permissions import Permission
from workflows.utleveranser import utleveranser_of

NOTES_AT_A_TIME = 100
"""Delivery notes of one file."""

WHY = "följesedel"
"""The purpose of the look: the note goes with the goods."""

_NONE_YET = "Ordern har ingen utleverans (the order has no outbound delivery)"


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
