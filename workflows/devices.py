"""Where is each individually marked device? The register's door from Python: register devices and move them.

A device (article, serial number) is in one place at a time, since it is one row; its life is append-only. All writing
goes through move_devices (migrations/sql/0002_devices.sql). Goods are counted in the ledger: ledger.py.
"""

from collections.abc import Sequence
from typing import NamedTuple

from config.database import Connection


class DeviceMove(NamedTuple):
    """One device to move: from where it must be (None registers it) to where it is then.

    `store` is the store it stands in or that answers for it. The line, or the opening holding, is whose it is: who
    has reserved it in the store, who carries it, or who has received it.
    """

    article: str
    serial_number: str
    from_place: str | None
    to_place: str
    store: str
    order_id: int | None = None
    line_no: int | None = None
    holding: int | None = None


def move_devices(
    tx: Connection, moves: Sequence[DeviceMove], event: str, actor: str, *, reason: str | None = None
) -> None:
    """Move devices, all or none. Raises psycopg's RestrictViolation where one is not in its `from_place`, and
    UniqueViolation where one to register is known."""
    if not moves:
        return
    tx.execute(
        "SELECT move_devices((SELECT array_agg(m::device_move) FROM unnest(%s::text[], %s::text[], %s::text[], "
        "%s::text[], %s::text[], %s::bigint[], %s::int[], %s::bigint[]) AS m), %s, %s, %s)",
        [*(list(column) for column in zip(*moves, strict=True)), event, actor, reason],
    )
