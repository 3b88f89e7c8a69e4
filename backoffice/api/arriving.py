"""What order does a request bring, and may the one who asks send it? Shape, type, person; the rules come after.

A new order and an amended one are asked for by the same permissions. Next: workflows/receiving.py, which judges and
stores it.
"""

from dataclasses import replace
from datetime import datetime

from backoffice.api.bodies import malformed, the_object
from backoffice.api.desk import Desk
from backoffice.api.problems import Problem
from backoffice.api.who import demanded
from backoffice.json_text import STOCKHOLM
from exchange.order_request import OrderRequest
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from exchange.shape_check import Findings
from workflows.intake import NewOrder
from workflows.master_data import Role
from workflows.permissions import CREATE, Actor, NotPermitted

OWN_SOURCE = "import"
"""The source of an order that no token sends, as on the command line."""


def order_of(desk: Desk, actor: Actor, raw: bytes) -> NewOrder:
    """The well-formed order in `raw`, as the actor may send it. Its source is the actor's, whatever the body says.

    Raises Problem 400 (no JSON), 422 (shape), 403 (may not create that type, or orders as somebody else).
    """
    if not any(actor.may(permission) for permission in CREATE.values()):
        raise NotPermitted(CREATE["bestallning"])
    now = datetime.now(STOCKHOLM)
    request = read_order(the_object(raw), today=now.date(), reservnummer_patterns=desk.settings.reservnummer_patterns)
    if not isinstance(request, OrderRequest):
        assert isinstance(request, Findings)
        raise malformed(request)
    demanded(actor, CREATE[request.order_type])
    _as_oneself(actor, request.orderer_person)
    order = new_order(request, desk.keys, source=OWN_SOURCE, received_at=now, today=now.date())
    return replace(order, source=actor.source or OWN_SOURCE)


def _as_oneself(actor: Actor, orderer: str) -> None:
    """Who is a person of master data orders in their own name; HMS orders on behalf of others."""
    if actor.person is not None and actor.person != orderer and Role.HMS not in actor.roles:
        raise Problem(403, "not-yourself", "Du kan bara beställa i eget namn (you may order only in your own name)")
