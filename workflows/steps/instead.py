"""How is an equivalent sent? The line's article becomes what is sent; `ordered_article` says what was ordered."""

from collections.abc import Mapping

from config.database import Connection


def send_instead(tx: Connection, sent: Mapping[int, Mapping[int, str]]) -> None:
    """Let lines (order → line_no) bring the article `sent`. What was ordered stays: sent after all, nothing is said."""
    rows = [(order_id, line_no, article) for order_id, lines in sent.items() for line_no, article in lines.items()]
    if not rows:
        return
    tx.execute(
        "UPDATE order_line l SET article = s.article, "
        "ordered_article = nullif(coalesce(l.ordered_article, l.article), s.article) "
        "FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS s (order_id, line_no, article) "
        "WHERE l.order_id = s.order_id AND l.line_no = s.line_no",
        [list(column) for column in zip(*rows, strict=True)],
    )
