"""Tokens: what do integrations show? Listed, made and ended; a token's secret is shown once, in the answer itself.

Next: ../../api/managed_tokens.py.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fastapi import APIRouter, Response

from backoffice.api.managed_tokens import NewToken, issued, revoked
from backoffice.json_text import STOCKHOLM
from backoffice.pages.forms import Fields, Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import PEOPLE, parts_for
from backoffice.pages.visit import Visit, Visiting
from workflows.kommun_places import kommuner
from workflows.permissions import Permission
from workflows.tokens import DEFAULT_LIFE, OF_PEOPLE, TokenNameTaken, TokenRefused, list_tokens

router = APIRouter(prefix="/konton/tokens", route_class=PageRoute, include_in_schema=False)

TOKENS = "/konton/tokens"
SCOPES = [each for each in Permission if each not in OF_PEOPLE]


@router.get("")
def tokens(visit: Visiting) -> Response:
    """The tokens, and the form for a new one."""
    return _page(visit)


@router.post("")
def issue(visit: Visiting, form: Form) -> Response:
    """Make a token, and show its secret once."""
    visit.demand(Permission.MANAGE_TOKENS)
    scopes = frozenset(each for each in Permission if each in form.texts("scopes"))
    given = {name: form.text(name) for name in ("name", "source", "kommun", "till")} | {"scopes": scopes}
    try:
        new = NewToken(form.text("name"), form.text("source"), scopes, form.text("kommun") or None, _ends(form))
        secret = issued(visit.desk, visit.actor, new)
    except (TokenRefused, TokenNameTaken) as refusal:
        return _page(visit, 409 if isinstance(refusal, TokenNameTaken) else 422, given, str(refusal))
    return visit.show("token_secret.html", name=new.name, secret=secret, expires_at=new.expires_at)


@router.post("/{name}/aterkalla")
def revoke(visit: Visiting, name: str) -> Response:
    """End it."""
    revoked(visit.desk, visit.actor, name)
    return visit.go(TOKENS, visit.t(f"Token {name} är återkallad", f"Token {name} is revoked"))


def _ends(form: Fields) -> datetime:
    """The end of the day that is asked for; a year from now where none is. Raises TokenRefused."""
    text = form.text("till", 10)
    if not text:
        return datetime.now(UTC) + DEFAULT_LIFE
    try:
        return datetime.combine(date.fromisoformat(text), time(23, 59), STOCKHOLM)
    except ValueError:
        raise TokenRefused("Skriv dagen som ÅÅÅÅ-MM-DD (write the day as YYYY-MM-DD)") from None


def _page(visit: Visit, status: int = 200, given: dict[str, Any] | None = None, refused: str = "") -> Response:
    visit.demand(Permission.MANAGE_TOKENS)
    with visit.seeing() as tx:
        found = list_tokens(tx)
    with visit.desk.database.transaction() as tx:
        places = kommuner(tx) if visit.actor.kommun is None else [visit.actor.kommun]
    now = datetime.now(UTC)
    return visit.show(
        "tokens.html", status, parts_of=parts_for(visit, PEOPLE), tokens=found, now=now, scopes=SCOPES,
        given=given or {"scopes": frozenset(), "till": f"{(now + DEFAULT_LIFE - timedelta(days=1)):%Y-%m-%d}"},
        refused=refused, kommuner=places,
    )  # fmt: skip
