"""How does an .xlsx file become rows of cells? Unpacked within limits, looked through, then read sheet by sheet.

calamine reads a zip that is packed here anew from what was looked at: it never sees the file that came.
Next: xlsx_file.py, which makes rows of orders of the cells.
"""

import io
import posixpath
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from exchange.incoming.raw_row import UnusableFile
from exchange.incoming.workbook_scan import Attributes, SheetFacts, look_through, shared_text_lengths, sheet_facts
from exchange.incoming.workbook_zip import MOST_BYTES, damaged, entries, inflated
from exchange.shape_check import shown_name

MOST_COLUMNS = 1_000
MOST_ROWS = 1_048_576
MOST_CELLS = 3_000_000
"""Rows times columns of what a sheet fills; so many cells are held in memory, empty ones too."""
MOST_TEXT = 50_000_000
"""Characters that the cells of a sheet show together: one long text may stand in every cell."""

_WORKBOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_SHARED_TEXTS = "xl/sharedstrings.xml"

Cells = Sequence[object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name, and what is known of its cells."""

    name: str
    visible: bool
    facts: SheetFacts


class Workbook:
    """The sheets of one .xlsx file."""

    def __init__(self, path: Path) -> None:
        """Read the workbook at `path`. Raises UnusableFile."""
        if path.stat().st_size > MOST_BYTES + (1 << 20):
            raise UnusableFile(
                f"Filen är större än {MOST_BYTES >> 20} MB; dela upp den.",
                f"The file is larger than {MOST_BYTES >> 20} MB; split it.",
            )
        parts = _Parts(path.read_bytes())
        self._lengths = parts.shared_text_lengths
        try:
            self._book = CalamineWorkbook.from_filelike(parts.packed)
        except BaseException as error:
            raise _unreadable(error) from None
        targets = _sheet_parts(parts)
        self.sheets = [
            Sheet(each.name, each.visible is SheetVisibleEnum.Visible, parts.facts[targets[each.name]])
            for each in self._book.sheets_metadata
            if each.typ is SheetTypeEnum.WorkSheet and targets.get(each.name) in parts.facts
        ]

    def rows(self, sheet: Sheet) -> Iterator[tuple[int, Cells]]:
        """The row numbers and cells of the rows that have any text or value. Raises UnusableFile."""
        facts = sheet.facts
        if facts.last_row > MOST_ROWS or facts.last_column > MOST_COLUMNS or not self._fits(facts):
            name = shown_name(sheet.name)
            raise UnusableFile(
                f"Bladet {name} är för stort: högst {MOST_COLUMNS} kolumner och {MOST_CELLS} celler läses. Dela upp "
                "det, eller ta bort det som står långt utanför tabellen.",
                f"The sheet {name} is too large: at most {MOST_COLUMNS} columns and {MOST_CELLS} cells are read. Split "
                "it, or remove what stands far outside the table.",
            )
        try:
            for row_no, cells in enumerate(self._book.get_sheet_by_name(sheet.name).iter_rows(), start=1):
                if any(cell != "" and (not isinstance(cell, str) or cell.strip()) for cell in cells):
                    yield row_no, cells
        except (GeneratorExit, UnusableFile):
            raise
        except BaseException as error:
            raise _unreadable(error) from None

    def _fits(self, facts: SheetFacts) -> bool:
        shown = sum(
            self._lengths[index] * times for index, times in facts.repeated.items() if index < len(self._lengths)
        )
        return facts.last_row * facts.last_column <= MOST_CELLS and shown <= MOST_TEXT


class _Parts:
    """The parts of a workbook, each unpacked and looked through, and packed again for calamine."""

    def __init__(self, content: bytes) -> None:
        self.packed = io.BytesIO()
        self.facts: dict[str, SheetFacts] = {}
        self.shared_text_lengths: list[int] = []
        self.structure: dict[str, bytes] = {}
        with zipfile.ZipFile(self.packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as clean:
            for entry in entries(content):
                xml = inflated(content, entry)
                name = entry.name.replace("\\", "/")
                if name == "mimetype" and b"opendocument" in xml:
                    raise _another_kind(".ods")
                if name.casefold() == "xl/workbook.bin":
                    raise _another_kind(".xlsb")
                if name.casefold().endswith((".xml", ".rels")):
                    self._look_through(name.casefold(), xml)
                    clean.writestr(name, xml)
        self.packed.seek(0)
        if _WORKBOOK not in self.structure:
            raise UnusableFile(
                "Filen är en zip, men ingen arbetsbok. Spara tabellen som .xlsx eller CSV.",
                "The file is a zip, but no workbook. Save the table as .xlsx or CSV.",
            )

    def _look_through(self, name: str, xml: bytes) -> None:
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            self.facts[name] = sheet_facts(xml)
        elif name == _SHARED_TEXTS:
            self.shared_text_lengths = shared_text_lengths(xml)
        else:
            look_through(xml)
        if name in {_WORKBOOK, _RELATIONS}:
            self.structure[name] = xml


def _sheet_parts(parts: _Parts) -> Mapping[str, str]:
    """The name of each sheet, with the part that holds it."""
    relation_of: dict[str, str] = {}
    target_of: dict[str, str] = {}

    def sheet(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            relation = next((value for key, value in attributes.items() if key.rpartition(":")[::2] == ("r", "id")), "")
            relation_of[attributes.get("name", "")] = relation

    def relation(tag: str, attributes: Attributes) -> None:
        if tag == "Relationship":
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", "")))
            target_of[attributes.get("Id", "")] = target.removeprefix("/").casefold()

    look_through(parts.structure[_WORKBOOK], sheet)
    look_through(parts.structure.get(_RELATIONS, b"<none/>"), relation)
    return {name: target_of.get(each, "") for name, each in relation_of.items()}


def _another_kind(kind: str) -> UnusableFile:
    return UnusableFile(
        f"Filen är {kind}. Öppna den i kalkylprogrammet och spara den som .xlsx.",
        f"The file is {kind}. Open it in the spreadsheet program and save it as .xlsx.",
    )


def _unreadable(error: BaseException) -> BaseException:
    """What calamine could not read is damaged; a panic of its Rust code is no Exception, and has no class to name."""
    if isinstance(error, CalamineError | OSError | ValueError) or type(error).__name__ == "PanicException":
        return damaged()
    return error
