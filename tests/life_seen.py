"""What has happened in the lives of a run? Counted by kind, so that a test that stopped seeing something is seen."""

from collections import Counter

from life_of_goods import Life

from workflows.machines import all_transitions
from workflows.returns.machine import all_return_transitions

_HAPPENED = """
    SELECT 'movement ' || kind, count(*) FROM movement GROUP BY 1
    UNION ALL SELECT 'order ' || event, count(*) FROM history WHERE version > 1 GROUP BY 1
    UNION ALL SELECT 'transition ' || event || ' ' || from_state || ' ' || to_state, count(*) FROM history
        WHERE version > 1 GROUP BY 1
    UNION ALL SELECT 'return ' || event, count(*) FROM return_history WHERE version > 1 GROUP BY 1
    UNION ALL SELECT 'count ' || state, count(*) FROM stock_count GROUP BY 1
    UNION ALL SELECT 'device ' || event, count(*) FROM device_event GROUP BY 1
    UNION ALL SELECT 'equivalent', count(*) FROM order_line WHERE ordered_article IS NOT NULL
    UNION ALL SELECT 'equivalent delivered', count(*) FROM order_line l JOIN orders o ON o.id = l.order_id
        WHERE l.ordered_article IS NOT NULL AND o.state = 'delivered'
    UNION ALL SELECT 'restorder', count(*) FROM orders WHERE rest_of IS NOT NULL
    UNION ALL SELECT 'refill', count(*) FROM orders WHERE external_id ^@ 'REFILL-'
    UNION ALL SELECT 'undone import', count(*) FROM intake_batch WHERE undone_at IS NOT NULL
    UNION ALL SELECT 'between kommuner', count(*) FROM orders
        WHERE customer_order_type = 'lagerflytt_mellan_kommuner' AND state = 'delivered'
"""

MOVEMENTS = (
    "opening", "receive", "adjust", "count", "difference", "reverse_difference", "pick", "short_pick", "deliver",
    "short_delivery", "cancel", "reduce", "fail_delivery", "return", "restock", "repair", "write_off",
)  # fmt: skip
_DEVICE_EVENTS = (
    "opening", "release", "unreserve", "cancel", "reduce", "fail_delivery", "short_pick", "short_delivery", "return",
    "restock", "repair", "write_off", "count",
)  # fmt: skip

EXPECTED = frozenset(
    [f"movement {kind}" for kind in MOVEMENTS]
    + [f"order {each.event}" for each in all_transitions()]
    + [f"return {each.event}" for each in all_return_transitions()]
    + ["count open", "count closed", "count cancelled"]
    + ["device receive", "device register", "device reserve", "device pick", "device deliver"]
    + ["equivalent", "restorder", "refill", "undone import", "between kommuner"]
)
"""What 2,000 steps have seen, each several times."""

EVERYTHING = (
    EXPECTED
    | {f"transition {each.event} {each.from_state} {each.to_state}" for each in all_transitions()}
    | {f"device {event}" for event in _DEVICE_EVENTS}
    | {"equivalent delivered"}
)
"""What 50,000 steps have seen."""


def happened(life: Life) -> Counter[str]:
    """How often each thing has happened in a life."""
    return Counter(dict(life.rows(_HAPPENED)))  # type: ignore[arg-type]
