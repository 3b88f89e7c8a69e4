"""How do registered devices come in with master data? Each once, beside the goods that stock.csv counts."""

from collections.abc import Collection

from config.database import Connection
from exchange.master_files import MasterFiles
from exchange.master_rows import WHOLE_FILE, FileProblem
from workflows.device_register import register_devices


def load_devices(tx: Connection, files: MasterFiles, actor: str) -> int:
    """Register the devices that are not known; a known one stays where it is. Returns how many were registered.

    Called after the articles and opening balances are written.
    """
    return register_devices(tx, files.devices, actor)


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
            "devices.csv", WHOLE_FILE, "article",
            f"article: {number} är inte individmärkt.", f"article: {number} is not individually marked.",
        )
        for number in sorted(named - marked)
    ]  # fmt: skip
