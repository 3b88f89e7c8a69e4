"""Why does it not go, on a page? As step_refusals.py says it, with what is on the page where that names commands.

Pure text, in Swedish and in English.
"""

from workflows.step_refusals import in_swedish

_IS = {
    "draft": "a draft", "validated": "validated", "picked": "picked", "utleverans": "out for delivery",
    "delivered": "delivered", "rejected": "rejected", "backordered": "backordered", "cancelled": "cancelled",
}  # fmt: skip
_CANNOT = {
    "pick": "be picked", "deliver": "be delivered", "reduce": "be cancelled in part", "amend": "be amended",
    "cancel": "be cancelled", "fail_delivery": "become a failed delivery",
}  # fmt: skip
_RETURN = ("det som levererats kommer tillbaka genom en retur", "what was delivered comes back through a return")
_CANCEL = ("makulera den i stället", "cancel it instead")
_CONFIRM = (
    "bekräfta leveransen, eller anmäl bomkörning om godset inte kom fram",
    "confirm the delivery, or report a failed delivery if the goods did not arrive",
)
_WAY = {
    "draft": ("reglerna prövar den först, om ett ögonblick", "the rules judge it first, in a moment"),
    "validated": ("nästa steg är plocket", "the next step is the pick"),
    "picked": (
        "systemet skapar utleveransen, och sedan bekräftas leveransen",
        "the system makes the outbound delivery, and then the delivery is confirmed",
    ),
    "utleverans": _CONFIRM,
    "delivered": _RETURN,
    "rejected": ("rätta den, eller makulera den", "amend it, or cancel it"),
    "backordered": (
        "den väntar på gods och går vidare av sig själv när det tas emot",
        "it waits for goods and goes on by itself when they are received",
    ),
    "cancelled": (
        "den är avslutad; behövs godset ändå, lägg en ny order",
        "it has ended; place a new order if the goods are needed after all",
    ),
}
_WAY_OF_EVENT = {
    ("reduce", "utleverans"): (
        "säg vid leveransen vad som fattas, eller anmäl bomkörning om inget kom fram",
        "say at the delivery what is missing, or report a failed delivery if nothing arrived",
    ),
    **{
        ("fail_delivery", state): ("inget har skickats; makulera den i stället", "nothing was sent; cancel it instead")
        for state in ("draft", "rejected", "backordered", "validated")
    },
    ("fail_delivery", "picked"): _CANCEL,
    **{
        ("amend", state): ("makulera en del av den, eller hela", "cancel a part of it, or all of it")
        for state in ("backordered", "validated", "picked")
    },
}


def why_not_here(event: str, state: str) -> tuple[str, str]:
    """Why a person cannot do `event` with an order in `state`, and what they can do instead: Swedish, English."""
    if (event, state) == ("cancel", "cancelled"):
        return "Ordern är redan makulerad", "The order is cancelled already"
    sv, en = _WAY_OF_EVENT.get((event, state)) or _WAY[state]
    return f"{in_swedish(event, state)}; {sv}", f"The order is {_IS[state]} and cannot {_CANNOT[event]}; {en}"
