"""What must always hold of returns? What came back is what the deliveries say, and stands where the judgements say."""

from workflows.verify.invariant import Invariant

_RECEIVED = "SELECT {of}, sum(received) AS units FROM return_line WHERE order_id IS {null} GROUP BY {of}"

_WAYS = """
    VALUES ('return', 'receiver', 'inspection', x.received), ('restock', 'inspection', 'store', x.restocked),
           ('repair', 'inspection', 'repair', x.repaired), ('write_off', 'inspection', 'written_off', x.written_off),
           ('restock', 'repair', 'store', x.mended), ('write_off', 'repair', 'written_off', x.scrapped)
"""

_BOOKED = "^return [0-9]{1,18} [0-9]{1,9}$"

RETURNS = (
    Invariant(
        "returned-is-what-was-received",
        "Det en leverans har fått åter är vad dess returer tog emot, och aldrig mer än den levererade.",
        "What a delivery got back is what its returns received, and never more than it delivered.",
        f"""
        SELECT format('order %s line %s', l.order_id, l.line_no) FROM order_line l
        LEFT JOIN ({_RECEIVED.format(of="order_id, order_line", null="NOT NULL")}) r
            ON r.order_id = l.order_id AND r.order_line = l.line_no
        WHERE l.returned <> coalesce(r.units, 0)
           OR l.on_rest + l.cancelled + l.short_delivered + l.returned > l.quantity
        UNION ALL
        SELECT format('holding %s', h.reference) FROM holding h
        LEFT JOIN ({_RECEIVED.format(of="holding", null="NULL")}) r ON r.holding = h.id
        WHERE h.returned <> coalesce(r.units, 0) OR h.returned > h.quantity
        """,
    ),
    Invariant(
        "only-deliveries-are-returned",
        "Bara det som levererats till en vårdenhet eller patient begärs åter, och aldrig mer än som är ute.",
        "Only what was delivered to a vårdenhet or a patient is asked back, and never more than is out.",
        """
        SELECT format('R-%s line %s', x.return_id, x.line_no) FROM return_line x
        LEFT JOIN orders o ON o.id = x.order_id
        LEFT JOIN order_line l ON l.order_id = x.order_id AND l.line_no = x.order_line
        LEFT JOIN holding h ON h.id = x.holding
        WHERE o.state <> 'delivered' OR o.receiver_kind = 'kommunlager'
           OR x.article <> coalesce(l.article, h.article)
        UNION ALL
        SELECT format('order %s line %s holding %s', l.order_id, l.line_no, h.reference) FROM return_line x
        JOIN return_order r ON r.id = x.return_id AND r.state = 'requested'
        LEFT JOIN order_line l ON l.order_id = x.order_id AND l.line_no = x.order_line
        LEFT JOIN holding h ON h.id = x.holding
        GROUP BY l.order_id, l.line_no, h.id
        HAVING sum(x.requested)
            > coalesce(l.quantity - l.on_rest - l.cancelled - l.short_delivered - l.returned, h.quantity - h.returned)
        """,
    ),
    Invariant(
        "inspection-and-repair-hold-open-judgements",
        "I granskning och reparation står precis det som returerna säger, och aldrig mindre än noll.",
        "Inspection and repair hold exactly what the returns say, and never less than nothing.",
        """
        WITH stands AS (
            SELECT r.store, x.article, w.place, sum(w.units) AS units
            FROM return_line x JOIN return_order r ON r.id = x.return_id
            CROSS JOIN LATERAL (
                VALUES ('inspection', x.received - x.restocked - x.repaired - x.written_off),
                       ('repair', x.repaired - x.mended - x.scrapped)) w (place, units)
            GROUP BY 1, 2, 3),
        ledger AS (
            SELECT store, article, place, sum(units) AS units FROM (
                SELECT to_store AS store, article, to_place AS place, quantity AS units FROM movement
                WHERE to_place IN ('inspection', 'repair')
                UNION ALL
                SELECT from_store, article, from_place, -quantity FROM movement
                WHERE from_place IN ('inspection', 'repair')) entry
            GROUP BY 1, 2, 3)
        SELECT format('%s %s %s: %s booked, %s in returns', store, article, place, l.units, s.units)
        FROM stands s FULL JOIN ledger l USING (store, article, place)
        WHERE coalesce(s.units, 0) <> coalesce(l.units, 0) OR l.units < 0
        """,
    ),
    Invariant(
        "return-movements-match-their-lines",
        "Returernas lagerrörelser är vad deras rader säger, och var och en hör till ett av returens steg.",
        "The movements of returns are what their lines say, and each belongs to one of its return's steps.",
        f"""
        WITH said AS (
            SELECT x.return_id, x.article, w.kind, w.from_place, w.to_place, r.store AS to_store,
                   CASE w.from_place WHEN 'receiver' THEN coalesce(o.receiver_code, h.unit, 'patient')
                                     ELSE r.store END AS from_store, sum(w.units) AS units
            FROM return_line x JOIN return_order r ON r.id = x.return_id
            LEFT JOIN orders o ON o.id = x.order_id LEFT JOIN holding h ON h.id = x.holding
            CROSS JOIN LATERAL ({_WAYS}) w (kind, from_place, to_place, units)
            WHERE w.units > 0 GROUP BY 1, 2, 3, 4, 5, 6, 7),
        booked AS (
            SELECT CASE WHEN document ~ '{_BOOKED}' THEN split_part(document, ' ', 2)::bigint END AS return_id, article,
                   kind, from_place, to_place, to_store, from_store, sum(quantity) AS units
            FROM movement WHERE kind = 'return' OR from_place IN ('inspection', 'repair')
            GROUP BY 1, 2, 3, 4, 5, 6, 7)
        SELECT format('R-%s %s %s: %s booked, %s in its lines', return_id, kind, article, b.units, s.units)
        FROM said s FULL JOIN booked b
            USING (return_id, article, kind, from_place, to_place, to_store, from_store)
        WHERE s.units IS DISTINCT FROM b.units
        UNION ALL
        SELECT format('movement %s: %s', m.id, m.document) FROM movement m
        WHERE m.document ~ '{_BOOKED}' AND NOT EXISTS (
            SELECT FROM return_history h WHERE h.return_id = split_part(m.document, ' ', 2)::bigint
                AND h.version = split_part(m.document, ' ', 3)::integer
                AND h.event = CASE WHEN m.from_place = 'receiver' THEN 'receive'
                                   WHEN m.from_place = 'inspection' THEN 'judge' ELSE 'mend' END)
        """,
    ),
    Invariant(
        "return-state-is-last-of-its-history",
        "En returs läge är det sista i dess historik, varje steg är tillåtet, och en avslutad har inget kvar.",
        "A return's state is the last of its history, every step is allowed, and a closed one has nothing left.",
        """
        SELECT format('R-%s version %s', h.return_id, h.version)
        FROM (SELECT *, lag(to_state) OVER chain AS before, lag(version) OVER chain AS version_before,
                     lead(version) OVER chain AS version_after
              FROM return_history WINDOW chain AS (PARTITION BY return_id ORDER BY version)) h
        JOIN return_order r ON r.id = h.return_id
        LEFT JOIN return_transition t ON t.event = h.event AND t.from_state = h.from_state AND t.to_state = h.to_state
        WHERE h.version = 1 AND (h.event <> 'request' OR h.to_state <> 'requested')
           OR h.version > 1 AND (t.event IS NULL OR h.before <> h.from_state OR h.version_before <> h.version - 1)
           OR h.version_after IS NULL AND (r.state <> h.to_state OR r.version <> h.version)
        UNION ALL
        SELECT format('R-%s', r.id) FROM return_order r
        WHERE NOT EXISTS (SELECT FROM return_history h WHERE h.return_id = r.id)
           OR NOT EXISTS (SELECT FROM return_line x WHERE x.return_id = r.id)
           OR r.state = 'closed' AND EXISTS (
                SELECT FROM return_line x WHERE x.return_id = r.id
                    AND (x.restocked + x.repaired + x.written_off < x.received OR x.mended + x.scrapped < x.repaired))
           OR r.state IN ('requested', 'cancelled') AND EXISTS (
                SELECT FROM return_line x WHERE x.return_id = r.id AND x.received > 0)
        """,
    ),
    Invariant(
        "returned-devices-are-counted",
        "De individnummer en retur har bedömt är inte fler än enheterna i dess rader.",
        "The serial numbers that a return has judged are no more than the units of its lines.",
        """
        SELECT format('R-%s line %s', x.return_id, x.line_no) FROM return_line x
        JOIN (SELECT return_id, line_no, count(*) AS named, count(place) AS received,
                     count(*) FILTER (WHERE place = 'inspection') AS inspection,
                     count(*) FILTER (WHERE place = 'repair') AS repair,
                     count(*) FILTER (WHERE place = 'store') AS store,
                     count(*) FILTER (WHERE place = 'written_off') AS written_off
              FROM return_device GROUP BY 1, 2) d USING (return_id, line_no)
        WHERE d.named > x.requested OR d.received > x.received
           OR d.inspection > x.received - x.restocked - x.repaired - x.written_off
           OR d.repair > x.repaired - x.mended - x.scrapped
           OR d.store > x.restocked + x.mended OR d.written_off > x.written_off + x.scrapped
        """,
    ),
    Invariant(
        "holdings-were-booked-once",
        "Det som var ute före första dagen är bokfört hos sin mottagare, en gång.",
        "What was out before the first day is booked to its receiver, once.",
        """
        SELECT format('holding %s', coalesce(h.reference, substr(m.document, 9))) FROM holding h
        FULL JOIN (SELECT document, article, to_store, sum(quantity) AS units FROM movement
                   WHERE kind = 'opening' AND to_place = 'receiver' GROUP BY 1, 2, 3) m
            ON m.document = 'holding ' || h.reference
        WHERE h.id IS NULL OR m.document IS NULL OR m.article <> h.article OR m.units <> h.quantity
           OR m.to_store <> coalesce(h.unit, 'patient')
        """,
    ),
)
