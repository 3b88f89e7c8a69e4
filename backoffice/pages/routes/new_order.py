"""Ny order: a form that knows the rules, and says before anything is saved what they would refuse.

It is judged by the same functions as POST /api/v1/orders/validate, and stored as by POST /api/v1/orders. What is typed
stays in the form, a patient's number too: no browser and nobody else keeps the page (no-store), and no address has it.
Next: ../order_form.py, ../order_offers.py, ../amending.py.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from backoffice.api.arriving import OrderRefused, order_in, taken
from backoffice.pages.amending import amend, broken_by, order_to_amend
from backoffice.pages.choice_words import field_name, offered, said_here
from backoffice.pages.forms import Fields, Form
from backoffice.pages.order_form import LINE, MOST_ROWS, Filled, element, filled_in, placed, read_choice, written_choice
from backoffice.pages.order_offers import begun, follow, new_number, offers, types_for
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visit, Visiting
from exchange.admission import PAGES_SOURCE
from workflows.intake import NewOrder
from workflows.order_choices import Found, Named, articles_found, units_found
from workflows.order_reference import order_named
from workflows.permissions import CREATE, NotPermitted
from workflows.violations import Violation, violation

router = APIRouter(prefix="/ny-order", route_class=PageRoute, include_in_schema=False)

MISSING = frozenset({"field-missing", "lines-missing", "forskrivning-prescriber", "forskrivning-medical-decision"})
"""What is not said of a form that is still being filled in."""

_ARTICLE = re.compile(r"rows-(\d{1,4})-article")


@router.get("")
def begin(
    visit: Visiting,
    typ: Annotated[str, Query(max_length=40)] = "",
    rattar: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
) -> Response:
    """The empty form, of the type `typ`; or, filled in, the form of the rejected order `rattar`."""
    types = _types(visit)
    if rattar is not None:
        filled, left_out = order_to_amend(visit, rattar)
        return _form(visit, filled, _judged(visit, filled), whole=True, left_out=left_out)
    with visit.seeing() as tx:
        filled = begun(visit, tx, typ if typ in types else types[0])
    return _form(visit, filled, [])


@router.post("/prova")
def try_it(visit: Visiting, form: Form) -> Response:
    """The form again, with another row, with a right choice taken, or judged; nothing is stored.

    Judged as it is: what is still missing is said where somebody has asked (`prova`) since the form was begun.
    """
    _types(visit)
    filled = filled_in(form)
    with visit.seeing() as tx:
        follow(visit, tx, filled)
    focus = _changed(filled, form)
    whole = form.has("prova") or form.text("visat") == "allt"
    found = [each for each in _judged(visit, filled) if whole or each.code not in MISSING]
    return _form(visit, filled, found, whole=whole, focus=focus, asked=form.has("prova"))


@router.post("")
def create(visit: Visiting, form: Form) -> Response:
    """Create the order, or amend the one that is put right, and show it; refused, the form says why."""
    _types(visit)
    filled = filled_in(form)
    try:
        order = _order_in(visit, filled)
        if filled.amends is not None:
            if broken := broken_by(visit, filled.amends, order):
                raise OrderRefused(broken)
            amend(visit, filled.amends, order)
            return visit.go(f"/ordrar/{filled.amends}", visit.t("Ordern är rättad", "The order is amended"))
        stored = taken(visit.desk, visit.actor, order)
    except OrderRefused as refused:
        return _form(visit, filled, list(refused.violations), status=422, whole=True, asked=True)
    with visit.seeing() as tx:
        order_id = order_named(tx, str(stored.order_id), visit.actor.kommun)
    is_new = stored.verdict == "accepted"
    said = ("Ordern är skapad", "The order is created") if is_new else ("Ordern fanns redan", "The order was there")
    return visit.go(f"/ordrar/{order_id}", visit.t(*said))


@router.post("/forslag")
def suggest(
    visit: Visiting, form: Form, at: Annotated[str, Header(alias="HX-Trigger", max_length=80)] = ""
) -> Response:
    """Articles or units to choose whose code or name holds what is typed in the field `at`.

    Posted, like all that is typed here: somebody who takes the field for another writes a patient's number in it.
    """
    _types(visit)
    of_row = _ARTICLE.fullmatch(at)
    if of_row:
        typed, number = form.get("line.article", []), int(of_row[1])
        words = typed[number] if number < len(typed) else ""
    else:
        words = form.get("receiver.id" if at == "receiver-id" else "orderer.unit", [""])[0]
    found: Sequence[Found | Named] = []
    if len(words) <= 80 and words.isprintable() and (not of_row or len(words.strip()) > 1):
        with visit.seeing() as tx:
            found = articles_found(tx, words) if of_row else units_found(tx, words, visit.actor.kommun)
    return visit.show("new_order_options.html", found=found)


def _types(visit: Visit) -> list[str]:
    types = types_for(visit)
    if not types:
        raise NotPermitted(CREATE["bestallning"])
    return types


def _changed(filled: Filled, form: Fields) -> str:
    """Do what the button says that was pressed; the place where the person goes on."""
    row, choice = form.text("rad", 20), read_choice(form.text("valj", 2_000))
    if choice:
        place = filled.take(choice)
        filled.was = (filled["order_type"], filled["orderer.unit"])
        return place
    if row == "ny" and len(filled.rows) < MOST_ROWS:
        filled.rows.append(dict.fromkeys(LINE, ""))
        return f"rows[{len(filled.rows) - 1}].article"
    if row.isascii() and row.isdigit() and int(row) < len(filled.rows):
        del filled.rows[int(row)]
        return "rad-ny"
    return ""


def _order_in(visit: Visit, filled: Filled) -> NewOrder:
    return order_in(visit.desk, visit.actor, filled.body(), judged=True, accounts_source=PAGES_SOURCE)


def _judged(visit: Visit, filled: Filled) -> list[Violation]:
    """What the rules say of it, with nothing stored."""
    try:
        order = _order_in(visit, filled)
        if filled.amends is not None:
            return broken_by(visit, filled.amends, order)
        taken(visit.desk, visit.actor, order, kept=False)
    except OrderRefused as refused:
        return list(refused.violations)
    return []


def _form(
    visit: Visit,
    filled: Filled,
    found: list[Violation],
    *,
    status: int = 200,
    whole: bool = False,
    asked: bool = False,
    focus: str = "",
    left_out: list[str] | None = None,
) -> Response:
    """The form with what was found at its fields; `whole`: what is missing too.

    `asked`: the person wants to know whether it is right, and reads first what is refused. `focus`: where they go on.
    """
    found = [_another_order(each) for each in found]
    with visit.seeing() as tx:
        to_choose = offers(visit, tx, filled)
    return visit.show(
        "new_order.html", status,
        filled=filled, offers=to_choose, wrong=placed(filled, found), found=found, whole=whole, asked=asked,
        focus=focus, left_out=left_out or [], element=element, said_here=said_here, offered=offered,
        written_choice=written_choice,
        name_of=partial(field_name, order_type=filled["order_type"], language=visit.language),
    )  # fmt: skip


def _another_order(found: Violation) -> Violation:
    """A form that was sent, changed, and sent again: the right choice may be an order of its own."""
    if found.code != "external-id-reused":
        return found
    return violation(found.code, "order", choices=[{"external_id": new_number()}])
