"""How does somebody log in elsewhere? GET /login/oidc sends the browser to the provider, which sends it back here.

What a login is known by stands in the database, used once; the browser that began it is known by a cookie. No
transaction is open while the provider is asked. Next: exchange/identity_provider/, workflows/logins_elsewhere.py.
"""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from backoffice.api.address import address_of
from backoffice.api.cookies import SESSION, device_of, give_cookies, take_session_back
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.problems import Problem
from exchange.identity_provider.configuration import (
    Configuration,
    ProviderMisconfigured,
    person_of,
    read_configuration,
)
from exchange.identity_provider.id_token import NotBelieved
from exchange.identity_provider.provider import Provider, ProviderAway, Secrets
from workflows.accounts import AccountRefused
from workflows.logins import LoggedIn
from workflows.logins_elsewhere import (
    LIFE,
    AccountDisabled,
    Begun,
    LoginUnknown,
    NoRole,
    Somebody,
    begin,
    let_somebody_in,
    take,
)
from workflows.sessions import log_out

router = APIRouter(prefix="/login/oidc", include_in_schema=False)

BROWSER = "__Host-orderflode-login"
"""Known by the browser in which a login began: nobody is made to end a login that another began."""

CALLBACK = "/login/oidc/callback"

Parameter = Annotated[str, Query(max_length=4000)]


@router.get("")
def go_there(request: Request, desk: DeskOf) -> Response:
    """Begin a login, and send the browser to the provider."""
    provider = _provider(desk)
    with desk.database.transaction() as tx:
        begun = begin(tx)
    try:
        address = provider.login_address(_secrets(begun), _here(request, desk) + CALLBACK)
    except ProviderAway as away:
        raise _away(away) from None
    answer = RedirectResponse(address, 303, headers={"Cache-Control": "no-store"})
    _set_browser(answer, begun.browser, int(LIFE.total_seconds()))
    return answer


@router.get("/callback")
def come_back(
    request: Request, desk: DeskOf, state: Parameter = "", code: Parameter = "", iss: Parameter = "",
    error: Parameter = "",
) -> Response:  # fmt: skip
    """End the login that `state` began: sets the cookie, and sends the browser to the first page. 401 where it cannot
    be confirmed, 403 where the provider's word gives no role here."""
    provider = _provider(desk)
    try:
        with desk.database.transaction() as tx:
            begun = take(tx, state, request.cookies.get(BROWSER, ""))
        if error or not code or (iss and iss != provider.configuration.issuer):
            raise NotBelieved(NotBelieved.__doc__)
        claims = provider.claims_for(code, _secrets(begun), _here(request, desk) + CALLBACK)
    except (LoginUnknown, NotBelieved) as refusal:
        raise Problem(401, "login-refused", str(refusal), headers={"WWW-Authenticate": "Bearer"}) from None
    except ProviderAway as away:
        raise _away(away) from None
    person = person_of(provider.configuration, claims)
    who = Somebody(
        provider.configuration.issuer, person.subject, person.login, person.name, person.roles, person.kommun
    )
    return _let_in(request, desk, who)


@router.post("/logout")
def go(request: Request, desk: DeskOf) -> Response:
    """Log out here, and send the browser to log out at the provider, where it has a place for that."""
    with desk.database.transaction() as tx:
        log_out(tx, request.cookies.get(SESSION, ""))
    try:
        address = _provider(desk).logout_address(_here(request, desk) + "/")
    except ProviderAway:
        address = None  # What is ours has ended.
    answer = RedirectResponse(address or "/", 303, headers={"Cache-Control": "no-store"})
    take_session_back(answer)
    return answer


def _let_in(request: Request, desk: Desk, who: Somebody) -> Response:
    try:
        with desk.database.transaction() as tx:
            let_in = let_somebody_in(tx, who, address=address_of(request), device=device_of(request))
            if isinstance(let_in, LoggedIn):
                # A session that the browser came with is another's, or older.
                log_out(tx, request.cookies.get(SESSION, ""))
    except AccountDisabled as refusal:
        raise Problem(403, "account-disabled", str(refusal)) from None
    except AccountRefused as refusal:
        raise Problem(403, "account-refused", str(refusal)) from None
    if isinstance(let_in, NoRole):
        raise Problem(403, "no-role", str(let_in))
    answer = RedirectResponse("/", 303, headers={"Cache-Control": "no-store"})
    give_cookies(answer, let_in)
    _set_browser(answer, "", 0)
    return answer


def _set_browser(answer: Response, value: str, max_age: int) -> None:
    answer.set_cookie(BROWSER, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax")


def _secrets(begun: Begun) -> Secrets:
    return Secrets(begun.state, begun.nonce, begun.verifier)


def _here(request: Request, desk: Desk) -> str:
    """Where the browser reaches us: as configured, else by the host it asked for, which the door has let in."""
    base = desk.settings.public_url or f"{request.url.scheme}://{request.headers.get('host', '')}"
    return base.rstrip("/")


def _away(away: ProviderAway) -> Problem:
    return Problem(503, "provider-away", str(away), headers={"Retry-After": "5"})


def _provider(desk: Desk) -> Provider:
    if desk.settings.oidc is None:
        raise Problem(404, "not-found", "Inloggning hos annan används inte här (login elsewhere is not used here)")
    try:
        return _kept(desk.settings.oidc)
    except ProviderMisconfigured as wrong:
        raise Problem(503, "provider-misconfigured", str(wrong)) from None


@lru_cache(maxsize=8)
def _kept(file: Path) -> Provider:
    configuration: Configuration = read_configuration(file)
    return Provider(configuration)
