"""What may a text be, and how does the description say so? Without control characters; in clear, nobody's number.

Bodies are read by exchange/shape_check.py, and described here; a test holds the two together. A parameter is held to
its pattern by the framework. Next: order_models.py and typed_bodies.py, whose fields are such texts.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema

# Controls, line and paragraph separators, bidi overrides and isolates, as in shape_check.py; written for JSON Schema.
REFUSED = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
PATTERN = rf"^[^\s{REFUSED}][^{REFUSED}]*$"
"""The first character is no space: what is blank is no value."""

TEXT = "Utan styrtecken (no control characters)"
CODE = "Utan styrtecken, och inte ett personnummer (no control characters, and not a personal number)"
REFERENCE = "Utan styrtecken, och utan personnummer (no control characters, and no personal number in it)"


@dataclass(frozen=True)
class Told:
    """What the description says of a text of a body, which is read by a check of our own."""

    longest: int
    """Characters, as NFC."""
    says: str = TEXT
    pattern: str = PATTERN

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """The schema of the text; a field's own description goes before this one."""
        bounds = {"minLength": 1, "maxLength": self.longest, "pattern": self.pattern}
        return handler(core) | bounds | {"description": self.says}


def in_path(longest: int, **rest: Any) -> Any:
    """A name in an address."""
    return Path(min_length=1, max_length=longest, pattern=rf"^[^/{REFUSED}]+$", **rest)


def in_query(longest: int, says: str) -> Any:
    """A text of a query; `says` what it is."""
    return Query(max_length=longest, pattern=rf"^[^{REFUSED}]*$", description=f"{says}. {TEXT}")


InPath = Annotated[str, in_path(200, description=TEXT)]
"""A name in an address, of which there is nothing more to say."""
