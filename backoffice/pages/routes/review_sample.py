"""Stickprov: were these looks right? Rows drawn by lot from the access log, and the reviewer's decision of each.

A sample is named by what was asked for and by the moment it was drawn, which all stand in its address: whoever opens it
again sees the same rows, with the decisions that were made since. Next: review_held.py; workflows/log_reading.py.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, NamedTuple, cast
from urllib.parse import urlencode

import psycopg
from fastapi import APIRouter, Depends, Path, Query, Response

from backoffice.api.problems import Problem
from backoffice.pages.asked_period import asked_period
from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import REVIEW, parts_for
from backoffice.pages.visit import Visit, Visiting
from workflows.free_text import PersonalNumberInText
from workflows.log_reading import DECISIONS, KINDS, Decision, NoSuchLook, NoteMissing, review, sample
from workflows.log_search import decisions_of
from workflows.permissions import Permission

router = APIRouter(prefix="/granskning/stickprov", route_class=PageRoute, include_in_schema=False)

SAMPLES = "/granskning/stickprov"
DAYS = 7
HOW_MANY = 20
MOST = 100
LONGEST_MS = 5_000
"""A directed sample looks at each row of its period."""

_LATEST = 32_503_680_000  # the year 3000
_TOO_MUCH = "Perioden är för lång att söka igenom: välj färre dagar (the period is too long: choose fewer days)"


class Draw(NamedTuple):
    """What was asked for; `drawn` is the moment in seconds since 1970, None: nothing is drawn yet."""

    kind: str
    first: str
    last: str
    how_many: int
    drawn: int | None

    @property
    def address(self) -> str:
        """Where it is seen."""
        asked = {"urval": self.kind, "fran": self.first, "till": self.last, "antal": self.how_many}
        return f"{SAMPLES}?{urlencode(asked | {'draget': self.drawn})}"


def _draw(
    urval: Annotated[str, Query(max_length=40)] = "random",
    fran: Annotated[str, Query(max_length=20)] = "",
    till: Annotated[str, Query(max_length=20)] = "",
    antal: Annotated[int, Query(ge=1, le=MOST)] = HOW_MANY,
    draget: Annotated[int | None, Query(ge=0, le=_LATEST)] = None,
) -> Draw:
    if urval not in KINDS:
        raise Problem(422, "sample-kind", "Det finns inget sådant urval (there is no such kind of sample)")
    return Draw(urval, fran, till, antal, draget)


Asked = Annotated[Draw, Depends(_draw)]


@router.get("")
def samples(visit: Visiting, draw: Asked) -> Response:
    """What may be drawn, and the sample that was."""
    return _page(visit, draw)


@router.post("")
def draw_one(visit: Visiting, form: Form) -> Response:
    """Draw a sample now."""
    visit.demand(Permission.REVIEW_LOOKS)
    drawn = _asked_again(form)._replace(drawn=int(datetime.now(UTC).timestamp()))
    asked_period(drawn.first, drawn.last, DAYS)
    return visit.go(drawn.address)


@router.post("/{look}")
def decide(visit: Visiting, look: Annotated[int, Path(ge=1, le=2**63 - 1)], form: Form) -> Response:
    """Keep the decision of a row, and go on with the sample."""
    visit.demand(Permission.REVIEW_LOOKS)
    draw, decision, note = _asked_again(form), form.text("beslut"), form.text("anteckning", 1_000)
    if decision not in DECISIONS:
        raise Problem(422, "decision", "Välj ett beslut (choose a decision)")
    try:
        with visit.desk.database.transaction() as tx:
            review(tx, look, cast(Decision, decision), note or None, by=visit.actor.name, kommun=visit.actor.kommun)
    except NoSuchLook as refusal:
        raise Problem(404, "look-not-found", str(refusal)) from None
    except (NoteMissing, PersonalNumberInText) as refusal:
        return _page(visit, draw, 422, refused=look, why=str(refusal))
    return visit.go(f"{draw.address}#rad-{look}" if draw.drawn else SAMPLES, visit.t("Beslutet är sparat", "Kept"))


def _asked_again(form: Fields) -> Draw:
    how_many = form.number("antal", 1, MOST) or HOW_MANY
    drawn = form.number("draget", 0, _LATEST)
    return _draw(form.text("urval", 40) or "random", form.text("fran", 20), form.text("till", 20), how_many, drawn)


def _page(visit: Visit, draw: Draw, status: int = 200, *, refused: int | None = None, why: str = "") -> Response:
    visit.demand(Permission.REVIEW_LOOKS)
    period = asked_period(draw.first, draw.last, DAYS)
    rows: list[dict[str, Any]] = []
    decisions: dict[int, dict[str, Any]] = {}
    if draw.drawn is not None:
        drawn = datetime.fromtimestamp(draw.drawn, UTC)
        try:
            with visit.desk.database.transaction(statement_timeout_ms=LONGEST_MS) as tx:
                rows = sample(
                    tx, draw.kind, period.begins, min(period.ends, drawn), draw.how_many,
                    drawn=drawn, kommun=visit.actor.kommun,
                )  # fmt: skip
                decisions = decisions_of(tx, [row["id"] for row in rows])
        except psycopg.errors.QueryCanceled:
            status, why = 422, _TOO_MUCH
    return visit.show(
        "review_sample.html", status, parts_of=parts_for(visit, REVIEW), draw=draw, period=period, kinds=KINDS,
        rows=rows, decisions=decisions, decided=DECISIONS, refused=refused, why=why, most=MOST,
    )  # fmt: skip
