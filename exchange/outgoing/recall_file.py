"""What stands in the list of a recall? The one place where patients' numbers and addresses leave in clear.

Each row tells where units are and whom to contact. A person is named by the current number; one with protected
identity has no address and no telephone here: whoever ordered knows the way. Next: whole_file.py, safe_csv.py.
"""

import json
from collections.abc import Iterable
from typing import Any, TextIO
from uuid import UUID
from zoneinfo import ZoneInfo

from exchange.outgoing.safe_csv import begin_table, write_rows
from exchange.outgoing.wording import RECEIVER_KINDS, worded
from workflows.identity import IdentityKind
from workflows.patients import Keys, patient_row, recipient_row
from workflows.recall_rows import RecallRow

_STOCKHOLM = ZoneInfo("Europe/Stockholm")

COLUMNS = (
    "artikel", "beställd artikel", "individnummer", "antal", "plats", "lager", "lagernamn", "mottagare",
    "mottagarkod", "patient", "namn", "telefon", "adress", "skyddad", "order", "utleverans", "sedan",
    "beställande enhet", "enhetens namn", "förskrivare", "förskrivarens namn",
)  # fmt: skip

PLACES = {
    "receiver": "hos mottagaren",
    "outbound": "på väg",
    "store": "i lager",
    "inspection": "under kontroll",
    "repair": "på reparation",
    "difference": "saknas",
}


def write_recall(handle: TextIO, pages: Iterable[list[RecallRow]], keys: Keys) -> int:
    """Write the list, page by page; returns the number of rows."""
    begin_table(handle, COLUMNS)
    count = 0
    for page in pages:
        write_rows(handle, (_row(row, keys) for row in page))
        count += len(page)
    return count


def _row(row: RecallRow, keys: Keys) -> list[object]:
    told = contact(
        _unsealed(row.recipient, row.recipient_sealed, keys),
        _unsealed(row.newest_recipient, row.newest_recipient_sealed, keys),
    )
    return [
        row.article, row.ordered_article, row.serial_number, row.units, worded(PLACES, row.place), row.store,
        row.store_name, row.receiver_kind and worded(RECEIVER_KINDS, row.receiver_kind), row.receiver_code,
        _number(row, keys), told["name"] or row.receiver_name,
        None if row.protected else told["phone"], None if row.protected else told["address"] or row.receiver_address,
        "skyddad" if row.protected else None, row.order, row.utleverans,
        row.since.astimezone(_STOCKHOLM).date().isoformat() if row.since else None,
        row.orderer_unit, row.orderer_unit_name, row.prescriber, row.prescriber_name,
    ]  # fmt: skip


def contact(own: dict[str, Any], newest: dict[str, Any]) -> dict[str, str | None]:
    """Name, phone and address as one line: from the person's newest order, where it tells; else from the own one."""
    address = newest.get("address") or own.get("address") or {}
    place = " ".join(filter(None, (address.get("postal_code"), address.get("city"))))
    return {
        "name": newest.get("name") or own.get("name"),
        "phone": newest.get("phone") or own.get("phone"),
        "address": ", ".join(filter(None, (address.get("street"), place))) or None,
    }


def as_written(kind: str, canonical: str) -> str:
    """A number as people write it: with its hyphen a spreadsheet takes it for text, and shows all of it."""
    return canonical if kind == IdentityKind.RESERVNUMMER else f"{canonical[:8]}-{canonical[8:]}"


def _number(row: RecallRow, keys: Keys) -> str | None:
    if row.patient_kind is None or row.patient_sealed is None or row.patient_lookup is None:
        return None
    number = keys.unseal(bytes(row.patient_sealed), patient_row(bytes(row.patient_lookup)))
    return as_written(row.patient_kind, number.decode())


def _unsealed(recipient: UUID | None, sealed: bytes | None, keys: Keys) -> dict[str, Any]:
    if recipient is None or sealed is None:
        return {}
    told: dict[str, Any] = json.loads(keys.unseal(bytes(sealed), recipient_row(recipient)))
    return told
