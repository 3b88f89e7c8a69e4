"""How is each deed done? By the functions that the command line and the API call, each in transactions of its own.

The operation's name is the actor, so that what it brought about can be told in the database from what others did.
Next: clients.py, who does them and writes down the answers.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from config.database import Database
from drill.load import SOURCE, Deed
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from workflows.allocation import Goods
from workflows.cohort import Step, run_named
from workflows.counting import receive_goods
from workflows.intake import store_orders
from workflows.patients import Keys
from workflows.queries import find_order
from workflows.refill import refill_store
from workflows.returns.choosing import Pick
from workflows.returns.judging import judge_returns
from workflows.returns.receiving import receive_returns
from workflows.returns.requesting import ReturnRequest, request_return
from workflows.steps import deliver, pick
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY


class NotThereYet(Exception):
    """The order is not stored: nothing can be done to it."""


class Client:
    """What a client needs: the served database, and the keys."""

    def __init__(self, database: Database, keys: Keys) -> None:
        self.database = database
        self.keys = keys

    def do(self, op: str, deed: Deed) -> dict[str, Any]:
        """Do it, and return what was acknowledged. Raises whatever the product raises, and NotThereYet."""
        return DEEDS[deed.kind](self, op, deed)


def _order(client: Client, op: str, deed: Deed) -> dict[str, Any]:
    moment = datetime.now(UTC)
    request = read_order(deed.told["body"], today=moment.date())
    assert not isinstance(request, list), "the load is well formed"
    order = new_order(request, client.keys, source=SOURCE, received_at=moment, today=moment.date())
    with client.database.transaction() as tx:
        (stored,) = store_orders(tx, [order], actor=op)
    return {"verdict": stored.verdict, "order_id": stored.order_id}


def _named(step: Step) -> Callable[[Client, str, Deed], dict[str, Any]]:
    def do(client: Client, op: str, deed: Deed) -> dict[str, Any]:
        state = run_named(
            client.database, step, _order_id(client, deed), actor=op,
            reason=deed.told.get("reason"), short=deed.told.get("short"),
        )  # fmt: skip
        return {"state": state}

    return do


def _return(client: Client, op: str, deed: Deed) -> dict[str, Any]:
    order_id = _order_id(client, deed)
    with client.database.transaction() as tx:
        request = ReturnRequest(deed.told["store"], "används inte", order_id, reference=op)
        return_id = request_return(tx, request, actor=op)
        receive_returns(tx, [return_id], actor=op)
        judge_returns(tx, [return_id], [Pick(to=deed.told["to"])], actor=op, cause="slitage")
    return {"return_id": return_id}


def _receive(client: Client, op: str, deed: Deed) -> dict[str, Any]:
    goods = Goods(deed.told["store"], deed.told["article"])
    receive_goods(client.database, goods, deed.told["units"], document=deed.told["document"], actor=op)
    return {}


def _refill(client: Client, op: str, deed: Deed) -> dict[str, Any]:
    refill = refill_store(client.database, deed.told["store"], actor=op)
    return {"created": [each.external_id for each in refill.created]}


def _order_id(client: Client, deed: Deed) -> int:
    with client.database.transaction() as tx:
        order_id = find_order(tx, f"{SOURCE}:{deed.of}")
    if order_id is None:
        raise NotThereYet(NotThereYet.__doc__)
    return order_id


DEEDS: Final[Mapping[str, Callable[[Client, str, Deed], dict[str, Any]]]] = {
    "order": _order,
    "cancel": _named(CANCEL),
    "fail-delivery": _named(FAIL_DELIVERY),
    "confirm-pick": _named(pick.STEP),
    "confirm-delivery": _named(deliver.STEP),
    "return": _return,
    "receive": _receive,
    "refill": _refill,
}
"""Every kind of deed."""
