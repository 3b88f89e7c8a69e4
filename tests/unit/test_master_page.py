"""Does the page about master data name every file and column there is, and no other? Next: docs/how_to.md."""

import re
from pathlib import Path

from exchange import device_table, holding_rows, master_tables
from exchange.master_files import FILE_NAMES
from exchange.master_rows import Table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how_to.md"
TABLES: dict[str, Table[object]] = {
    "lead_classes.csv": master_tables.LEAD_CLASSES,
    "stores.csv": master_tables.STORES,
    "units.csv": master_tables.UNITS,
    "articles.csv": master_tables.ARTICLES,
    "people.csv": master_tables.PEOPLE,
    "person_units.csv": master_tables.PERSON_UNITS,
    "prescribing_rights.csv": master_tables.PRESCRIBING_RIGHTS,
    "stock.csv": master_tables.STOCK,
    "devices.csv": device_table.DEVICES,
    "holdings.csv": holding_rows.HOLDINGS,
}


def told() -> dict[str, dict[str, bool]]:
    """File → column → whether the page says that it must be there."""
    page: dict[str, dict[str, bool]] = {}
    file = ""
    for first, columns in re.findall(r"^\|(.*?)\| (\S.*?) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE):
        if named := re.match(r" `(\w+\.csv)`", first):
            file = named[1]
        elif first.strip() or not file:
            continue
        for column in columns.split(", "):
            page.setdefault(file, {})[column.strip("*")] = column.startswith("**")
    return page


def test_the_page_names_every_file_and_column_and_which_must_be_there() -> None:
    assert set(TABLES) == {*FILE_NAMES, "holdings.csv"}
    assert told() == {
        file: {name: column.required for name, column in table.columns.items()} for file, table in TABLES.items()
    }
