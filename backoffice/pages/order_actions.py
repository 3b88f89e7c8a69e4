"""What may the visitor do with an order now, and if not, why not? Every act of a person, each with its answer.

Next: routes/order_steps.py, which does it; workflows/step_refusals_on_page.py, the words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visit
from backoffice.words import lacking
from workflows.machines import allowed_events
from workflows.order_progress import Progress
from workflows.permissions import OF_EVENT, Permission
from workflows.step_refusals_on_page import why_not_here

ACTS: Mapping[str, tuple[str, str, str]] = {
    "release": ("slapp", "Släpp", "Release"),
    "amend": ("ratta", "Rätta", "Amend"),
    "pick": ("plocka", "Bekräfta plock", "Confirm the pick"),
    "deliver": ("leverera", "Bekräfta leverans", "Confirm the delivery"),
    "fail_delivery": ("bomkorning", "Anmäl bomkörning", "Report a failed delivery"),
    "reduce": ("delmakulera", "Makulera en del", "Cancel a part"),
    "cancel": ("makulera", "Makulera", "Cancel"),
}
"""Event → its address behind the order's, and what its button says, in the order in which they stand on the page."""

PERMISSION: Mapping[str, Permission] = OF_EVENT | {"reduce": Permission.CANCEL}
"""Who may cancel all of an order may cancel a part of it."""

NOT_HELD = ("Ordern är inte hållen: den går vidare av sig själv", "The order is not held: it goes on by itself")


@dataclass(frozen=True, slots=True)
class Act:
    """Something a person does with an order. `why_not` is None where they may do it now."""

    event: str
    address: str
    label: str
    why_not: str | None
    is_permitted: bool


def actions_for(visit: Visit, order: Mapping[str, Any], now: Progress) -> list[Act]:
    """Every act, the permitted ones with whether they are allowed now."""
    return [_act(visit, event, order, now) for event in ACTS]


def _act(visit: Visit, event: str, order: Mapping[str, Any], now: Progress) -> Act:
    address, sv, en = ACTS[event]
    permission = PERMISSION[event]
    why_not: str | None = None
    if not visit.may(permission):
        why_not = spoken(lacking(permission), visit.language)
    elif event == "release":
        why_not = None if now.held_since else visit.t(*NOT_HELD)
    elif event not in allowed_events(order["order_type"], now.state):
        why_not = visit.t(*why_not_here(event, now.state))
    return Act(event, f"/ordrar/{order['id']}/{address}", visit.t(sv, en), why_not, visit.may(permission))
