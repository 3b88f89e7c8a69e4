"""What was scanned, and what is the answer? The barcodes of our papers, and what happened, told to who scans.

A scanner types as a keyboard does. One that is set for another country's keyboard writes + where a Swedish one has -.
Next: templates/scan_answer.html; exchange/outgoing/barcodes.py, what the papers say.
"""

import re
from dataclasses import dataclass
from typing import Literal

from fastapi import Response

from backoffice import words
from backoffice.pages.showing import moment
from backoffice.pages.visit import Visit
from workflows.order_standing import Standing

_ORDER = re.compile(r"ORDER-([0-9]{1,18})", re.IGNORECASE | re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_UTLEVERANS = re.compile(r"\S+-[0-9]{4}-[0-9]{6,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a scan: it is done, it was done before, or it is refused."""

    kind: Literal["done", "before", "refused"]
    heading: str
    sentence: str = ""
    link: tuple[str, str] | None = None
    """Where to go on: an address and its text."""
    order_id: int | None = None
    status: int = 200

    def __str__(self) -> str:
        return f"{self.heading}. {self.sentence}".rstrip()


def order_number(scanned: str) -> int | None:
    """The order that the barcode of a pick list or a delivery note names."""
    found = _ORDER.fullmatch(_typed(scanned))
    return int(found[1]) if found else None


def number_by_hand(scanned: str) -> int | None:
    """An order's number alone. Somebody typed it, or it is the end of a barcode whose beginning was lost: nothing is
    done by it that cannot be seen first."""
    typed = scanned.strip()
    return int(typed) if _NUMBER.fullmatch(typed) else None


def utleverans_number(scanned: str) -> str | None:
    """The utleverans that the barcode of a delivery note names."""
    typed = _typed(scanned)
    return typed if _UTLEVERANS.fullmatch(typed) else None


def _typed(scanned: str) -> str:
    return scanned.strip().replace("+", "-")


def by_htmx(visit: Visit) -> bool:
    """Whether a part of the page is asked for, and not a page."""
    return "hx-request" in visit.request.headers


def open_page(visit: Visit, address: str) -> Response:
    """Let the browser open the page, also where a part was asked for."""
    return Response(status_code=200, headers={"HX-Redirect": address}) if by_htmx(visit) else visit.go(address)


def where_it_stands(visit: Visit, order: Standing) -> str:
    """Why nothing was done: the order's state, since when and by whom."""
    when, who, t = moment(order.at), order.actor, visit.t
    state = words.word("state", order.state, visit.language)
    why = t(f", orsak: {order.reason}", f", reason: {order.reason}") if order.reason else ""
    if order.held_reason is not None:
        return t(f"Den är {state} och hållen: {order.held_reason}.", f"It is {state} and held: {order.held_reason}.")
    if order.event == "pick" and order.state != "picked":
        return t(f"Den plockades {when} av {who}, och är nu {_now(order, state)}.",
                 f"It was picked {when} by {who}, and is now {_now(order, state)}.")  # fmt: skip
    return t(f"Den är {state} sedan {when}, av {who}{why}.", f"It is {state} since {when}, by {who}{why}.")


def _now(order: Standing, state: str) -> str:
    return f"{state} ({order.utleverans})" if order.utleverans else state
