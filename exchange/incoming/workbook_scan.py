"""What does the XML of a workbook hold? Looked through once, as a stream, before it becomes cells.

How far a sheet reaches, how much text it repeats and which cells are errors: a reader that makes cells of it sees
none of this in time. Next: workbook.py.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from xml.parsers import expat

from exchange.incoming.raw_row import UnusableFile
from exchange.incoming.workbook_zip import damaged

Attributes = Mapping[str, str]

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})")


@dataclass(slots=True)
class SheetFacts:
    """What a sheet's filled cells come to. Rows and columns count from 1, as the spreadsheet shows them."""

    last_row: int = 0
    last_column: int = 0
    errors: set[tuple[int, int]] = field(default_factory=set)
    """(row, column) of cells such as #N/A."""
    repeated: Counter[int] = field(default_factory=Counter)
    """How many cells show each of the shared texts."""


def look_through(xml: bytes, start: Callable[[str, Attributes], object] | None = None) -> expat.XMLParserType:
    """Parse `xml`, telling `start` of every element (its local name, its attributes).

    Raises UnusableFile where it is no XML, or defines entities of its own.
    """
    parser = _parser()
    if start:
        parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    _parse(parser, xml)
    return parser


def sheet_facts(xml: bytes) -> SheetFacts:
    """The facts of one sheet. Raises UnusableFile."""
    scan = _SheetScan()
    parser = _parser()
    parser.StartElementHandler = scan.begin
    parser.EndElementHandler = scan.end
    parser.CharacterDataHandler = scan.text.append
    _parse(parser, xml)
    return scan.facts


def shared_text_lengths(xml: bytes) -> list[int]:
    """How long each of the workbook's shared texts is, in characters. Raises UnusableFile."""
    lengths: list[int] = []

    def begin(tag: str, _: Attributes) -> None:
        if tag.rpartition(":")[2] == "si":
            lengths.append(0)

    def text(part: str) -> None:
        if lengths:
            lengths[-1] += len(part)

    parser = _parser()
    parser.StartElementHandler = begin
    parser.CharacterDataHandler = text
    _parse(parser, xml)
    return lengths


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _parse(parser: expat.XMLParserType, xml: bytes) -> None:
    try:
        parser.Parse(xml, True)  # noqa: FBT003 - the last and only piece
    except (expat.ExpatError, ValueError, LookupError):
        raise damaged() from None


def _refuse_doctype(*_: object) -> None:
    raise UnusableFile(
        "Arbetsboken läses inte: dess XML har en DOCTYPE, vilket ingen arbetsbok behöver.",
        "The workbook is not read: its XML has a DOCTYPE, which no workbook needs.",
    )


class _SheetScan:
    """Follows the cells of a sheet; a cell counts when it has a value."""

    def __init__(self) -> None:
        self.facts = SheetFacts()
        self.text: list[str] = []
        self._row = self._column = 0
        self._kind = ""

    def begin(self, tag: str, attributes: Attributes) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            self._begin_cell(attributes)
        elif name in {"v", "is"}:
            self._fill_cell()
        elif name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isascii() and given.isdigit() and len(given) < 8 else self._row + 1
            self._column = 0
        self.text.clear()

    def end(self, tag: str) -> None:
        if self._kind == "s" and tag.rpartition(":")[2] == "v":
            index = "".join(self.text).strip()
            if index.isascii() and index.isdigit() and len(index) < 10:
                self.facts.repeated[int(index)] += 1

    def _begin_cell(self, attributes: Attributes) -> None:
        reference = _REFERENCE.fullmatch(attributes.get("r", ""))
        if reference:
            self._row, self._column = int(reference[2]), _column_number(reference[1])
        else:
            self._column += 1
        self._kind = attributes.get("t", "")

    def _fill_cell(self) -> None:
        facts = self.facts
        facts.last_row = max(facts.last_row, self._row)
        facts.last_column = max(facts.last_column, self._column)
        if self._kind == "e":
            facts.errors.add((self._row, self._column))


@lru_cache(maxsize=2048)
def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
