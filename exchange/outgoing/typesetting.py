"""How does a document's data become pages?

Each kind of document has a typst template in templates/. Data goes in as JSON, never as markup, so a text
from outside cannot become an instruction; every text passes `printable` on its way. Same sheet, same bytes.
Next: delivery_note.py and pick_list.py, which say what stands on a sheet.
"""

import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import typst

from exchange.outgoing.barcodes import Barcode
from exchange.outgoing.printable import printable

Content: TypeAlias = "str | int | Barcode | Sequence[Content] | Mapping[str, Content] | None"
Encoded: TypeAlias = "str | int | list[Encoded] | dict[str, Encoded] | None"

_HERE = Path(__file__).parent
_TEMPLATES = _HERE / "templates"
# Archival and accessible at once: tagged, with embedded fonts and the language declared.
_STANDARDS: "list[typst.PDFStandard]" = ["a-2a", "ua-1"]
# typst's Compiler answers "Already borrowed" when two threads use it.
_one_at_a_time = threading.Lock()


class TypesettingError(RuntimeError):
    """A document could not be typeset; the reason is left out, for typst quotes the text it stands at."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document to typeset: its template, the moment its metadata names, and what stands on it."""

    template: Literal["delivery_note", "pick_list"]
    created: datetime
    data: Mapping[str, Content] = field(repr=False)


def to_pdf(sheet: Sheet) -> bytes:
    """The sheet as PDF/A-2a and PDF/UA-1. Raises TypesettingError."""
    created = int(sheet.created.timestamp())
    return cast(bytes, _compile(sheet, format="pdf", pdf_standards=_STANDARDS, timestamp=created))


def to_png(sheet: Sheet, pixels_per_inch: int) -> list[bytes]:
    """The sheet's pages as PNG images, for a preview on a screen. Raises TypesettingError."""
    pages = _compile(sheet, format="png", ppi=pixels_per_inch)
    return pages if isinstance(pages, list) else [pages]


def _compile(sheet: Sheet, **output: Any) -> bytes | list[bytes]:
    inputs = {"data": json.dumps(_encoded(sheet.data), ensure_ascii=False)}
    with _one_at_a_time:
        try:
            compiled = _compiler(sheet.template).compile(sys_inputs=inputs, **output)
        except typst.TypstError:
            raise TypesettingError(f"the {sheet.template} could not be typeset") from None
    return cast("bytes | list[bytes]", compiled)


@cache
def _compiler(template: str) -> typst.Compiler:
    """The template's compiler, kept for the life of the process: fonts and template are loaded once."""
    return typst.Compiler(
        _TEMPLATES / f"{template}.typ",
        root=_TEMPLATES,
        font_paths=[_HERE / "fonts"],
        ignore_system_fonts=True,
    )


def _encoded(content: Content) -> Encoded:
    if isinstance(content, str):
        return printable(content)
    if isinstance(content, Barcode):
        return {"text": printable(content.text), "svg": content.svg, "modules": content.modules}
    if isinstance(content, Mapping):
        return {name: _encoded(value) for name, value in content.items()}
    if isinstance(content, Sequence):
        return [_encoded(value) for value in content]
    return content
