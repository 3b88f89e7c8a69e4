"""Where are the units of an article, or a person's things? The SQL that finds them, by device and by count.

A device stands in its row; units without a serial number are counted: what a line or an opening holding brought, less
what came back, less its devices. What a swap or a return took from its receiver is no longer found there. Next:
patient_records.py (a person's things), recalls.py (all of an article).
"""

from workflows.ledger import OUTSTANDING

_COUNTED = """unmarked AS (
        SELECT l.article, CASE l.state WHEN 'delivered' THEN 'receiver' ELSE 'outbound' END AS place, l.store,
               l.order_id, l.line_no, NULL::bigint AS holding, l.since, l.units - coalesce(c.devices, 0) AS units,
               l.serial_numbers AS named
        FROM line l LEFT JOIN counted c ON c.order_id = l.order_id AND c.line_no = l.line_no
        WHERE l.state IN ('picked', 'utleverans', 'delivered')
        UNION ALL
        SELECT h.article, 'receiver', h.store, NULL, NULL, h.id, h.since, h.units - coalesce(c.devices, 0),
               array_remove(ARRAY[h.serial_number], NULL)
        FROM earlier h LEFT JOIN counted c ON c.holding = h.id),
    with_receiver AS (
        SELECT r.article, r.serial_number, 1::bigint AS units, r.place, r.store, r.order_id, r.line_no, r.holding,
               coalesce(h.since::timestamp AT TIME ZONE 'Europe/Stockholm', r.since) AS since
        FROM registered r LEFT JOIN holding h ON h.id = r.holding AND r.place = 'receiver'
        UNION ALL
        SELECT u.article, s.serial_number, s.units, u.place, u.store, u.order_id, u.line_no, u.holding, u.since
        FROM (
            SELECT *, ARRAY(SELECT n FROM unnest(named) n WHERE NOT EXISTS (
                SELECT FROM device d WHERE d.article = unmarked.article AND d.serial_number = n)) AS unknown
            FROM unmarked WHERE units > 0) u
        CROSS JOIN LATERAL (
            SELECT n AS serial_number, 1::bigint AS units FROM unnest(u.unknown) n
            WHERE cardinality(u.unknown) <= u.units
            UNION ALL
            SELECT NULL, CASE WHEN cardinality(u.unknown) <= u.units THEN u.units - cardinality(u.unknown)
                              ELSE u.units END) s
        WHERE s.units > 0)"""
"""What line and holding brought and no device accounts for, beside the devices themselves."""


def with_receivers(*, lines: str, holdings: str, registered: str) -> str:
    """Common table expressions; the last one, `with_receiver`, has a row a device or count of units that is with its
    receiver or on its way: article, serial_number, units, place, store, order_id, line_no, holding, since.

    `lines` is a condition on order_line l and orders o, `holdings` one on holding h; `registered` selects the rows of
    device to look at. Serial numbers that only the line knows are told where they can be no other units.
    """
    return f"""
    line AS MATERIALIZED (
        SELECT l.order_id, l.line_no, l.article, coalesce(l.serial_numbers, '{{}}') AS serial_numbers, o.state,
               o.sender AS store, o.ended_at AS since, {OUTSTANDING} - l.short_delivered - l.returned AS units
        FROM order_line l JOIN orders o ON o.id = l.order_id
        WHERE {lines} AND o.state NOT IN ('rejected', 'cancelled')
          AND NOT (o.state = 'delivered' AND o.receiver_kind = 'kommunlager')),
    earlier AS MATERIALIZED (
        SELECT h.id, h.article, h.serial_number, h.quantity - h.returned AS units, h.store,
               h.since::timestamp AT TIME ZONE 'Europe/Stockholm' AS since
        FROM holding h WHERE {holdings} AND h.quantity > h.returned),
    registered AS MATERIALIZED ({registered}),
    counted AS (
        SELECT order_id, line_no, holding, count(*) AS devices FROM registered
        WHERE place IN ('outbound', 'receiver') GROUP BY 1, 2, 3),
    {_COUNTED}"""


IN_STORES = """
    SELECT b.article, NULL, b.on_hand - coalesce(c.devices, 0), 'store', b.store, NULL::bigint, NULL::integer,
           NULL::bigint, NULL::timestamptz
    FROM store s JOIN stock_balance b ON b.store = s.code AND b.article = %(article)s
    LEFT JOIN (SELECT store, count(*) AS devices FROM registered WHERE place = 'store' GROUP BY 1) c
        ON c.store = b.store"""
"""Units of the article on the shelves that no row of `registered` tells of, in the columns of with_receiver."""

BESIDE_THE_SHELF = """
    SELECT %(article)s, NULL, m.units - coalesce(c.devices, 0), m.place, m.store, NULL, NULL, NULL, NULL
    FROM (SELECT e.place, e.store, sum(e.units) AS units FROM movement m
          CROSS JOIN LATERAL (VALUES (m.to_place, m.to_store, m.quantity), (m.from_place, m.from_store, -m.quantity))
              AS e (place, store, units)
          WHERE m.article = %(article)s AND e.place IN ('inspection', 'repair')
            AND (m.from_place IN ('inspection', 'repair') OR m.to_place IN ('inspection', 'repair'))
          GROUP BY 1, 2) m
    LEFT JOIN (SELECT place, store, count(*) AS devices FROM registered GROUP BY 1, 2) c
        ON c.place = m.place AND c.store = m.store"""
"""The same of units in inspection and repair."""
