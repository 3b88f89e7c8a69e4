"""What must always hold of imports? One that is undone left nothing that goes on."""

from workflows.verify.invariant import Invariant

INTAKE = (
    Invariant(
        "undone-orders-are-cancelled",
        "Varje order som kom av en ångrad import är makulerad.",
        "Every order that came of an undone import is cancelled.",
        """
        SELECT format('batch %s order %s %s', b.id, o.id, o.state) FROM intake_batch b
        CROSS JOIN LATERAL orders_of_batch(b.id) came JOIN orders o ON o.id = came.order_id
        WHERE b.undone_at IS NOT NULL AND o.state <> 'cancelled'
        """,
    ),
)
