"""To whom do orders go, as a list may say it? The place and the unit; of a patient nothing but that it is one.

Of a receiver with protected identity the ordering unit is left out too, as on the delivery note.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from config.database import Connection


@dataclass(frozen=True, slots=True)
class Receiver:
    """An order's receiver: `code` and `name` are a store's or a vårdenhet's, None for a patient."""

    kind: str
    code: str | None
    name: str | None
    unit: str | None
    """The unit that ordered for a patient, unless the identity is protected."""


def receivers_of(tx: Connection, order_ids: Sequence[int]) -> dict[int, Receiver]:
    """The receivers of those of the orders that the transaction sees."""
    rows = tx.execute(
        """
        SELECT o.id, o.receiver_kind, o.receiver_code, CASE o.receiver_kind
                WHEN 'kommunlager' THEN (SELECT s.name FROM store s WHERE s.code = o.receiver_code)
                WHEN 'vardenhet' THEN (SELECT u.name FROM vardenhet u WHERE u.code = o.receiver_code) END,
            CASE WHEN o.receiver_kind = 'patient' AND NOT o.protected THEN o.orderer_unit END
        FROM orders o WHERE o.id = ANY(%s::bigint[])
        """,
        (list(order_ids),),
    )
    return {order_id: Receiver(*receiver) for order_id, *receiver in rows}
