"""How do registered devices come in with master data? Each once, beside the goods that stock.csv counts.

One that is out with a receiver stands in no store: devices.csv is told where to look, and never whose a device is.
"""

from collections.abc import Collection

from config.database import Connection
from exchange.device_table import DEVICES_FILE
from exchange.holding_rows import HOLDINGS_FILE
from exchange.master_files import MasterFiles
from exchange.master_rows import WHOLE_FILE, FileProblem, Problems
from exchange.shape_check import Expected
from workflows.device_register import register_devices


def load_devices(tx: Connection, files: MasterFiles, actor: str) -> int:
    """Register the devices that are not known; a known one stays where it is. Returns how many were registered.

    Called after the articles and opening balances are written.
    """
    return register_devices(tx, [row.device for row in files.devices], actor)


def device_problems(tx: Connection, files: MasterFiles) -> list[FileProblem]:
    """A problem for each row of devices.csv whose device stands elsewhere, or in a row of holdings.csv not yet stored.

    A row that was loaded before says where the device was registered, and is no problem wherever it went from there.
    """
    problems = Problems(DEVICES_FILE)
    elsewhere, holdings = _elsewhere(tx, files), _holdings_to_store(tx, files)
    for row in files.devices:
        key = (row.article, row.serial_number)
        if key in elsewhere:
            problems.add(
                row.row_no,
                "serial_number",
                Expected(
                    "individen finns redan någon annanstans: se orderflode device show",
                    "the device is known to be somewhere else: see orderflode device show",
                ),
            )
        elif key in holdings:
            problems.add(
                row.row_no, "serial_number",
                Expected(
                    f"individen står också i {HOLDINGS_FILE}, rad {holdings[key]}: den är antingen i lagret eller ute",
                    f"the device stands in {HOLDINGS_FILE} too, row {holdings[key]}: it is in the store or out",
                ),
            )  # fmt: skip
    return problems.found


def _elsewhere(tx: Connection, files: MasterFiles) -> set[tuple[str, str]]:
    """The devices of devices.csv that do not stand in the row's store, and were not registered there."""
    columns = [[getattr(row, name) for row in files.devices] for name in ("store", "article", "serial_number")]
    rows = tx.execute(
        "SELECT article, serial_number FROM unnest(%s::text[], %s::text[], %s::text[]) AS f (told, article, "
        "serial_number) JOIN device d USING (article, serial_number) "
        "WHERE (d.place, d.store) <> ('store', f.told) AND NOT EXISTS (SELECT FROM device_event e "
        "WHERE e.article = d.article AND e.serial_number = d.serial_number AND e.event = 'register' "
        "AND e.place = 'store' AND e.store = f.told)",
        columns,
    )
    return {(article, serial_number) for article, serial_number in rows}


def _holdings_to_store(tx: Connection, files: MasterFiles) -> dict[tuple[str, str], int]:
    """The devices of the holdings that are not stored yet, with their rows."""
    known = {reference for (reference,) in tx.execute(
        "SELECT reference FROM holding WHERE reference = ANY(%s::text[])", ([row.reference for row in files.holdings],)
    )}  # fmt: skip
    return {
        (row.article, row.serial_number): row.row_no
        for row in files.holdings
        if row.serial_number is not None and row.reference not in known
    }


def unmarked_articles(tx: Connection, files: MasterFiles, known: Collection[str]) -> list[FileProblem]:
    """A problem for each article of devices.csv that exists (`known`) and is not individually marked."""
    told = {article.number: article.individual for article in files.articles}
    named = {device.article for device in files.devices} & set(known)
    rows = tx.execute(
        "SELECT number FROM article WHERE individual AND number = ANY(%s)", (sorted(named - told.keys()),)
    )
    marked = {number for number, individual in told.items() if individual} | {number for (number,) in rows}
    return [
        FileProblem(
            DEVICES_FILE, WHOLE_FILE, "article",
            f"article: {number} är inte individmärkt.", f"article: {number} is not individually marked.",
        )
        for number in sorted(named - marked)
    ]  # fmt: skip
