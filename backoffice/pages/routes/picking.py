"""Plock: what is to be picked in a store, and confirming it by scanning the pick lists one after another.

A scan confirms the whole order by the step that the API runs; where something is to be counted, or devices are to be
named, the order's own form opens. Next: picking_one.py (that form), picking_lists.py (the printed lists).
"""

from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from backoffice.api.problems import Problem
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.scanned import (
    Answer,
    by_htmx,
    number_by_hand,
    open_page,
    order_number,
    utleverans_number,
    where_it_stands,
)
from backoffice.pages.seen_order import seen, seen_or_missing
from backoffice.pages.visit import Visit, Visiting
from workflows.cohort import run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.kommun_places import StoreSeen, stores_seen
from workflows.machines import StepNotAllowed
from workflows.order_standing import Standing
from workflows.permissions import Permission
from workflows.pick_list_prints import latest_prints, orders_of_print
from workflows.picking import queue_to_pick, read_to_pick, still_to_pick
from workflows.receivers import receivers_of
from workflows.steps import pick

router = APIRouter(route_class=PageRoute, include_in_schema=False)

PAGE = 50
UNPRINTED = "ej-utskrivna"


class Place(NamedTuple):
    """Where somebody stands in the list: the store, and what they show of it; as it stands in the address."""

    store: StoreSeen | None
    stores: list[StoreSeen]
    unprinted: bool

    def address(self, *, store: str | None = None, **more: Any) -> str:
        """The page with this store, or another one, and what is shown of it."""
        code = store or (self.store.code if self.store else None)
        kept = {"lager": code, "visa": UNPRINTED if self.unprinted and "visa" not in more else None, **more}
        query = urlencode({name: value for name, value in kept.items() if value is not None})
        return f"/plock?{query}" if query else "/plock"


@router.get("/plock")
def to_pick(
    visit: Visiting,
    lager: Annotated[str | None, Query(max_length=64)] = None,
    visa: Annotated[str | None, Query(max_length=20)] = None,
    efter: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
    utskrift: Annotated[int | None, Query(ge=1, lt=1 << 63)] = None,
) -> Response:
    """What is to be picked in a store, first in the queue first."""
    visit.demand(Permission.PICK)
    return show_list(visit, place_of(visit, lager, visa), after=efter, printed=utskrift)


@router.post("/plock/skanna")
def scan(visit: Visiting, form: Form) -> Response:
    """Confirm the pick of the order whose barcode was scanned; the answer says what happened."""
    visit.demand(Permission.PICK)
    place = place_of(visit, form.text("lager", 64) or None, form.text("visa", 20))
    answer = _confirm(visit, place, form.text("kod", 97), counting=form.has("rakna"))
    if isinstance(answer, str):
        return open_page(visit, answer)
    if by_htmx(visit):
        return visit.show("scan_answer.html", answer.status, answer=answer)
    if answer.kind == "done":
        return visit.go(place.address(), str(answer))
    return show_list(visit, place, answer.status, answer=answer)


def place_of(visit: Visit, code: str | None, shown: str | None) -> Place:
    """The store that is meant, or the first where a person picks. Raises Problem 404 for one that is not theirs."""
    with visit.seeing() as tx:
        stores = [each for each in stores_seen(tx, visit.actor.kommun) if each.picks_by_hand]
    store = next((each for each in stores if code in (None, each.code)), None)
    if store is None and code is not None:
        raise Problem(404, "store-unknown", "I det lagret plockas inget för hand (nothing is picked by hand there)")
    return Place(store, stores, shown == UNPRINTED)


def show_list(visit: Visit, place: Place, status: int = 200, **more: Any) -> Response:
    """The page: the store's queue from `after` on, with what was just scanned (`answer`) or printed (`printed`)."""
    context: dict[str, Any] = {"answer": None, "after": None, "printed": None, "refused": None, **more}
    with visit.seeing() as tx:
        ids = (
            queue_to_pick(tx, place.store.code, PAGE + 1, after=context["after"], unprinted=place.unprinted)
            if place.store
            else []
        )
        receivers, prints = receivers_of(tx, ids), latest_prints(tx, ids)
        number = context["printed"]
        printed = len(still_to_pick(tx, orders_of_print(tx, number))) if number is not None else 0
    with visit.desk.database.transaction() as tx:
        orders = read_to_pick(tx, ids[:PAGE])
    following = place.address(efter=ids[PAGE - 1]) if len(ids) > PAGE else None
    return visit.show(
        "picking.html", status,
        **context | {
            "place": place, "orders": orders, "receivers": receivers, "prints": prints, "following": following,
            "in_print": printed,
        },
    )  # fmt: skip


def _confirm(visit: Visit, place: Place, scanned: str, *, counting: bool) -> Answer | str:
    """Pick what was scanned; the address of its form where more is to be said of it."""
    t = visit.t
    if (number := utleverans_number(scanned)) is not None:
        return Answer(
            "refused", t("Det är en följesedel", "That is a delivery note"),
            t("Leveransen bekräftas på sidan Utleveranser.", "The delivery is confirmed on the page Deliveries."),
            (f"/utleveranser/{number}", number), status=422,
        )  # fmt: skip
    by_hand = number_by_hand(scanned)
    order_id = order_number(scanned) if by_hand is None else by_hand
    standing = None if order_id is None else seen(visit, order_id, pick.EVENT)
    if standing is None:
        return Answer(
            "refused", t("Okänd streckkod", "Unknown barcode"),
            t("Det finns ingen sådan order här. Inget har ändrats.", "There is no such order here. Nothing changed."),
            status=422,
        )  # fmt: skip
    if not may_be_picked(standing):
        return refused(visit, standing)
    if place.store is not None and standing.sender != place.store.code:
        return _elsewhere(visit, place, standing)
    if counting or by_hand is not None:
        return f"/plock/{standing.order_id}"
    try:
        run_named(visit.desk.database, pick.STEP, standing.order_id, actor=visit.actor.name)
    except (SerialNumbersMissing, SerialNumberRefused):
        return f"/plock/{standing.order_id}"
    except StepNotAllowed:
        return refused(visit, seen_or_missing(visit, standing.order_id, pick.EVENT))
    return Answer(
        "done", t(f"Order {standing.order_id} är plockad", f"Order {standing.order_id} is picked"),
        t("Systemet gör utleveransen.", "The system makes the outbound delivery."), order_id=standing.order_id,
    )  # fmt: skip


def may_be_picked(order: Standing) -> bool:
    """Whether it waits for its pick: a held one waits for its release."""
    return order.state == "validated" and order.held_reason is None


def refused(visit: Visit, order: Standing) -> Answer:
    """It is not to be picked: where it stands, and by whom."""
    n = order.order_id
    return Answer(
        "refused", visit.t(f"Order {n} plockas inte", f"Order {n} is not picked"), where_it_stands(visit, order),
        (f"/ordrar/{n}", visit.t(f"Visa order {n}", f"Show order {n}")), status=409,
    )  # fmt: skip


def _elsewhere(visit: Visit, place: Place, order: Standing) -> Answer:
    n, code, t = order.order_id, order.sender, visit.t
    link = (f"/ordrar/{n}", t(f"Visa order {n}", f"Show order {n}"))
    if any(each.code == code for each in place.stores):
        link = (place.address(store=code), t(f"Byt till lager {code}", f"Switch to store {code}"))
    where = f"{code} {order.sender_name}"
    return Answer(
        "refused", t(f"Order {n} plockas inte här", f"Order {n} is not picked here"),
        t(f"Den plockas i lager {where}.", f"It is picked in store {where}."), link, status=409,
    )  # fmt: skip
