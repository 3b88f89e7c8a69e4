"""What are states, events and types of orders called in Swedish? For tables that people read, and options they write.

Interfaces and JSON keep the codes. The states' names are those of the machine (workflows/machines.py).
"""

import unicodedata
from collections.abc import Mapping

from backoffice.cli.output import UNUSABLE, fail
from workflows.machines import MACHINES, OrderMachine, swedish_name
from workflows.order_types import CustomerOrderType, OrderType

_STATES = {str(state.value): str(state.name).lower() for state in OrderMachine.states}
_TYPES = {
    OrderType.LAGERFLYTTSORDER.value: "lagerflyttsorder",
    OrderType.BESTALLNING.value: "beställning",
    OrderType.FORSKRIVNING.value: "förskrivning",
}
_CUSTOMER_TYPES = {
    CustomerOrderType.LAGERFLYTT.value: "lagerflytt",
    CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER.value: "lagerflytt mellan kommuner",
    CustomerOrderType.DIREKTFORSKRIVNING.value: "direktförskrivning",
    CustomerOrderType.FORSKRIVNING.value: "förskrivning",
}
_EVENTS = {
    "create": "mottagen", "validate": "prövad", "pick": "plockad", "create_utleverans": "utleverans skapad",
    "deliver": "levererad", "resume": "framsläppt", "unreserve": "reservation släppt", "reduce": "delmakulerad",
    "amend": "rättad", "cancel": "makulerad", "fail_delivery": "bomkörning",
    "return_request": "retur begärd", "return_receive": "retur mottagen", "return_judge": "retur bedömd",
    "return_mend": "retur lagad", "return_cancel": "retur makulerad",
}  # fmt: skip
_RECEIVERS = {"kommunlager": "kommunlager", "vardenhet": "vårdenhet", "patient": "patient"}


def _listed(words: Mapping[str, str]) -> str:
    return ", ".join(sv if sv == code else f"{sv} ({code})" for code, sv in words.items())


STATES_LISTED = _listed(_STATES)
"""Every state as `--state` takes it: `restnoterad (backordered)`, …"""
TYPES_LISTED = _listed({code: _TYPES[code] for code in MACHINES})
"""Every order type as `--type` takes it."""


def state_code(given: str | None) -> str | None:
    """The code of the state that `given` names in Swedish or English; ends the command for what names none."""
    return _code(given, "--state", _STATES, STATES_LISTED)


def type_code(given: str | None) -> str | None:
    """The code of the order type that `given` names, with or without its dots; ends the command for none."""
    return _code(given, "--type", _TYPES, TYPES_LISTED)


def _code(given: str | None, option: str, words: Mapping[str, str], listed: str) -> str | None:
    if given is None:
        return None
    asked = _plain(given)
    code = next((code for code, sv in words.items() if asked in {_plain(code), _plain(sv)}), None)
    if code is None:
        fail(f"{option}: välj något av {listed} (choose one of these)", UNUSABLE)
    return code


def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.strip().casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def state_word(state: str | None) -> str | None:
    """The state as a table shows it, e.g. `Restnoterad`; None (before the first) stays None."""
    return swedish_name(state) if state else None


def type_word(order_type: str) -> str:
    """The order type as people write it: `förskrivning`."""
    return _TYPES.get(order_type, order_type)


def customer_type_word(customer_order_type: str | None) -> str | None:
    """The customer order type as people write it; one of the region's own stays as it is."""
    return customer_order_type and _CUSTOMER_TYPES.get(customer_order_type, customer_order_type)


def event_word(event: str) -> str:
    """What happened, as a history shows it: `plockad`."""
    return _EVENTS.get(event, event)


def receiver_word(kind: str) -> str:
    """What kind of receiver: `vårdenhet`."""
    return _RECEIVERS[kind]
