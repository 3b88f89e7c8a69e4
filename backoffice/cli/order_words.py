"""What are states, events and types of orders called in Swedish? For tables that people read, and options they write.

Next: backoffice/words.py, the words themselves.
"""

import unicodedata
from collections.abc import Mapping

from backoffice.cli.output import UNUSABLE, fail
from backoffice.words import STATES, TYPES, word
from workflows.machines import MACHINES, swedish_name

_STATES = {code: sv for code, (sv, _) in STATES.items()}
_TYPES = {code: sv for code, (sv, _) in TYPES.items()}


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
    return word("type", order_type)


def customer_type_word(customer_order_type: str | None) -> str | None:
    """The customer order type as people write it; one of the region's own stays as it is."""
    return customer_order_type and word("customer_type", customer_order_type)


def event_word(event: str) -> str:
    """What happened, as a history shows it: `plockad`."""
    return word("event", event)


def receiver_word(kind: str) -> str:
    """What kind of receiver: `vårdenhet`."""
    return word("receiver", kind)
