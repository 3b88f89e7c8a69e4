-- The devices that orders named before there was a register: each is where the last order that took it left it.

-- What the register says of them was told by nobody since. Where a line names more numbers than it sent, the first ones
-- are those it took; where a receipt missed some, it did not say which, and all are with the receiver.
WITH named AS (
    SELECT DISTINCT ON (l.article, serial_number, o.state = 'validated')
           l.article, serial_number, o.id AS order_id, l.line_no, o.state, o.sender, o.receiver_kind, o.receiver_code,
           h.at
    FROM order_line l JOIN orders o ON o.id = l.order_id AND o.state IN ('validated', 'picked', 'utleverans', 'delivered')
    JOIN article a ON a.number = l.article
    CROSS JOIN LATERAL unnest(l.serial_numbers[:l.quantity - l.on_rest]) AS serial_number
    CROSS JOIN LATERAL (
        SELECT max(at) AS at FROM history h WHERE h.order_id = o.id
            AND h.to_state = CASE o.state WHEN 'utleverans' THEN 'picked' ELSE o.state END) h
    WHERE l.serial_numbers IS NOT NULL
    -- Of those that wait for it, the first in the queue has it; of those that took it, the last.
    ORDER BY l.article, serial_number, o.state = 'validated',
             CASE o.state WHEN 'validated' THEN o.priority END, CASE o.state WHEN 'validated' THEN o.received_at END,
             CASE o.state WHEN 'validated' THEN o.id END, h.at DESC, o.id DESC, l.line_no),
last_named AS (
    SELECT DISTINCT ON (article, serial_number) *, state = 'delivered' AND receiver_kind = 'kommunlager' AS moved
    FROM named ORDER BY article, serial_number, at DESC, order_id DESC),
registered AS (
    INSERT INTO device (article, serial_number, place, store, order_id, line_no, since)
    SELECT article, serial_number,
           CASE WHEN moved OR state = 'validated' THEN 'store' WHEN state = 'delivered' THEN 'receiver'
                ELSE 'outbound' END,
           CASE WHEN moved THEN receiver_code ELSE sender END,
           CASE WHEN NOT moved THEN order_id END, CASE WHEN NOT moved THEN line_no END, at
    FROM last_named
    RETURNING *)
INSERT INTO device_event (article, serial_number, event, place, store, order_id, line_no, reason, actor, at)
SELECT article, serial_number, 'register', place, store, order_id, line_no,
       'nämnd av en order före registret (named by an order before the register)', 'orderflode', since
FROM registered ORDER BY since, article, serial_number;
