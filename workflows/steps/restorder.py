"""What becomes of the rest? A linked order of its own (restorder), which waits at the original's place in the queue."""

from collections.abc import Mapping

from config.database import Connection
from workflows.cohort import Work
from workflows.ledger import OUTSTANDING
from workflows.machines import Group
from workflows.steps.moving import move
from workflows.steps.waiting import keep_place

SOURCE = "orderflode"
"""The source of orders that the system makes itself."""


def split_rest(work: Work, rests: Mapping[int, Mapping[int, int]]) -> None:
    """Move `rests` (order → line_no → units) to a restorder for each order, which waits for goods.

    The restorder repeats its original's parties, priority and age; its id is `REST-{order}-{1, 2, …}`.
    """
    rests = {order_id: lines for order_id, lines in rests.items() if lines}
    if not rests:
        return
    rest_ids = _create(work, list(rests))
    _move_units(work.tx, rests, rest_ids)
    keep_place(work.tx, rest_ids)
    rest = Work(work.tx, work.order_type, rest_ids, work.actor)
    move(rest, "validate", Group("draft", goods_missing=True), rest_ids, due=False)


def _create(work: Work, originals: list[int]) -> list[int]:
    """A restorder, still without lines, for each of `originals`."""
    created = work.tx.execute(
        """
        INSERT INTO orders (
            source, external_id, body_hash, order_type, customer_order_type, priority, received_at, kommun, sender,
            receiver_kind, receiver_code, patient_id, recipient, protected, orderer_person, orderer_unit, prescriber,
            medical_decision_date, medical_decision_reference, instruction_reference, instruction_approved_by,
            partial, accept_equivalent, ordered_on, wanted_date, reference, batch_id, rest_of, evidence, created_by)
        SELECT %(source)s,
            'REST-' || id || '-' || (SELECT count(*) + 1 FROM orders r WHERE r.rest_of = o.id),
            body_hash, order_type, customer_order_type, priority,
            received_at, kommun, sender, receiver_kind, receiver_code, patient_id, recipient, protected,
            orderer_person, orderer_unit, prescriber, medical_decision_date, medical_decision_reference,
            instruction_reference, instruction_approved_by, partial, accept_equivalent, ordered_on, wanted_date,
            reference, batch_id, id, evidence, %(actor)s
        FROM orders o WHERE id = ANY(%(ids)s::bigint[]) ORDER BY received_at, id
        RETURNING id
        """,
        {"source": SOURCE, "actor": work.actor, "ids": originals},
    ).fetchall()
    return [rest_id for (rest_id,) in created]


def _move_units(tx: Connection, rests: Mapping[int, Mapping[int, int]], rest_ids: list[int]) -> None:
    """Move units from the originals' lines to lines of the same number, and the last of the named devices with them."""
    rows = [(order_id, line_no, units) for order_id, lines in rests.items() for line_no, units in lines.items()]
    columns = [list(column) for column in zip(*rows, strict=True)]
    tx.execute(
        f"""
        WITH moved AS (SELECT * FROM unnest(%s::bigint[], %s::int[], %s::int[]) AS m (order_id, line_no, units)),
        original AS (
            UPDATE order_line l SET on_rest = l.on_rest + m.units,
                serial_numbers = nullif(l.serial_numbers[:{OUTSTANDING} - m.units], '{{}}')
            FROM moved m
            WHERE l.order_id = m.order_id AND l.line_no = m.line_no)
        -- The rest is asked for as it was ordered; what is withdrawn by now is not to be had any more.
        INSERT INTO order_line (order_id, line_no, article, ordered_article, quantity, serial_numbers, accessory_to)
        SELECT r.id, m.line_no, CASE WHEN a.withdrawn THEN l.article ELSE coalesce(l.ordered_article, l.article) END,
            CASE WHEN a.withdrawn THEN l.ordered_article END, m.units,
            nullif(l.serial_numbers[{OUTSTANDING} - m.units + 1:], '{{}}'), l.accessory_to
        FROM moved m JOIN orders r ON r.rest_of = m.order_id AND r.id = ANY(%s::bigint[])
        JOIN order_line l ON l.order_id = m.order_id AND l.line_no = m.line_no
        LEFT JOIN article a ON a.number = l.ordered_article
        """,
        (*columns, rest_ids),
    )
