"""What did a person count or say of an order's lines? Units by article, devices by article, and why.

A form has a field `artikel` for each article, and beside it one with units. Next: forms.py, one field.
"""

from backoffice.api.event_bodies import LONGEST_REASON
from backoffice.pages.forms import Fields, field_refused
from exchange.shape_check import Expected, code, quantity, reference
from workflows.free_text import PersonalNumberInText
from workflows.identity import holds_personal_number

_article, _serial, _reason = code(64), code(64), reference(LONGEST_REASON)


def units_in(form: Fields, name: str) -> dict[str, int]:
    """Article → units, from the fields called `name`; an empty one and 0 are none. Raises Problem 422."""
    units: dict[str, int] = {}
    for article, written in zip(form.texts("artikel", 64), form.texts(name, 20), strict=False):
        if written in ("", "0"):
            continue
        counted = quantity(int(written)) if written.isascii() and written.isdigit() else quantity(written)
        if isinstance(counted, Expected):
            raise field_refused(name, counted)
        units[_known(article)] = units.get(article, 0) + counted
    return units


def devices_in(form: Fields) -> dict[str, list[str]]:
    """Article → serial numbers, a line each, from `individer` beside `individ_artikel`. Raises Problem 422."""
    devices: dict[str, list[str]] = {}
    for article, written in zip(form.texts("individ_artikel", 64), form.get("individer", ()), strict=False):
        for line in filter(str.strip, written.splitlines()):
            serial = _serial(line)
            if isinstance(serial, Expected):
                raise field_refused("individer", serial)
            devices.setdefault(_known(article), []).append(str(serial))
    return devices


def reason_in(form: Fields) -> str | None:
    """Why, in somebody's words; None where the form does not ask. Raises PersonalNumberInText."""
    if not form.has("orsak"):
        return None
    given = form.text("orsak", LONGEST_REASON)
    if given and isinstance(_reason(given), Expected):
        raise PersonalNumberInText(PersonalNumberInText.__doc__)
    return given


def typed_again(form: Fields) -> Fields:
    """What of a refused form is shown again: all but what holds somebody's number."""
    return Fields({name: ["" if holds_personal_number(each) else each for each in form[name]] for name in form})


def _known(article: str) -> str:
    checked = _article(article)
    if isinstance(checked, Expected):
        raise field_refused("artikel", checked)
    return article
