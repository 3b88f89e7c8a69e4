"""What is a person told when a step is not allowed? Why not, in their words, and the command that does what they want.

Pure text over the events and states of orders (machines.py) and of returns (returns/machine.py).
"""

RETURN_STATES = frozenset({"requested", "received", "closed"})
"""States that only a return has; `cancelled` is a state of both."""

_IS = {
    "draft": "ett utkast", "validated": "validerad", "picked": "plockad", "utleverans": "i utleverans",
    "delivered": "levererad", "rejected": "avvisad", "backordered": "restnoterad", "cancelled": "makulerad",
    "requested": "begärd", "received": "mottagen", "closed": "avslutad",
}  # fmt: skip
_CANNOT = {
    "validate": "prövas", "pick": "plockas", "create_utleverans": "få en utleverans", "deliver": "levereras",
    "resume": "släppas fram", "unreserve": "bli restnoterad", "reduce": "makuleras till en del", "amend": "rättas",
    "cancel": "makuleras", "fail_delivery": "bli en bomkörning", "receive": "tas emot", "judge": "bedömas",
    "mend": "lagas",
}  # fmt: skip
_RETURN = "det som levererats kommer tillbaka genom en retur: orderflode return request ID"
_CANCEL = "makulera den: orderflode order cancel ID --reason ORSAK"
_WAY = {
    "draft": "reglerna prövar den först: orderflode order show ID säger när det är gjort",
    "validated": "nästa steg är plocket: orderflode confirm pick ID",
    "picked": "systemet skapar utleveransen, och sedan bekräftas leveransen: orderflode confirm deliver ID",
    "utleverans": (
        "bekräfta leveransen: orderflode confirm deliver ID, eller kom godset inte fram: "
        "orderflode fail-delivery ID --reason ORSAK"
    ),
    "delivered": _RETURN,
    "rejected": f"rätta den: orderflode order amend ID --file ORDER.json, eller {_CANCEL}",
    "backordered": "den väntar på gods och går vidare när det tas emot: orderflode stock receive",
    "cancelled": "den är avslutad; behövs godset ändå, lägg en ny order",
    "requested": "ta emot den: orderflode return receive R-NUMMER",
    "received": "säg vad som blir av godset: orderflode return judge R-NUMMER",
    "closed": "allt i den är bedömt; mer från samma order är en ny retur: orderflode return request ID",
}
_NOTHING_SENT = f"inget har skickats; {_CANCEL}"
_ONLY_REJECTED = f"ändra antalet: orderflode order reduce ID ARTIKEL=ANTAL --reason ORSAK, eller {_CANCEL}"
_WAY_OF_EVENT = {
    ("cancel", "utleverans"): (
        "kom godset inte fram: orderflode fail-delivery ID --reason ORSAK, annars bekräfta leveransen: "
        "orderflode confirm deliver ID"
    ),
    ("reduce", "utleverans"): (
        "säg vid leveransen vad som fattas: orderflode confirm deliver ID --short ARTIKEL=ANTAL, eller kom inget fram: "
        "orderflode fail-delivery ID --reason ORSAK"
    ),
    **{("fail_delivery", state): _NOTHING_SENT for state in ("draft", "rejected", "backordered", "validated")},
    ("fail_delivery", "picked"): _CANCEL,
    **{("amend", state): _ONLY_REJECTED for state in ("backordered", "validated", "picked")},
}
"""(event, state) → what a person who wants that does instead, where the state alone does not say."""


def why_not(event: str, state: str, allowed: tuple[str, ...]) -> str:
    """Why `event` is not allowed in `state` and what to do instead; in English by the codes, with those `allowed`."""
    names = ", ".join(allowed) or "–"
    return f"{_in_swedish(event, state)} ({event} is not allowed in the state {state}; allowed: {names})"


def _in_swedish(event: str, state: str) -> str:
    if (event, state) == ("cancel", "cancelled"):
        return "Redan makulerad"
    way = _WAY_OF_EVENT.get((event, state)) or _WAY.get(state)
    return f"{in_swedish(event, state)}; {way}" if way else in_swedish(event, state)


def in_swedish(event: str, state: str) -> str:
    """That `event` is not for `state`, without what to do instead."""
    what = "Returen" if state in RETURN_STATES else "Ordern"
    return f"{what} är {_IS.get(state, state)} och kan inte {_CANNOT.get(event, f'göra {event}')}"
