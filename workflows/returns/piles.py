"""Which units can be named? What is out with a receiver and not asked for, and what of a return stands where."""

from collections.abc import Sequence

from config.database import Connection
from workflows.ledger import OUTSTANDING
from workflows.returns.choosing import Pile

_ASKED = (
    "SELECT sum(x.requested) FROM return_line x JOIN return_order r ON r.id = x.return_id AND r.state = 'requested'"
)

_DEVICES = """
    ARRAY(SELECT d.serial_number FROM device d WHERE {of} AND d.place = 'receiver' AND NOT EXISTS (
        SELECT FROM return_device e JOIN return_line x ON x.return_id = e.return_id AND x.line_no = e.line_no
        JOIN return_order r ON r.id = x.return_id AND r.state = 'requested'
        WHERE e.serial_number = d.serial_number AND x.article = d.article) ORDER BY 1)
"""


def out_of_order(tx: Connection, order_id: int) -> list[Pile]:
    """What of a delivered order is out and not asked for, by line; its lines are locked."""
    lines = tx.execute("SELECT order_id, line_no FROM order_line WHERE order_id = %s", (order_id,)).fetchall()
    return out_of_lines(tx, lines)


def seen_out_of_order(tx: Connection, order_id: int) -> list[Pile]:
    """The same for who only looks: nothing is locked."""
    lines = tx.execute("SELECT order_id, line_no FROM order_line WHERE order_id = %s", (order_id,)).fetchall()
    return _out(tx, _keys(lines))


def out_of_lines(tx: Connection, lines: Sequence[tuple[int, int]]) -> list[Pile]:
    """What is out and not asked for of delivered lines (order, line number), which are locked in that order."""
    keys = _keys(lines)
    tx.execute(
        "SELECT FROM order_line WHERE (order_id, line_no) IN (SELECT * FROM unnest(%s::bigint[], %s::int[])) "
        "ORDER BY order_id, line_no FOR NO KEY UPDATE",
        keys,
    )
    return _out(tx, keys)


_Keys = tuple[list[int], list[int]]
"""The orders and the line numbers of lines, in one order."""


def _keys(lines: Sequence[tuple[int, int]]) -> _Keys:
    return [order_id for order_id, _ in lines], [line_no for _, line_no in lines]


def _out(tx: Connection, keys: _Keys) -> list[Pile]:
    rows = tx.execute(
        f"""
        SELECT l.order_id, l.line_no, l.article,
            {OUTSTANDING} - l.short_delivered - l.returned
                - coalesce(({_ASKED} WHERE x.order_id = l.order_id AND x.order_line = l.line_no), 0),
            {_DEVICES.format(of="d.order_id = l.order_id AND d.line_no = l.line_no")},
            coalesce(o.receiver_code, 'patient')
        FROM order_line l JOIN orders o ON o.id = l.order_id
        WHERE (l.order_id, l.line_no) IN (SELECT * FROM unnest(%s::bigint[], %s::int[]))
        ORDER BY l.order_id, l.line_no
        """,
        keys,
    )
    return _piles(rows.fetchall())


def out_of_holdings(tx: Connection, ids: Sequence[int]) -> list[Pile]:
    """What of opening holdings is out and not asked for; whoever asks at the same moment is told by the database."""
    rows = tx.execute(
        f"""
        SELECT h.id, 1, h.article,
            h.quantity - h.returned - coalesce(({_ASKED} WHERE x.holding = h.id), 0),
            {_DEVICES.format(of="d.holding = h.id")}, coalesce(h.unit, 'patient')
        FROM holding h WHERE h.id = ANY(%s::bigint[]) ORDER BY h.id
        """,
        (list(ids),),
    )
    return _piles(rows.fetchall())


_STANDING = {
    "receiver": "x.requested",
    "inspection": "x.received - x.restocked - x.repaired - x.written_off",
    "repair": "x.repaired - x.mended - x.scrapped",
}
"""Place → SQL: the units of a line of a return that stand there. Those not received stand with the receiver."""


def standing(tx: Connection, ids: Sequence[int], place: str) -> list[Pile]:
    """What of the returns `ids` stands in `place`: with the receiver, in inspection or in repair."""
    rows = tx.execute(
        f"""
        SELECT x.return_id, x.line_no, x.article, {_STANDING[place]},
            ARRAY(SELECT d.serial_number FROM return_device d WHERE d.return_id = x.return_id
                  AND d.line_no = x.line_no AND coalesce(d.place, 'receiver') = %s ORDER BY 1),
            coalesce(o.receiver_code, h.unit, 'patient')
        FROM return_line x LEFT JOIN orders o ON o.id = x.order_id LEFT JOIN holding h ON h.id = x.holding
        WHERE x.return_id = ANY(%s::bigint[]) ORDER BY 1, 2
        """,
        (place, list(ids)),
    )
    return _piles(rows.fetchall())


def _piles(rows: Sequence[tuple[int, int, str, int, Sequence[str], str]]) -> list[Pile]:
    return [
        Pile(source, line, article, units, tuple(serials), whose)
        for source, line, article, units, serials, whose in rows
    ]
