"""How is an accessory tied to its main device, untied, or taken along when that one is swapped? Through one door.

Every change is written to accessory_tie, which is append-only. Locks: the line, before any balance. Next: reading.py.
"""

from collections.abc import Sequence

import psycopg

from config.database import Connection
from workflows.free_text import refuse_personal_number
from workflows.ledger import OUTSTANDING
from workflows.violations import SENTENCES


class TieRefused(Exception):
    """Tillbehöret kan inte kopplas så (the accessory cannot be tied so)."""


def tie(tx: Connection, order_id: int, line_no: int, serial_number: str, *, reason: str, actor: str) -> None:
    """Say that the line is an accessory of the device with that number, whatever it was tied to before.

    Raises PersonalNumberInText and TieRefused: no such line, not an order that went through the rules, no reason, tied
    so already, or a main device that is neither in the order nor with its receiver.
    """
    tied_to = _line(tx, order_id, line_no, reason)
    if not serial_number.strip():
        raise TieRefused("Ange huvudhjälpmedlets individnummer (name the main device's serial number)")
    if tied_to == serial_number:
        raise TieRefused(f"Raden är redan kopplad till {serial_number} (the line is tied so already)")
    refuse_personal_number(serial_number)
    try:
        with tx.transaction():
            tie_line(tx, order_id, line_no, serial_number, reason, actor)
    except psycopg.errors.RestrictViolation:
        sv, en = SENTENCES["accessory-main-device"]
        raise TieRefused(f"{sv.format(serial=serial_number)} ({en.format(serial=serial_number)})") from None


def untie(tx: Connection, order_id: int, line_no: int, *, reason: str, actor: str) -> None:
    """Say that the line is no accessory of a certain device. Raises PersonalNumberInText, TieRefused."""
    if _line(tx, order_id, line_no, reason) is None:
        raise TieRefused("Raden är inte kopplad till något (the line is tied to nothing)")
    tie_line(tx, order_id, line_no, None, reason, actor)


def tie_line(tx: Connection, order_id: int, line_no: int, serial_number: str | None, reason: str, actor: str) -> None:
    """Through the door. Raises psycopg's RestrictViolation."""
    tx.execute("SELECT tie_accessory(%s, %s, %s, %s, %s)", (order_id, line_no, serial_number, reason, actor))


def _line(tx: Connection, order_id: int, line_no: int, reason: str) -> str | None:
    """What the line, locked, is tied to."""
    refuse_personal_number(reason)
    if not reason.strip():
        raise TieRefused("En orsak måste anges (a reason is required)")
    # The order first, as every step does: it cannot end meanwhile.
    order = tx.execute("SELECT state FROM orders WHERE id = %s FOR NO KEY UPDATE", (order_id,)).fetchone()
    line = tx.execute(
        "SELECT accessory_to FROM order_line WHERE order_id = %s AND line_no = %s FOR NO KEY UPDATE",
        (order_id, line_no),
    ).fetchone()
    if order is None or line is None:
        raise TieRefused("Ordern har ingen sådan rad (the order has no such line)")
    if order[0] in ("draft", "rejected"):
        raise TieRefused("Ordern är inte prövad: rätta den i stället (it is not validated: amend it instead)")
    if order[0] == "cancelled":
        raise TieRefused("Ordern är makulerad (the order is cancelled)")
    return None if line[0] is None else str(line[0])


def lock_tied(tx: Connection, order_ids: Sequence[int]) -> None:
    """Lock the orders' lines that are tied, which the delivery of a swap may want too. Before any balance: whoever
    writes them afterwards, and holds balances meanwhile, would wait for who waits for those."""
    tx.execute(
        "SELECT FROM order_line WHERE order_id = ANY(%s::bigint[]) AND accessory_to IS NOT NULL "
        "ORDER BY order_id, line_no FOR NO KEY UPDATE",
        (list(order_ids),),
    )


def take_along(tx: Connection, order_ids: Sequence[int], actor: str) -> None:
    """The orders have brought devices in the place of others: what their receivers have, or wait for, that was tied to
    the old one is tied to the new one."""
    rows = tx.execute(
        f"""
        SELECT l.order_id, l.line_no, d.serial_number, s.reason FROM orders o
        JOIN swap s ON s.order_id IN (o.id, o.rest_of)
        JOIN device d ON d.order_id = o.id AND d.place = 'receiver'
        JOIN order_line l ON l.accessory_to = s.serial_number AND l.accessory_to <> d.serial_number
        JOIN orders a ON a.id = l.order_id AND a.receiver_kind <> 'kommunlager'
            AND receiver_of(a.receiver_code, a.patient_id) = receiver_of(o.receiver_code, o.patient_id)
        WHERE o.id = ANY(%s::bigint[]) AND a.state NOT IN ('draft', 'rejected', 'cancelled')
          AND {OUTSTANDING} > l.short_delivered + l.returned
        ORDER BY 1, 2
        """,
        (list(order_ids),),
    ).fetchall()
    for order_id, line_no, serial_number, reason in rows:
        tie_line(tx, order_id, line_no, serial_number, reason, actor)
