"""What must always hold of stock counts? A closed count has booked what its lines say, and nothing else has."""

from workflows.verify.invariant import Invariant

COUNTS = (
    Invariant(
        "counts-booked-what-they-say",
        "En stängd inventering har bokfört sina differenser, en gång.",
        "A closed stock count has booked its differences, once.",
        """
        SELECT format('%s %s: booked %s, moved %s', document, article, l.booked, m.units)
        FROM (SELECT 'count ' || count_id AS document, store, article, state, booked FROM stock_count_line
              WHERE booked <> 0) l
        FULL JOIN (SELECT document, from_store AS store, article,
                          sum(CASE from_place WHEN 'difference' THEN quantity ELSE -quantity END) AS units
                   FROM movement WHERE kind = 'count' GROUP BY 1, 2, 3) m USING (document, store, article)
        WHERE l.booked IS DISTINCT FROM m.units OR l.state <> 'closed'
        """,
    ),
)
