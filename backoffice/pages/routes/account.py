"""One account: what may its owner do, where are they logged in, and what has happened to it?

What is changed is changed by the functions of the API, with their refusals: nobody changes their own account, and the
last administrator stays. Next: ../../api/managed_accounts.py.
"""

from urllib.parse import quote

from fastapi import APIRouter, Response

from backoffice.api.managed_accounts import changed, ended, invited_again, managed
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.accounts import show_link
from backoffice.pages.visit import Visit, Visiting
from workflows.accounts import AccountRefused, events_of
from workflows.master_data import Role
from workflows.master_queries import rights_of
from workflows.sessions import sessions_of

router = APIRouter(prefix="/konton/konto/{login}", route_class=PageRoute, include_in_schema=False)


@router.get("")
def account(visit: Visiting, login: str) -> Response:
    """All of it."""
    return _page(visit, login)


@router.post("/roller")
def choose_roles(visit: Visiting, login: str, form: Form) -> Response:
    """Other roles, from the next request on."""
    roles = frozenset(role for role in Role if role in form.texts("roles"))
    return _changed(visit, login, visit.t("Rollerna är ändrade", "The roles are changed"), roles=roles)


@router.post("/stang")
def disable(visit: Visiting, login: str) -> Response:
    """Nobody comes in by it, and who is in is out."""
    return _changed(visit, login, visit.t("Kontot är stängt", "The account is disabled"), disabled=True)


@router.post("/oppna")
def enable(visit: Visiting, login: str) -> Response:
    """Let it in again."""
    return _changed(visit, login, visit.t("Kontot är öppet igen", "The account is enabled again"), disabled=False)


@router.post("/lank")
def make_link(visit: Visiting, login: str) -> Response:
    """A new one-time link, shown once."""
    try:
        found, purpose, secret = invited_again(visit.desk, visit.actor, login)
    except AccountRefused as refusal:
        return _page(visit, login, 422, str(refusal))
    return show_link(visit, found, purpose, secret)


@router.post("/sessioner")
def end(visit: Visiting, login: str, form: Form) -> Response:
    """End the session that is named, or all."""
    ended(visit.desk, visit.actor, login, form.number("session", 1, 2**63 - 1))
    return _gone(visit, login, visit.t("Avslutat", "Ended"))


def _changed(
    visit: Visit, login: str, said: str, *, roles: frozenset[Role] | None = None, disabled: bool | None = None
) -> Response:
    try:
        changed(visit.desk, visit.actor, login, roles=roles, disabled=disabled)
    except AccountRefused as refusal:
        return _page(visit, login, 422, str(refusal))
    return _gone(visit, login, said)


def _gone(visit: Visit, login: str, said: str) -> Response:
    return visit.go(f"/konton/konto/{quote(login, safe='')}", said)


def _page(visit: Visit, login: str, status: int = 200, refused: str = "") -> Response:
    found = managed(visit.desk, visit.actor, login)
    with visit.desk.database.transaction() as tx:
        sessions, events = sessions_of(tx, found.id), events_of(tx, found.id)
        rights = rights_of(tx, found.person) if found.person else ()
    return visit.show(
        "account.html", status, account=found, sessions=sessions, events=events, rights=rights, roles=list(Role),
        refused=refused, own=found.login == visit.actor.name,
    )  # fmt: skip
