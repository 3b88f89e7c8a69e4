"""Utleveranser: what is on its way from a store, and confirming deliveries by scanning the notes one after another.

A scan confirms that all of it arrived, by the step that the API runs; said again it is done already. Next:
deliveries_one.py (one utleverans), workflows/deliveries.py (the lists).
"""

import re
from datetime import datetime
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from backoffice.api.problems import Problem
from backoffice.json_text import STOCKHOLM
from backoffice.pages.delivering import address_of, delivered
from backoffice.pages.forms import Form
from backoffice.pages.order_filters import ELSEWHERE
from backoffice.pages.page_route import PageRoute
from backoffice.pages.scanned import Answer, by_htmx, number_by_hand, order_number, utleverans_number, where_it_stands
from backoffice.pages.seen_order import seen, seen_or_missing
from backoffice.pages.visit import Visit, Visiting
from workflows.deliveries import DeliveryFilter, Outcome, list_deliveries
from workflows.identity import holds_personal_number
from workflows.kommun_places import StoreSeen, stores_seen
from workflows.machines import StepNotAllowed
from workflows.order_standing import Standing
from workflows.permissions import Permission
from workflows.receivers import receivers_of
from workflows.steps import deliver
from workflows.utleveranser import utleverans_seen

router = APIRouter(prefix="/utleveranser", route_class=PageRoute, include_in_schema=False)

PAGE = 50
OUTCOMES: dict[str, Outcome] = {
    "att-leverera": "utleverans", "levererade": "delivered", "bomkorningar": "cancelled",
}  # fmt: skip
"""What the address says → the orders' state."""


class Place(NamedTuple):
    """What somebody looks at: a store, what became of its utleveranser, and which end of the list."""

    store: StoreSeen | None
    stores: list[StoreSeen]
    outcome: str
    oldest_first: bool

    def address(self, **other: Any) -> str:
        """The page with this, or with `other`: lager, lage, ordning, efter."""
        natural = (other.get("lage") or self.outcome) == "att-leverera"
        oldest = natural if "lage" in other else self.oldest_first
        said = {
            "lager": self.store.code if self.store else None, "lage": self.outcome,
            "ordning": None if oldest == natural else "aldst" if oldest else "nyast", **other,
        }  # fmt: skip
        return "/utleveranser?" + urlencode({name: value for name, value in said.items() if value is not None})


@router.get("")
def deliveries(
    visit: Visiting,
    lager: Annotated[str | None, Query(max_length=64)] = None,
    lage: Annotated[str, Query(max_length=20)] = "att-leverera",
    ordning: Annotated[str | None, Query(max_length=10)] = None,
    efter: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    nummer: Annotated[str | None, Query(max_length=97, pattern=r"^[^\x00]*$")] = None,
) -> Response:
    """The utleveranser of a store; the one with the number, where one is looked for."""
    visit.demand(Permission.READ_ORDERS)
    place = place_of(visit, lager, lage, ordning)
    if nummer is None or not nummer.strip():
        return show_list(visit, place, after=efter)
    found = _found(visit, place, nummer.strip())
    if found is not None:
        return visit.go(address_of(found))
    if holds_personal_number(nummer):
        # Away from that address, which a browser keeps.
        return visit.go(place.address(), visit.t(*ELSEWHERE))
    return show_list(visit, place, 404, looked_for=True)


@router.post("/skanna")
def scan(visit: Visiting, form: Form) -> Response:
    """Confirm the delivery whose note was scanned; the answer says what happened."""
    visit.demand(Permission.DELIVER)
    place = place_of(visit, form.text("lager", 64) or None, form.text("lage", 20) or "att-leverera", None)
    answer = _confirm(visit, form.text("kod", 97))
    if by_htmx(visit):
        return visit.show("scan_answer.html", answer.status, answer=answer)
    if answer.kind != "refused":
        return visit.go(place.address(), str(answer))
    return show_list(visit, place, answer.status, answer=answer)


def place_of(visit: Visit, code: str | None, outcome: str, order: str | None) -> Place:
    """The store and outcome that are meant. Raises Problem 404 for a store that is not theirs."""
    with visit.seeing() as tx:
        stores = stores_seen(tx, visit.actor.kommun)
    # Where a person confirms is where somebody has something to do.
    ranked = sorted(stores, key=lambda each: not each.delivers_by_hand)
    store = next((each for each in ranked if code in (None, each.code)), None)
    if store is None and code is not None:
        raise Problem(404, "store-unknown", "Lagret finns inte (there is no such store)")
    shown = outcome if outcome in OUTCOMES else "att-leverera"
    return Place(store, stores, shown, {"aldst": True, "nyast": False}.get(order or "", shown == "att-leverera"))


def show_list(visit: Visit, place: Place, status: int = 200, **more: Any) -> Response:
    """The page: a page of the list from `after` on, with what was just scanned (`answer`)."""
    context: dict[str, Any] = {"answer": None, "after": None, "looked_for": False, "refused": None, **more}
    rows: list[dict[str, Any]] = []
    with visit.seeing() as tx:
        if place.store is not None:
            wanted = DeliveryFilter(place.store.code, OUTCOMES[place.outcome], place.oldest_first, context["after"])
            rows = list_deliveries(tx, wanted, PAGE + 1)
        receivers = receivers_of(tx, [row["id"] for row in rows])
    following = place.address(efter=rows[PAGE - 1]["id"]) if len(rows) > PAGE else None
    return visit.show(
        "deliveries.html", status,
        **context | {"place": place, "rows": rows[:PAGE], "receivers": receivers, "following": following},
    )  # fmt: skip


def _found(visit: Visit, place: Place, said: str) -> str | None:
    """The number of the utleverans that is meant: whole, as an order's barcode, or its last digits in this store."""
    with visit.seeing() as tx:
        typed = utleverans_number(said) or said
        if utleverans_seen(tx, typed, visit.actor.kommun) is not None:
            return typed
        if re.fullmatch(r"[0-9]{1,9}", said, re.ASCII) and place.store is not None:
            padded = f"{place.store.code}-{datetime.now(STOCKHOLM).year}-{int(said):06}"
            if utleverans_seen(tx, padded, visit.actor.kommun) is not None:
                return padded
    order_id = order_number(said) or number_by_hand(said)
    order = None if order_id is None else seen(visit, order_id)
    return None if order is None else order.utleverans


def _confirm(visit: Visit, scanned: str) -> Answer:
    """Deliver what was scanned."""
    t, order = visit.t, _scanned_order(visit, scanned)
    if order is None:
        return Answer(
            "refused", t("Okänd streckkod", "Unknown barcode"),
            t("Det finns ingen sådan utleverans här. Inget har ändrats.",
              "There is no such outbound delivery here. Nothing changed."),
            status=422,
        )  # fmt: skip
    name = order.utleverans or f"order {order.order_id}"
    link = (address_of(name), name) if order.utleverans else (f"/ordrar/{order.order_id}", name)
    if order.held_reason is not None:
        return _refused(visit, order, name, link)
    try:
        is_new = delivered(visit, order.order_id)
    except StepNotAllowed:
        return _refused(visit, seen_or_missing(visit, order.order_id, deliver.EVENT), name, link)
    if is_new:
        return Answer("done", t(f"{name} är levererad", f"{name} is delivered"), link=link, order_id=order.order_id)
    now = seen_or_missing(visit, order.order_id, deliver.EVENT)
    return Answer(
        "before", t(f"{name} var redan bekräftad", f"{name} was confirmed before"), where_it_stands(visit, now), link
    )  # fmt: skip


def _scanned_order(visit: Visit, scanned: str) -> Standing | None:
    number, order_id = utleverans_number(scanned), order_number(scanned)
    if number is not None:
        with visit.seeing() as tx:
            found = utleverans_seen(tx, number, visit.actor.kommun)
        order_id = found.order_id if found else None
    return None if order_id is None else seen(visit, order_id, deliver.EVENT)


def _refused(visit: Visit, order: Standing, name: str, link: tuple[str, str]) -> Answer:
    return Answer(
        "refused", visit.t(f"{name} levereras inte", f"{name} is not delivered"), where_it_stands(visit, order), link,
        status=409,
    )  # fmt: skip
