"""create_utleverans: the outbound delivery, made by the system so that nobody can forget it (S36, S50).

picked → utleverans. Locks: orders, then number counters in key order. The number is gapless per store and year:
one counter row, taken as a block for the cohort in the transaction that uses it.
"""

from itertools import groupby

from workflows.cohort import Step, Work
from workflows.ledger import OUTSTANDING
from workflows.machines import Group
from workflows.steps.moving import move

EVENT = "create_utleverans"

_YEAR = "extract(year FROM now() AT TIME ZONE 'Europe/Stockholm')::smallint"


def create_utleverans(work: Work) -> None:
    """Number an utleverans for each order, with the lines that were picked."""
    ids = {"ids": list(work.ids)}
    work.tx.execute(
        f"""
        INSERT INTO number_counter (store, year, last)
        SELECT DISTINCT o.sender, {_YEAR}, 0 FROM orders o
        WHERE o.id = ANY(%(ids)s::bigint[])
          AND NOT EXISTS (SELECT FROM number_counter c WHERE c.store = o.sender AND c.year = {_YEAR})
        ORDER BY o.sender
        ON CONFLICT DO NOTHING
        """,
        ids,
    )
    issued = work.tx.execute(
        f"""
        WITH cohort AS MATERIALIZED (
            SELECT o.id, o.sender, row_number() OVER (PARTITION BY o.sender ORDER BY c.place) AS place
            FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS c (id, place)
            JOIN orders o ON o.id = c.id AND o.id = ANY(%(ids)s::bigint[])),
        counter AS MATERIALIZED (
            SELECT c.store, c.year, w.wanted
            FROM number_counter c
            JOIN (SELECT sender, count(*) AS wanted FROM cohort GROUP BY sender) w ON w.sender = c.store
            WHERE c.year = {_YEAR}
            ORDER BY c.store, c.year FOR NO KEY UPDATE OF c),
        taken AS (
            UPDATE number_counter c SET last = c.last + k.wanted FROM counter k
            WHERE c.store = k.store AND c.year = k.year
            RETURNING c.store, c.year, c.last - k.wanted AS before),
        numbered AS (
            INSERT INTO utleverans (order_id, store, year, sequence)
            SELECT c.id, t.store, t.year, t.before + c.place
            FROM cohort c JOIN taken t ON t.store = c.sender ORDER BY t.store, c.place
            RETURNING id, order_id, store)
        SELECT s.delivery = 'automatic' AS by_itself, n.order_id, n.id
        FROM numbered n JOIN store s ON s.code = n.store ORDER BY by_itself, n.id
        """,
        ids,
    ).fetchall()
    work.tx.execute(
        f"""
        INSERT INTO utleverans_line (utleverans, line_no, article, quantity)
        SELECT u.id, l.line_no, l.article, {OUTSTANDING}
        FROM utleverans u JOIN order_line l ON l.order_id = u.order_id
        WHERE u.order_id = ANY(%(ids)s::bigint[]) AND l.order_id = ANY(%(ids)s::bigint[]) AND {OUTSTANDING} > 0
        """,
        ids,
    )
    for by_itself, rows in groupby(issued, key=lambda row: row[0]):
        pairs = list(rows)
        move(
            work,
            EVENT,
            Group("picked"),
            [order_id for _, order_id, _ in pairs],
            due=by_itself,
            utleveranser=[utleverans_id for _, _, utleverans_id in pairs],
        )


STEP = Step(EVENT, ("picked",), create_utleverans)
