"""Konton: who may use it? The accounts, and a new one with the link by which its owner chooses a password.

The link is shown once, in the answer itself: it stands in no address and no cookie. Next: account.py, one of them.
"""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Response

from backoffice.api.managed_accounts import link_of, made
from backoffice.pages.forms import Form
from backoffice.pages.order_filters import ELSEWHERE
from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import PEOPLE, first_part, parts_for
from backoffice.pages.showing import swedish_order
from backoffice.pages.visit import Visit, Visiting
from workflows.accounts import REGIONAL, Account, AccountRefused, NewAccount, list_accounts
from workflows.identity import holds_personal_number
from workflows.kommun_places import kommuner
from workflows.master_data import Role
from workflows.one_time_links import LIFE, Purpose
from workflows.permissions import Permission

router = APIRouter(prefix="/konton", route_class=PageRoute, include_in_schema=False)

ALL = "/konton/alla"
ON_A_PAGE = 100

Text = Annotated[str, Query(max_length=200)]


@router.get("")
def first(visit: Visiting) -> Response:
    """The first part that the visitor may open."""
    return visit.go(first_part(visit, PEOPLE))


@router.get("/alla")
def accounts(visit: Visiting, sok: Text = "", efter: Text = "") -> Response:
    """The accounts by name as Swedes sort, those that `sok` is part of; a page of them, from the one behind `efter`.

    All are read: they are as many as people who work there.
    """
    visit.demand(Permission.MANAGE_ACCOUNTS)
    if holds_personal_number(sok):
        # Away from that address, which a browser keeps.
        return visit.go(ALL, visit.t(*ELSEWHERE))
    with visit.seeing() as tx:
        everybody = list_accounts(tx)
    part = swedish_order(sok.strip())
    found = sorted((each for each in everybody if part in swedish_order(f"{each.name}\n{each.login}")), key=_place)
    begins = next((at + 1 for at, each in enumerate(found) if each.login == efter), 0)
    shown = found[begins : begins + ON_A_PAGE]
    more = urlencode({"sok": sok, "efter": shown[-1].login}) if begins + ON_A_PAGE < len(found) else ""
    return visit.show(
        "accounts.html", parts_of=parts_for(visit, PEOPLE), accounts=shown, sok=sok, total=len(found),
        more=f"{ALL}?{more}" if more else "",
    )  # fmt: skip


@router.get("/nytt")
def ask(visit: Visiting) -> Response:
    """The form for a new account."""
    visit.demand(Permission.MANAGE_ACCOUNTS)
    return _form(visit)


@router.post("/nytt")
def make(visit: Visiting, form: Form) -> Response:
    """Make it, and show its link once."""
    visit.demand(Permission.MANAGE_ACCOUNTS)
    roles = frozenset(role for role in Role if role in form.texts("roles"))
    given = {name: form.text(name) for name in ("login", "name", "kommun", "person")} | {"roles": roles}
    new = NewAccount(
        form.text("login"), form.text("name"), roles, form.text("kommun") or visit.actor.kommun,
        form.text("person", 64) or None,
    )  # fmt: skip
    try:
        account, purpose, secret = made(visit.desk, visit.actor, new)
    except AccountRefused as refusal:
        return _form(visit, 422, given, str(refusal))
    return show_link(visit, account, purpose, secret)


def show_link(visit: Visit, account: Account, purpose: Purpose, secret: str) -> Response:
    """The one-time link, which no other answer holds."""
    link = link_of(visit.desk, visit.request, purpose, secret)
    hours = int(LIFE[purpose].total_seconds()) // 3600
    return visit.show("account_link.html", account=account, link=link, hours=hours, is_new=purpose is Purpose.INVITE)


def _place(account: Account) -> tuple[str, str]:
    return swedish_order(account.name), account.login


def _form(visit: Visit, status: int = 200, given: dict[str, Any] | None = None, refused: str = "") -> Response:
    with visit.desk.database.transaction() as tx:
        places = kommuner(tx) if visit.actor.kommun is None else [visit.actor.kommun]
    return visit.show(
        "account_new.html", status, given=given or {"roles": frozenset()}, refused=refused, roles=list(Role),
        kommuner=places, regional=REGIONAL,
    )  # fmt: skip
