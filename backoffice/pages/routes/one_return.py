"""En retur: what came back, and what becomes of it? Received, judged, mended, or cancelled, as the command does it.

A step is about the return as it was shown: has it moved since, nothing is done (412). Next: workflows/returns/.
"""

from collections.abc import Callable

from fastapi import APIRouter, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.return_picks import picks_of
from backoffice.pages.return_refused import REFUSALS, refusal_of_return
from backoffice.pages.visit import Visit, Visiting
from config.database import Connection
from workflows.order_choices import articles_named
from workflows.permissions import Permission
from workflows.returns.judging import judge_returns, mend_returns
from workflows.returns.reading import find_return, history_of_return, read_returns
from workflows.returns.receiving import cancel_returns, receive_returns
from workflows.returns.refusals import ReturnNotFound

router = APIRouter(prefix="/returer", route_class=PageRoute, include_in_schema=False)

MOST_LINES = 150
"""Lines of a return on its page; of what is judged the others follow."""

Step = Callable[[Connection, int, int | None], None]
"""Does it to the return of that id, if it stands in that version."""


@router.get("/{number}")
def one_return(visit: Visiting, number: str) -> Response:
    """The return with its units and its history."""
    visit.demand(Permission.READ_ORDERS)
    return _return(visit, _seen(visit, number))


@router.post("/{number}/ta-emot")
def receive(visit: Visiting, number: str, form: Form) -> Response:
    """Take in what came: what is named and nothing else, or all of a return of more lines than its page has."""

    def step(tx: Connection, return_id: int, version: int | None) -> None:
        came = [] if form.has("allt") else picks_of(form)
        receive_returns(tx, [return_id], actor=visit.actor.name, came=came, version=version)

    return _done(visit, number, form, step, ("mottagen", "received"))


@router.post("/{number}/bedom")
def judge(visit: Visiting, number: str, form: Form) -> Response:
    """Say which units go to the shelf, to repair, or are written off."""

    def step(tx: Connection, return_id: int, version: int | None) -> None:
        judge_returns(
            tx, [return_id], picks_of(form), actor=visit.actor.name, cause=form.text("orsak") or None, version=version
        )

    return _done(visit, number, form, step, ("bedömd", "judged"))


@router.post("/{number}/laga")
def mend(visit: Visiting, number: str, form: Form) -> Response:
    """Say which units come back from repair to the shelf, and which are written off after all."""

    def step(tx: Connection, return_id: int, version: int | None) -> None:
        mend_returns(
            tx, [return_id], picks_of(form), actor=visit.actor.name, cause=form.text("orsak") or None, version=version
        )

    return _done(visit, number, form, step, ("uppdaterad", "updated"))


@router.post("/{number}/makulera")
def cancel(visit: Visiting, number: str, form: Form) -> Response:
    """Give it up before anything came."""

    def step(tx: Connection, return_id: int, version: int | None) -> None:
        cancel_returns(tx, [return_id], reason=form.text("orsak"), actor=visit.actor.name, version=version)

    return _done(visit, number, form, step, ("makulerad", "cancelled"))


def _done(visit: Visit, number: str, form: Fields, step: Step, said: tuple[str, str]) -> Response:
    visit.demand(Permission.HANDLE_RETURNS)
    return_id = _seen(visit, number)
    try:
        with visit.desk.database.transaction() as tx:
            step(tx, return_id, form.number("version", most=1 << 31))
    except REFUSALS as refusal:
        return _return(visit, return_id, form, refusal_of_return(visit, refusal))
    sv, en = said
    return visit.go(f"/returer/R-{return_id}", visit.t(f"Returen är {sv}", f"The return is {en}"))


def _seen(visit: Visit, number: str) -> int:
    """The return's id, found among what the visitor sees. Raises Problem 404."""
    return_id = find_return(number)
    with visit.seeing() as tx:
        if return_id is None or not read_returns(tx, [return_id]):
            raise Problem(404, "not-found", str(ReturnNotFound.__doc__))
    return return_id


def _return(
    visit: Visit, return_id: int, typed: Fields | None = None, refused: tuple[int, str] | None = None
) -> Response:
    with visit.seeing() as tx:
        (shown,) = read_returns(tx, [return_id])
        history = history_of_return(tx, return_id)
        articles = articles_named(tx, {line["article"] for line in shown["lines"][:MOST_LINES]})
    return visit.show(
        "return.html", refused[0] if refused else 200,
        found=shown, articles=articles, most=MOST_LINES, history=history, typed=typed or Fields(),
        refused=refused[1] if refused else "", may=visit.may(Permission.HANDLE_RETURNS),
    )  # fmt: skip
