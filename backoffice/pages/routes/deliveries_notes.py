"""Följesedlar: the notes of many utleveranser in one file. A patient's is a look, and is logged.

Next: backoffice/api/delivery_notes.py, who may have them; deliveries_one.py, a single one.
"""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from backoffice.api.delivery_notes import notes_for
from backoffice.api.looks import AskedFor
from backoffice.api.problems import Problem
from backoffice.pages.page_route import PageRoute
from backoffice.pages.pdf_answer import pdf_answer
from backoffice.pages.visit import Visiting
from workflows.permissions import Permission

router = APIRouter(prefix="/utleveranser", route_class=PageRoute, include_in_schema=False)

MOST_IN_A_PRINT = 50
"""Notes in one file."""

_NOTHING = "Välj utleveranser att skriva ut (choose deliveries to print)"

Number = Annotated[str, Query(max_length=100, pattern=r"^[^\x00]*$")]
Chosen = Annotated[list[Number] | None, Query(max_length=MOST_IN_A_PRINT)]


# Before the page of one: {number} would take the file for its own.
@router.get("/foljesedlar.pdf")
def delivery_notes(visit: Visiting, utleverans: Chosen = None) -> Response:
    """The notes of the chosen utleveranser, in that order."""
    visit.demand(Permission.PRINT)
    if not utleverans:
        raise Problem(422, "nothing-chosen", _NOTHING)
    numbers = list(dict.fromkeys(utleverans))
    return pdf_answer(notes_for(AskedFor(visit.desk, visit.actor, visit.request), numbers), "foljesedlar")
