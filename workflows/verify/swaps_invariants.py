"""What must always hold of swaps and accessories? Both halves are there, to one receiver, and each tie is logged."""

from workflows.verify.invariant import Invariant

SWAPS = (
    Invariant(
        "swap-has-both-halves",
        "Ett byte begär individen åter från den mottagare som dess order skickar en annan till.",
        "A swap asks its device back from the receiver to whom its order sends another.",
        """
        SELECT format('swap order %s', s.order_id) FROM swap s LEFT JOIN orders o ON o.id = s.order_id
        WHERE o.id IS NULL OR o.source <> 'orderflode' OR NOT EXISTS (
            SELECT FROM return_device e JOIN return_line x ON x.return_id = e.return_id AND x.line_no = e.line_no
            LEFT JOIN orders f ON f.id = x.order_id LEFT JOIN holding h ON h.id = x.holding
            WHERE e.return_id = s.return_id AND e.serial_number = s.serial_number AND x.article = s.article
              AND o.swap_of IS NOT DISTINCT FROM x.order_id
              -- A rejected order may be amended to another patient's number of the same person.
              AND receiver_of(o.receiver_code, o.patient_id)
                  = receiver_of(coalesce(f.receiver_code, h.unit), coalesce(f.patient_id, h.patient_id)))
        UNION ALL
        SELECT format('order %s', o.id) FROM orders o
        WHERE o.swap_of IS NOT NULL AND NOT EXISTS (SELECT FROM swap s WHERE s.order_id = o.id)
        """,
    ),
    Invariant(
        "delivery-is-swapped-once",
        "En individ byts en gång för varje leverans, om inte bytets order makulerats.",
        "A device is swapped once for each delivery, unless the order of the swap was cancelled.",
        """
        SELECT format('%s %s', s.article, s.serial_number) FROM swap s
        JOIN orders o ON o.id = s.order_id AND o.state <> 'cancelled'
        JOIN return_line x ON x.return_id = s.return_id
        GROUP BY s.article, s.serial_number, x.order_id, x.order_line, x.holding HAVING count(*) > 1
        """,
    ),
    Invariant(
        "ties-are-logged",
        "Varje ändring av vad ett tillbehör hör till finns i loggen, och den sista gäller.",
        "Every change of what an accessory belongs to is in the log, and the last one holds.",
        """
        SELECT format('order %s line %s', t.order_id, t.line_no)
        FROM (SELECT *, lag(serial_number) OVER chain AS before, row_number() OVER chain AS place,
                     lead(id) OVER chain AS after
              FROM accessory_tie WINDOW chain AS (PARTITION BY order_id, line_no ORDER BY id)) t
        JOIN order_line l ON l.order_id = t.order_id AND l.line_no = t.line_no
        WHERE t.after IS NULL AND l.accessory_to IS DISTINCT FROM t.serial_number
           OR t.place > 1 AND t.before IS DISTINCT FROM t.was
        """,
    ),
)
