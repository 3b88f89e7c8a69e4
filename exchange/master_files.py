"""What do the files of master data say? A folder of CSV files, all optional, as typed rows; or every problem at once.

Whether a code that is named exists is asked by whoever loads the rows: a folder may hold stock.csv alone.
Next: master_tables.py (the columns of each file), master_rows.py (how a file is read).
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from exchange.device_table import DEVICES, DEVICES_FILE, DeviceRow
from exchange.holding_rows import HOLDINGS, HOLDINGS_FILE, HoldingRow
from exchange.master_rows import (
    WHOLE_FILE,
    FileProblem,
    Problems,
    Row,
    Table,
    read_table,
)
from exchange.master_tables import (
    ARTICLES,
    LEAD_CLASSES,
    PEOPLE,
    PERSON_UNITS,
    PRESCRIBING_RIGHTS,
    STOCK,
    STORES,
    UNITS,
    PersonRow,
    PersonUnitRow,
    StockRow,
)
from exchange.shape_check import Expected
from workflows.master_data import Article, CareUnit, LeadClass, PrescribingRight, Store


@dataclass(frozen=True, slots=True)
class MasterFiles:
    """The rows of every file, in the order of the files; () for a file that is not there."""

    lead_classes: tuple[LeadClass, ...] = ()
    stores: tuple[Store, ...] = ()
    units: tuple[CareUnit, ...] = ()
    articles: tuple[Article, ...] = ()
    people: tuple[PersonRow, ...] = ()
    person_units: tuple[PersonUnitRow, ...] = ()
    """Every unit of every person, each pair once: those of person_units.csv, then the main ones of people.csv."""
    prescribing_rights: tuple[PrescribingRight, ...] = ()
    stock: tuple[StockRow, ...] = ()
    devices: tuple[DeviceRow, ...] = ()
    holdings: tuple[HoldingRow, ...] = ()
    """What was out before the first day; no master data, but read with it."""


FILE_NAMES: Final = tuple(f"{field.name}.csv" for field in fields(MasterFiles) if field.name != "holdings")
"""What the files are called: each as its rows."""


_NO_FILE = Expected(
    f"Mappen har ingen av filerna {', '.join(FILE_NAMES)}",
    f"The folder has none of the files {', '.join(FILE_NAMES)}",
)


class UnusableMasterFiles(Exception):
    """The master data cannot be loaded: some rows or columns are not what they should be."""

    def __init__(self, problems: Iterable[FileProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"{self.__doc__} ({len(self.problems)})")


def read_master_files(folder: Path) -> MasterFiles:
    """Read the master data in `folder`, from UTF-8 or Windows-1252, separated by `,` `;` or tab.

    Codes and ids stay text, leading zeros and all. Raises UnusableMasterFiles with every problem of every file.
    """
    found: list[FileProblem] = []
    if not any((folder / name).exists() for name in (*FILE_NAMES, HOLDINGS_FILE)):
        Problems(folder.name, found).add(WHOLE_FILE, "", _NO_FILE)

    def rows(name: str, table: Table[Row]) -> tuple[Row, ...]:
        return read_table(folder / name, table, Problems(name, found))

    people = rows("people.csv", PEOPLE)
    units_beside = rows("person_units.csv", PERSON_UNITS)
    main_units = tuple(PersonUnitRow(person.id, person.unit) for person in people if person.unit is not None)
    files = MasterFiles(
        lead_classes=rows("lead_classes.csv", LEAD_CLASSES),
        stores=rows("stores.csv", STORES),
        units=rows("units.csv", UNITS),
        articles=rows("articles.csv", ARTICLES),
        people=people,
        person_units=tuple(dict.fromkeys(units_beside + main_units)),
        prescribing_rights=rows("prescribing_rights.csv", PRESCRIBING_RIGHTS),
        stock=rows("stock.csv", STOCK),
        devices=rows(DEVICES_FILE, DEVICES),
        holdings=rows(HOLDINGS_FILE, HOLDINGS),
    )
    if found:
        raise UnusableMasterFiles(found)
    return files
