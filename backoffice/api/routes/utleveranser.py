"""What left with an utleverans, and its delivery note? The note is for who may print; a patient's is a look, logged.

Next: backoffice/api/delivery_notes.py, what the pages do as well.
"""

import re
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel

from backoffice.api.answers import document
from backoffice.api.declared import problems
from backoffice.api.delivery_notes import note_for, seen_by
from backoffice.api.desk import DeskOf
from backoffice.api.looks import Asked
from backoffice.api.who import Who
from workflows.permissions import Permission, demand
from workflows.utleveranser import read_utleverans

router = APIRouter(prefix="/api/v1", tags=["Utleveranser"])

Number = Annotated[str, Path(max_length=100, pattern=r"^[^\x00]*$", examples=["10-2026-000042"])]


class UtleveransLineShape(BaseModel):
    """A line: what was ordered, what this utleverans brings, what a restorder brings, and what came back since."""

    article: str
    ordered_article: str | None
    ordered: int
    quantity: int
    outstanding: int
    returned: int
    serial_numbers: list[str]


class UtleveransShape(BaseModel):
    """An utleverans; who its receiver is stands in its order."""

    number: str
    created_at: datetime
    order: int
    source: str
    external_id: str
    store: str
    state: str
    lines: list[UtleveransLineShape]


# Before the other: {number} would take the suffix for its own.
@router.get(
    "/utleveranser/{number}.pdf",
    response_class=Response,
    responses=problems(404)
    | {
        200: {
            "description": "Följesedeln (the delivery note)",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def delivery_note(number: Number, asked: Asked) -> Response:
    """Följesedeln som PDF (the delivery note). A patient's also needs the permission to see the patient."""
    pdf = note_for(asked, number)
    name = re.sub(r"[^A-Za-z0-9_-]", "_", number)
    return Response(
        pdf,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"},
    )


@router.get("/utleveranser/{number}", response_model=UtleveransShape, responses=problems(404))
def show_utleverans(number: Number, desk: DeskOf, who: Who) -> Response:
    """En utleverans och dess rader (an utleverans and its lines)."""
    demand(who, Permission.READ_ORDERS)
    seen = seen_by(desk, who, number)
    with desk.database.transaction() as tx:
        found = read_utleverans(tx, seen.id)
    shown = UtleveransShape(
        number=found.number,
        created_at=found.created_at,
        order=found.order_id,
        source=found.source,
        external_id=found.external_id,
        store=found.sender,
        state=found.state,
        lines=[
            UtleveransLineShape(
                article=line.article, ordered_article=line.ordered_article, ordered=line.ordered, quantity=line.sent,
                outstanding=line.outstanding, returned=line.returned, serial_numbers=list(line.serial_numbers),
            )
            for line in found.lines
        ],
    )  # fmt: skip
    return document(shown.model_dump())
