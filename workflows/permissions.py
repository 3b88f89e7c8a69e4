"""Who may do what? One permission per event and per class of data, asked in one place by API, pages and command line.

Pure. A role gives permissions; an account has roles, a token has permissions of its own (its scopes). What a role
gives never reaches across the actor's kommun: row_security in the database sees to that. Whether somebody may *order*
what they ask for is another question, and the rules' (rules/).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from workflows.master_data import Role
from workflows.order_types import OrderType


class Permission(StrEnum):
    """What can be permitted. A token's scopes are these names, but for OPERATE."""

    CREATE_LAGERFLYTTSORDER = "order.create.lagerflyttsorder"
    CREATE_BESTALLNING = "order.create.bestallning"
    CREATE_FORSKRIVNING = "order.create.forskrivning"
    READ_ORDERS = "order.read"
    AMEND = "order.amend"
    CANCEL = "order.cancel"
    PICK = "order.pick"
    DELIVER = "order.deliver"
    FAIL_DELIVERY = "order.fail_delivery"
    RELEASE = "order.release"
    IMPORT = "order.import"
    READ_STOCK = "stock.read"
    ADJUST_STOCK = "stock.adjust"
    """Receive goods, count them, and say what a balance is and why it differed."""
    HANDLE_RETURNS = "return.handle"
    MANAGE_DEVICES = "device.manage"
    """Swap a device for another, and say which accessories belong to it."""
    RECALL = "article.recall"
    """List everybody who has an article, and stop it or let it go again."""
    EXPORT = "export.write"
    PRINT = "document.print"
    READ_STATUS = "status.read"
    READ_METRICS = "metrics.read"
    SEE_PATIENT = "patient.see"
    SEARCH_PATIENT = "patient.search"
    JOIN_PATIENT = "patient.join"
    REVIEW_LOOKS = "log.review"
    MANAGE_ACCOUNTS = "account.manage"
    MANAGE_TOKENS = "token.manage"
    MANAGE_WEBHOOKS = "webhook.manage"
    OPERATE = "machine.operate"
    """Run the machine: its processes, schema, master data, keys and backups, and what the law lets go. No role and no
    token has it, only whoever works at the server's command line."""


GRANTABLE = frozenset(Permission) - {Permission.OPERATE}
"""What roles and tokens can be given."""


_P = Permission
_STAFF = frozenset({_P.READ_ORDERS, _P.READ_STOCK, _P.READ_STATUS, _P.PRINT})
_GOODS = _STAFF | {
    _P.CREATE_LAGERFLYTTSORDER, _P.PICK, _P.DELIVER, _P.FAIL_DELIVERY, _P.CANCEL, _P.SEE_PATIENT, _P.HANDLE_RETURNS,
}  # fmt: skip

GIVEN: dict[Role, frozenset[Permission]] = {
    # R1: both refill their store, and neither creates a förskrivning by that role (S43).
    Role.LAGERPERSONAL: _GOODS | {_P.AMEND},
    Role.TEKNIKER: _GOODS,
    Role.ORDERER: _STAFF | {_P.CREATE_BESTALLNING, _P.AMEND, _P.CANCEL, _P.DELIVER},
    Role.PRESCRIBER: _STAFF
    | {_P.CREATE_BESTALLNING, _P.CREATE_FORSKRIVNING, _P.AMEND, _P.CANCEL, _P.SEE_PATIENT, _P.SEARCH_PATIENT},
    Role.HMS: _GOODS
    | {
        _P.CREATE_BESTALLNING, _P.CREATE_FORSKRIVNING, _P.AMEND, _P.RELEASE, _P.IMPORT, _P.ADJUST_STOCK,
        _P.MANAGE_DEVICES, _P.RECALL, _P.EXPORT, _P.SEARCH_PATIENT, _P.JOIN_PATIENT, _P.MANAGE_WEBHOOKS,
    },
    # Never a patient, and no goods: who keeps the keys does not use them.
    Role.ADMIN: frozenset(
        {_P.READ_STATUS, _P.READ_METRICS, _P.REVIEW_LOOKS, _P.MANAGE_ACCOUNTS, _P.MANAGE_TOKENS, _P.MANAGE_WEBHOOKS}
    ),
}  # fmt: skip
"""What each role may do, as docs/accounts.md tells."""

CREATE: dict[str, Permission] = {
    OrderType.LAGERFLYTTSORDER: _P.CREATE_LAGERFLYTTSORDER,
    OrderType.BESTALLNING: _P.CREATE_BESTALLNING,
    OrderType.FORSKRIVNING: _P.CREATE_FORSKRIVNING,
}

OF_EVENT: dict[str, Permission] = {
    "amend": _P.AMEND, "cancel": _P.CANCEL, "pick": _P.PICK, "deliver": _P.DELIVER,
    "fail_delivery": _P.FAIL_DELIVERY, "release": _P.RELEASE,
}  # fmt: skip
"""The events that a person may ask for; every other one is the system's own."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks: an account, a token, or the operator at the command line of the server (`operator`)."""

    name: str
    """As history and the access log name them: the account's login, or `token:` and its name."""
    permissions: frozenset[Permission]
    kommun: str | None
    """Whose orders and stores they see; None is the whole region."""
    roles: frozenset[Role] = frozenset()
    person: str | None = None
    """The person of master data they are, where they are one."""
    units: frozenset[str] = frozenset()
    source: str | None = None
    """For a token: the `source` of the orders it sends."""
    language: Literal["sv", "en"] = "sv"
    """In which language pages speak to them."""

    def may(self, permission: Permission) -> bool:
        """Whether it is permitted at all, anywhere."""
        return permission in self.permissions


def account_actor(
    login: str, roles: Iterable[str], kommun: str | None, person: str | None, units: Iterable[str]
) -> Actor:
    """Who acts with an account: what its roles give, for its kommun."""
    held = frozenset(map(Role, roles))
    return Actor(login, permissions_of(held), kommun, held, person, frozenset(units))


def operator(name: str) -> Actor:
    """Who works at the server's command line, and could read the database and the keys without it."""
    return Actor(name, frozenset(Permission), None)


class NotPermitted(Exception):
    """Det får du inte göra (you may not do that)."""

    def __init__(self, permission: Permission) -> None:
        super().__init__(f"Behörigheten {permission} saknas (the permission {permission} is missing)")
        self.permission = permission


def permissions_of(roles: frozenset[Role]) -> frozenset[Permission]:
    """All that the roles give together."""
    return frozenset().union(*(GIVEN[role] for role in roles))


def may_order_as(actor: Actor, person: str) -> bool:
    """Who is a person of master data orders in their own name; HMS orders on behalf of others."""
    return actor.person in (None, person) or Role.HMS in actor.roles


def demand(actor: Actor, permission: Permission) -> None:
    """Raises NotPermitted where the actor may not."""
    if not actor.may(permission):
        raise NotPermitted(permission)
