"""What did a form send? Its fields as clean text, in bounds; what is no form of ours is refused before it is read on.

Next: exchange/shape_check.py, the checks of text that every door shares.
"""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from backoffice.api.problems import Problem
from exchange.shape_check import Expected, text

MOST_FIELDS = 5_000
"""An order of 1,000 lines has three of each."""

MOST_BYTES = 1 << 20

_name = text(200)
"""Some fields are called by what they are about: an article, a device."""

_MALFORMED = "Formuläret går inte att läsa (the form cannot be read)"


class Fields(dict[str, list[str]]):
    """The fields of a form by name, each with its values in order."""

    def text(self, name: str, longest: int = 200) -> str:
        """The field's first value, NFC and stripped; empty where there is none. Raises Problem 422."""
        return self.texts(name, longest)[0] if self.get(name) else ""

    def texts(self, name: str, longest: int = 200) -> list[str]:
        """Every value of the field. Raises Problem 422 for one that is too long or holds control characters."""
        check, clean = text(longest), []
        for value in self.get(name, ()):
            checked = check(value) if value.strip() else ""
            if isinstance(checked, Expected):
                raise field_refused(name, checked)
            clean.append(str(checked))
        return clean

    def lines(self, name: str, longest: int = 10_000) -> list[str]:
        """The lines of a text of several, e.g. what a scanner wrote; blank ones are left out. Raises Problem 422."""
        whole = self.get(name, [""])[0]
        if len(whole) > longest:
            raise field_refused(name, Expected(f"får ha högst {longest} tecken", f"may have {longest} characters"))
        if "\x00" in whole:
            raise field_refused(name, Expected("får inte ha styrtecken", "must have no control characters"))
        return [line.strip() for line in whole.splitlines() if line.strip()]

    def number(self, name: str, least: int = 0, most: int = 9_999) -> int | None:
        """The field as a whole number; None where it is empty. Raises Problem 422."""
        given = self.text(name, 20).replace("\u00a0", "").replace(" ", "")
        if not given:
            return None
        if not (given.isascii() and given.isdigit() and least <= int(given) <= most):
            sv, en = f"ska vara ett heltal från {least} till {most}", f"must be a whole number from {least} to {most}"
            raise field_refused(name, Expected(sv, en, "quantity"))
        return int(given)

    def has(self, name: str) -> bool:
        """Whether a box is ticked, or a button was the one that was pressed."""
        return name in self


def field_refused(name: str, expected: Expected) -> Problem:
    """422: the field, and what was expected of it."""
    told = {"code": expected.code, "field": name, "sv": f"{name} {expected.sv}", "en": f"{name} {expected.en}"}
    return Problem(422, "malformed-form", "Formuläret har fel (the form has errors)", violations=[told])


async def _fields(request: Request) -> Fields:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Problem(413, "too-large", "Formuläret är för stort (the form is too large)")
    if body and kind != "application/x-www-form-urlencoded":
        raise Problem(415, "media-type", "Innehållet ska vara ett formulär (the content must be a form)")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), errors="strict",
            max_num_fields=MOST_FIELDS,
        )  # fmt: skip
    except ValueError:
        raise Problem(400, "malformed-form", _MALFORMED) from None
    if any(isinstance(_name(name), Expected) for name, _ in pairs):
        raise Problem(400, "malformed-form", _MALFORMED)
    fields = Fields()
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


Form = Annotated[Fields, Depends(_fields)]
"""The fields that were sent."""
