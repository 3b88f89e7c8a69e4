"""Min profil: who am I here, in which language, with which password? Next: workflows/logins.py."""

from fastapi import APIRouter, Response

from backoffice.api.address import address_of
from backoffice.api.cookies import device_of, give_cookies
from backoffice.pages.forms import Form
from backoffice.pages.page_route import PageRoute
from backoffice.pages.visit import Visiting
from workflows.accounts import choose_language
from workflows.logins import LoginRefused, SlowDown, change_password
from workflows.passwords import LONGEST, PasswordRefused

router = APIRouter(prefix="/profil", route_class=PageRoute, include_in_schema=False)

_DIFFER = "Lösenorden är olika (the passwords differ)"


@router.get("")
def profile(visit: Visiting) -> Response:
    """What the service knows of the visitor."""
    return visit.show("profile.html", refused="")


@router.post("/sprak")
def choose_another_language(visit: Visiting, form: Form) -> Response:
    """The language in which the pages speak to this account from now on."""
    chosen = "en" if form.text("sprak") == "en" else "sv"
    with visit.desk.database.transaction() as tx:
        choose_language(tx, visit.actor.name, chosen)
    return visit.go("/profil", "Language saved" if chosen == "en" else "Språket är sparat")


@router.post("/losenord")
def choose_another_password(visit: Visiting, form: Form) -> Response:
    """Another password; all other sessions of the account end."""
    old, new, again = (form.get(name, [""])[0][: LONGEST + 1] for name in ("old", "new", "again"))
    if new != again:
        return visit.show("profile.html", 422, refused=_DIFFER)
    try:
        logged_in = change_password(
            visit.desk.database, visit.actor.name, old, new,
            address=address_of(visit.request), device=device_of(visit.request),
        )  # fmt: skip
    except (LoginRefused, PasswordRefused, SlowDown) as refusal:
        return visit.show("profile.html", 422, refused=str(refusal))
    answer = visit.go("/profil", visit.t("Lösenordet är bytt", "The password is changed"))
    give_cookies(answer, logged_in)
    return answer
