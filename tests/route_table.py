"""What does each route demand? One row for every route of the web process; integration/test_route_matrix.py asks them.

A route that is new has a row here, or the matrix is red: with the permission it demands, what it is asked about, and
what somebody gets who asks about another kommun's. Next: route_world.py, the things that are asked about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from people import ANOTHER_PERSONNUMMER, PERSONNUMMER

from workflows.permissions import Permission

P = Permission


class Who(Enum):
    """Who may ask where no permission is demanded."""

    EVERYBODY = "everybody"
    """Without a login as well."""
    KNOWN = "known"
    """Whoever has logged in, or shows a token."""


class Others(Enum):
    """What an answer about another kommun's thing is, for who may ask at all."""

    NOT_THERE = "404"
    LEFT_OUT = "200 without it"
    REFUSED = "422, as what is not there"
    NOT_GIVEN = "403, since nobody hands on more than they have"
    NONE = "nothing there is a kommun's"


Shown = Callable[[Any, Mapping[str, str]], bool]
"""Whether an answer shows a kommun's things."""

Body = Callable[[Mapping[str, str]], Any]
"""From the things of a kommun (route_world.py): JSON, or the bytes of a file."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one route demands. Its path's names are filled in with the things of a kommun, or by `named`."""

    demands: Permission | Who
    others: Others
    body: Body | None = None
    also: Permission | None = None
    """Asked for once the thing is found."""
    named: Mapping[str, str] | None = None
    region: bool = False
    """For the whole region's people alone."""
    shown: Shown | None = None
    """Where another kommun's are left out."""


def _order(things: Mapping[str, str]) -> dict[str, Any]:
    return {
        "external_id": things["new"], "order_type": "bestallning", "sender": "10",
        "receiver": {"kind": "vardenhet", "id": things["unit"]},
        "orderer": {"person": things["orderer"], "unit": things["unit"]}, "lines": [{"article": "A1", "quantity": 1}],
    }  # fmt: skip


def _reason(_: Mapping[str, str]) -> dict[str, Any]:
    return {"reason": "prov"}


def _count(_: Mapping[str, str]) -> dict[str, Any]:
    return {}


def _account(things: Mapping[str, str]) -> dict[str, Any]:
    return {"login": things["new"].lower(), "name": "Ny", "roles": ["tekniker"], "kommun": things["kommun"]}


def _token(things: Mapping[str, str]) -> dict[str, Any]:
    return {"name": things["new"].lower(), "source": "x", "scopes": ["order.read"], "kommun": things["kommun"]}


def _webhook(things: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": things["new"].lower(), "url": "https://mottagare.example/", "events": ["held"],
        "kommun": things["kommun"],
    }  # fmt: skip


def _search(things: Mapping[str, str]) -> dict[str, Any]:
    return {"number": PERSONNUMMER if things["kommun"] == "Karlstad" else ANOTHER_PERSONNUMMER, "reason": "prov"}


def _listed(many: str, name: str, thing: str) -> Shown:
    return lambda answer, things: things[thing] in {str(each[name]) for each in answer[many]}


_API = "/api/v1"
_OPEN = {"id": "open"}
_ENDED = {"id": "ended"}
_MOVING = {"id": "moving"}
_WEBHOOK = {"name": "webhook"}
_MESSAGE = {"name": "webhook", "message": "=00000000-0000-0000-0000-000000000000"}

ROUTES: dict[str, Row] = {
    "GET /health/live": Row(Who.EVERYBODY, Others.NONE),
    "GET /health/ready": Row(Who.EVERYBODY, Others.NONE),
    "GET /metrics": Row(P.READ_METRICS, Others.NONE, region=True),
    "GET /static/{version}/{name}": Row(Who.EVERYBODY, Others.NONE, named={"version": "=1", "name": "=none.css"}),
    "GET /login/oidc": Row(Who.EVERYBODY, Others.NONE),
    "GET /login/oidc/callback": Row(Who.EVERYBODY, Others.NONE),
    "POST /login/oidc/logout": Row(Who.EVERYBODY, Others.NONE),
    f"GET {_API}/openapi.json": Row(Who.EVERYBODY, Others.NONE),
    f"GET {_API}/docs": Row(Who.EVERYBODY, Others.NONE),
    f"GET {_API}/docs.css": Row(Who.EVERYBODY, Others.NONE),
    f"POST {_API}/session": Row(Who.EVERYBODY, Others.NONE, lambda _: {"login": "nobody", "password": "wrong"}),
    f"DELETE {_API}/session": Row(Who.EVERYBODY, Others.NONE),
    f"POST {_API}/link": Row(Who.EVERYBODY, Others.NONE, lambda _: {"secret": "wrong", "password": "wrong"}),
    f"GET {_API}/session": Row(Who.KNOWN, Others.NONE),
    f"PUT {_API}/session/password": Row(Who.KNOWN, Others.NONE, lambda _: {"old": "wrong", "new": "wrong"}),
    f"GET {_API}/status": Row(P.READ_STATUS, Others.NONE),
    f"GET {_API}/stores/{{code}}/stock": Row(P.READ_STOCK, Others.NOT_THERE, shown=_listed("stock", "store", "code")),
    f"POST {_API}/imports": Row(P.IMPORT, Others.LEFT_OUT, _order, shown=lambda answer, _: answer["accepted"] == 1),
    f"GET {_API}/imports/{{batch}}": Row(P.IMPORT, Others.NOT_THERE),
    f"POST {_API}/orders": Row(P.CREATE_BESTALLNING, Others.REFUSED, _order),
    f"POST {_API}/orders/validate": Row(P.CREATE_BESTALLNING, Others.REFUSED, _order),
    f"GET {_API}/orders": Row(P.READ_ORDERS, Others.LEFT_OUT, shown=_listed("orders", "id", "open")),
    f"GET {_API}/orders/{{id}}": Row(P.READ_ORDERS, Others.NOT_THERE, named=_OPEN),
    f"GET {_API}/orders/{{id}}/history": Row(P.READ_ORDERS, Others.NOT_THERE, named=_OPEN),
    f"GET {_API}/orders/{{id}}/stream": Row(P.READ_ORDERS, Others.NOT_THERE, named=_ENDED),
    f"POST {_API}/orders/{{id}}/patient": Row(P.SEE_PATIENT, Others.NOT_THERE, _reason, named=_OPEN),
    f"POST {_API}/patients/search": Row(
        P.SEARCH_PATIENT, Others.LEFT_OUT, _search, shown=_listed("orders", "id", "open")
    ),
    f"POST {_API}/orders/{{id}}/events/amend": Row(
        P.AMEND, Others.NOT_THERE, _order, also=P.CREATE_BESTALLNING, named=_MOVING
    ),
    f"POST {_API}/orders/{{id}}/events/cancel": Row(P.CANCEL, Others.NOT_THERE, _reason, named=_MOVING),
    f"POST {_API}/orders/{{id}}/events/pick": Row(P.PICK, Others.NOT_THERE, _count, named=_MOVING),
    f"POST {_API}/orders/{{id}}/events/deliver": Row(P.DELIVER, Others.NOT_THERE, _count, named=_MOVING),
    f"POST {_API}/orders/{{id}}/events/fail_delivery": Row(P.FAIL_DELIVERY, Others.NOT_THERE, _reason, named=_MOVING),
    f"POST {_API}/orders/{{id}}/events/release": Row(P.RELEASE, Others.NOT_THERE, _count, named=_MOVING),
    f"POST {_API}/orders/{{id}}/events/{{event}}": Row(
        P.READ_ORDERS, Others.NOT_THERE, named=_MOVING | {"event": "=validate"}
    ),
    f"GET {_API}/utleveranser/{{number}}": Row(P.READ_ORDERS, Others.NOT_THERE),
    f"GET {_API}/utleveranser/{{number}}.pdf": Row(P.PRINT, Others.NOT_THERE),
    f"GET {_API}/accounts": Row(P.MANAGE_ACCOUNTS, Others.LEFT_OUT, shown=_listed("accounts", "login", "login")),
    f"POST {_API}/accounts": Row(P.MANAGE_ACCOUNTS, Others.NOT_GIVEN, _account),
    f"GET {_API}/accounts/{{login}}": Row(P.MANAGE_ACCOUNTS, Others.NOT_THERE),
    f"PATCH {_API}/accounts/{{login}}": Row(P.MANAGE_ACCOUNTS, Others.NOT_THERE, lambda _: {"disabled": False}),
    f"POST {_API}/accounts/{{login}}/link": Row(P.MANAGE_ACCOUNTS, Others.NOT_THERE),
    f"DELETE {_API}/accounts/{{login}}/sessions": Row(P.MANAGE_ACCOUNTS, Others.NOT_THERE),
    f"DELETE {_API}/accounts/{{login}}/sessions/{{session}}": Row(P.MANAGE_ACCOUNTS, Others.NOT_THERE),
    f"GET {_API}/webhooks": Row(P.MANAGE_WEBHOOKS, Others.LEFT_OUT, shown=_listed("webhooks", "name", "webhook")),
    f"POST {_API}/webhooks": Row(P.MANAGE_WEBHOOKS, Others.NOT_GIVEN, _webhook),
    f"GET {_API}/webhooks/{{name}}": Row(P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_WEBHOOK),
    f"POST {_API}/webhooks/{{name}}/pause": Row(P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_WEBHOOK),
    f"POST {_API}/webhooks/{{name}}/resume": Row(P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_WEBHOOK),
    f"DELETE {_API}/webhooks/{{name}}": Row(P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_WEBHOOK),
    f"GET {_API}/webhooks/{{name}}/deliveries": Row(P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_WEBHOOK),
    f"POST {_API}/webhooks/{{name}}/retry": Row(P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_WEBHOOK),
    f"POST {_API}/webhooks/{{name}}/deliveries/{{message}}/retry": Row(
        P.MANAGE_WEBHOOKS, Others.NOT_THERE, named=_MESSAGE
    ),
    f"GET {_API}/tokens": Row(P.MANAGE_TOKENS, Others.LEFT_OUT, shown=_listed("tokens", "name", "name")),
    f"POST {_API}/tokens": Row(P.MANAGE_TOKENS, Others.NOT_GIVEN, _token),
    f"DELETE {_API}/tokens/{{name}}": Row(P.MANAGE_TOKENS, Others.NOT_THERE),
}
"""Method and path → what it demands."""
