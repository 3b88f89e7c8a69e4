"""En individ: where is an individually marked device, where has it been, and for which orders? Found by its number.

What is looked for is sent in a form, never in an address. Next: device_address.py, workflows/device_register.py.
"""

from typing import Any

from fastapi import APIRouter, Response

from backoffice.api.problems import Problem
from backoffice.pages.device_address import device_address, device_of
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visiting
from config.database import Connection
from workflows.device_register import show_device
from workflows.permissions import Permission

router = APIRouter(prefix="/individer", route_class=PageRoute, include_in_schema=False)

_UNKNOWN = "Individen finns inte i registret (there is no such device)"


@router.get("")
def looking(visit: Visiting) -> Response:
    """A field for the number."""
    visit.demand(Permission.READ_STOCK)
    return visit.show("device_search.html", found=[], refused="")


@router.post("")
def look_for(visit: Visiting, form: Form) -> Response:
    """The device with that number, or those of several articles that have it."""
    visit.demand(Permission.READ_STOCK)
    number = form.text("nummer", 64)
    with visit.seeing() as tx:
        found = _found(tx, number, None) if number else []
    if len(found) == 1:
        return visit.go(found[0]["address"])
    return visit.show("device_search.html", 200 if found else 422, found=found, refused="" if found else _UNKNOWN)


@router.get("/{key}")
def device(visit: Visiting, key: str) -> Response:
    """The device's place and life, as far as the visitor's kommun may see them."""
    visit.demand(Permission.READ_STOCK)
    meant = device_of(key)
    with visit.seeing() as tx:
        found = _found(tx, meant.serial_number, meant.article) if meant else []
    if not found:
        raise Problem(404, "not-found", _UNKNOWN)
    return visit.show("device.html", device=found[0])


def _found(tx: Connection, number: str, article: str | None) -> list[dict[str, Any]]:
    return [
        each | {"address": device_address(each["article"], each["serial_number"])}
        for each in show_device(tx, number, article)
    ]
