"""Ta emot: what came from a supplier? Goods onto the shelf, each individually marked one by its number, as scanned.

Next: workflows/counting.py, workflows/device_register.py.
"""

from collections.abc import Mapping
from typing import Any

import psycopg
from fastapi import APIRouter, Response

from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.stock import Text
from backoffice.pages.showing import spoken
from backoffice.pages.store_seen import store_to_change
from backoffice.pages.visit import Visit, Visiting
from exchange.shape_check import Expected, code
from workflows.allocation import Goods
from workflows.counting import UnknownGoods, receive_goods
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText

router = APIRouter(prefix="/lager", route_class=PageRoute, include_in_schema=False)

MOST_UNITS = 1_000_000

_EMPTY = {"artikel": "", "antal": "", "dokument": "", "individer": ""}


@router.get("/{store}/ta-emot")
def receiving(visit: Visiting, store: str, artikel: Text = "") -> Response:
    """The form, for an article where one is named."""
    return visit.show(
        "receiving.html", store=store_to_change(visit, store), typed=_EMPTY | {"artikel": artikel}, wrong={}
    )


@router.post("/{store}/ta-emot")
def receive(visit: Visiting, store: str, form: Form) -> Response:
    """Book what came; what waits for it goes on. A delivery note is booked once."""
    where = store_to_change(visit, store)
    typed = {name: form.text(name) for name in ("artikel", "dokument")}
    typed |= {"antal": form.get("antal", [""])[0][:20], "individer": "\n".join(form.lines("individer", 100_000))}
    wrong = _wrong(visit, form) or _received(visit, store, form)
    if wrong:
        return visit.show("receiving.html", 422, store=where, typed=typed, wrong=wrong)
    what = f"{typed['antal']} {typed['artikel']}"
    return visit.go(f"/lager/{store}/ta-emot", visit.t(f"{what} mottagna", f"{what} received"))


def _wrong(visit: Visit, form: Fields) -> dict[str, str]:
    """What is missing or of another form, by field."""
    wrong = {}
    for name in ("artikel", "dokument"):
        if not form.text(name):
            wrong[name] = visit.t("Måste fyllas i", "Is required")
    given = form.get("antal", [""])[0].strip()
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:20]) <= MOST_UNITS):
        wrong["antal"] = visit.t("Ett heltal, minst 1", "A whole number, at least 1")
    for each in form.lines("individer", 100_000):
        checked = code(64)(each)
        if isinstance(checked, Expected):
            wrong["individer"] = visit.t(f"Ett individnummer {checked.sv}", f"A serial number {checked.en}")
    return wrong


def _received(visit: Visit, store: str, form: Fields) -> Mapping[str, Any]:
    article, document, units = form.text("artikel"), form.text("dokument"), form.number("antal", 1, MOST_UNITS) or 0
    try:
        receive_goods(
            visit.desk.database, Goods(store, article), units, document=document, actor=visit.actor.name,
            serials=form.lines("individer", 100_000),
        )  # fmt: skip
    except UnknownGoods:
        return {"artikel": visit.t("Artikeln finns inte", "There is no such article")}
    except PersonalNumberInText as refused:
        return {"dokument": spoken(str(refused), visit.language)}
    except SerialNumbersMissing as missing:
        return {
            "individer": visit.t(
                f"Individmärkt: {missing.units} individnummer saknas",
                f"Individually marked: {missing.units} serial numbers are missing",
            )
        }
    except SerialNumberRefused as refused:
        return {"individer": spoken(str(refused), visit.language)}
    except psycopg.errors.UniqueViolation:
        return {"dokument": visit.t("Redan bokförd för artikeln här", "Booked already for the article here")}
    return {}
