"""What must always hold of individually marked devices? Each is where its life says, and where its line says."""

from workflows.ledger import OUTSTANDING
from workflows.verify.invariant import Invariant

_PICKED = f"""
    SELECT o.id, o.state, o.receiver_kind, l.line_no, l.article, l.serial_numbers, l.short_delivered, l.returned,
           {OUTSTANDING} AS sent,
           (SELECT count(*) FROM device d WHERE d.order_id = o.id AND d.line_no = l.line_no
            AND d.article = l.article AND d.serial_number = ANY (l.serial_numbers)
            AND d.place = CASE o.state WHEN 'delivered' THEN 'receiver' ELSE 'outbound' END) AS there
    FROM orders o JOIN order_line l ON l.order_id = o.id AND l.serial_numbers IS NOT NULL
    JOIN (SELECT DISTINCT order_id, line_no FROM device_event WHERE event = 'pick') e
        ON e.order_id = l.order_id AND e.line_no = l.line_no
    WHERE o.state IN ('picked', 'utleverans', 'delivered')
"""
"""Lines whose devices were picked by their numbers, with how many of them are where they must be."""

_ASKED = f"""
    coalesce((SELECT sum({OUTSTANDING.replace("l.", "b.")}) FROM orders due JOIN order_line b ON b.order_id = due.id
              WHERE due.sender = o.sender AND due.state = 'validated' AND due.due_at IS NOT NULL
                AND due.held_since IS NULL AND b.article = l.article), 0)
"""
"""Units of the article that orders will take which are picked by themselves in a moment: they were woken for them."""

DEVICES = (
    Invariant(
        "device-is-where-its-life-ends",
        "En individ är där dess senaste händelse satte den.",
        "A device is where the last event of its life put it.",
        """
        SELECT format('%s %s', coalesce(d.article, e.article), coalesce(d.serial_number, e.serial_number))
        FROM device d FULL JOIN (
            SELECT DISTINCT ON (article, serial_number) * FROM device_event
            ORDER BY article, serial_number, id DESC) e USING (article, serial_number)
        WHERE (d.place, d.store, d.order_id, d.line_no, d.holding)
            IS DISTINCT FROM (e.place, e.store, e.order_id, e.line_no, e.holding)
        """,
    ),
    Invariant(
        "reserved-device-belongs-to-validated-order",
        "En reserverad individ hör till en validerad order som nämner den.",
        "A reserved device belongs to a validated order that names it.",
        """
        SELECT format('%s %s of order %s', d.article, d.serial_number, d.order_id) FROM device d
        LEFT JOIN orders o ON o.id = d.order_id
        LEFT JOIN order_line l ON l.order_id = d.order_id AND l.line_no = d.line_no
        WHERE d.place = 'store' AND d.order_id IS NOT NULL AND NOT coalesce(o.state = 'validated'
            AND o.sender = d.store AND l.article = d.article AND d.serial_number = ANY (l.serial_numbers), false)
        """,
    ),
    Invariant(
        "picked-devices-are-those-of-their-lines",
        "En rads individer är de som plockats: på väg ut, eller hos mottagaren så länge de inte kommit tillbaka.",
        "A line's devices are those picked: in outbound, or with the receiver as long as they have not come back.",
        f"""
        SELECT format('order %s line %s: %s of %s', id, line_no, there, sent) FROM ({_PICKED}) line
        WHERE cardinality(serial_numbers) <> sent OR there <> CASE
            WHEN state <> 'delivered' THEN sent
            WHEN receiver_kind = 'kommunlager' THEN 0
            ELSE sent - short_delivered - returned END
        """,
    ),
    Invariant(
        "device-out-has-its-line",
        "En individ som är ute står på raden som tog den, i en order som har gått ut.",
        "A device that is out stands on the line that took it, of an order that has left.",
        """
        SELECT format('%s %s of order %s', d.article, d.serial_number, d.order_id) FROM device d
        JOIN orders o ON o.id = d.order_id JOIN order_line l ON l.order_id = d.order_id AND l.line_no = d.line_no
        WHERE d.place IN ('outbound', 'receiver') AND NOT coalesce(l.article = d.article
            AND d.serial_number = ANY (l.serial_numbers) AND CASE d.place
                WHEN 'outbound' THEN o.state IN ('picked', 'utleverans')
                ELSE o.state = 'delivered' AND o.receiver_kind <> 'kommunlager' END, false)
        """,
    ),
    Invariant(
        "nobody-waits-beside-free-devices",
        "Ingen order väntar på registrerade individer som står fria för den.",
        "No order waits for registered devices that stand free for it.",
        f"""
        SELECT format('order %s', o.id) FROM orders o JOIN store s ON s.code = o.sender AND s.picking = 'automatic'
        WHERE o.state = 'validated' AND o.due_at IS NULL AND o.held_since IS NULL
          AND NOT EXISTS (SELECT FROM restock r WHERE r.store = o.sender)
          AND (SELECT bool_and(line.elsewhere = 0 AND line.units <= line.own + line.free - line.asked) FROM (
            SELECT sum({OUTSTANDING}) AS units, sum(named.own) AS own, sum(named.elsewhere) AS elsewhere,
                (SELECT count(*) FROM device d WHERE d.store = o.sender AND d.article = l.article
                 AND d.place = 'store' AND d.order_id IS NULL) AS free,
                {_ASKED} AS asked
            FROM order_line l JOIN article a ON a.number = l.article AND a.individual CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE ready AND d.order_id = o.id) AS own,
                    count(*) FILTER (WHERE d.place NOT IN ('difference', 'written_off')
                                     AND NOT (ready AND coalesce(d.order_id = o.id, true))) AS elsewhere
                FROM device d CROSS JOIN LATERAL (SELECT d.place = 'store' AND d.store = o.sender) AS there (ready)
                WHERE d.article = l.article AND d.serial_number = ANY(l.serial_numbers)) named
            WHERE l.order_id = o.id AND {OUTSTANDING} > 0 GROUP BY l.article) line)
        """,
    ),
)
