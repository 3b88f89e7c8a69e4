"""Who looks at a page, and what may they do here? Found once a request, by the session's cookie.

Whoever has not logged in is sent to the login, and from there back to the page. Next: navigation.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, unquote

from fastapi import Depends, Request, Response

from backoffice.api.cookies import SESSION
from backoffice.api.desk import Desk, DeskOf
from backoffice.api.who import ACTOR_FOUND
from backoffice.pages.showing import Language, going_to, html
from config.database import Connection
from workflows.access_log import Look
from workflows.permissions import Actor, Permission, demand
from workflows.sessions import actor_of_session

SAID = "__Host-orderflode-said"
"""What was just done, for the next page to tell."""

BY_ITSELF = "orderflode-by-itself"
"""The header of what a page asks every few seconds, nobody having touched it (static/orderflode.js)."""


class NotLoggedIn(Exception):
    """Logga in för att se sidan (log in to see the page)."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who has logged in."""

    actor: Actor
    desk: Desk
    request: Request

    @property
    def language(self) -> Language:
        """In which language the pages speak to them."""
        return self.actor.language

    def may(self, permission: Permission) -> bool:
        """Whether it is permitted: what is not is not offered."""
        return self.actor.may(permission)

    def demand(self, permission: Permission) -> None:
        """Raises NotPermitted where it is not."""
        demand(self.actor, permission)

    @contextmanager
    def seeing(self, **timeouts: Any) -> Iterator[Connection]:
        """A transaction in which only what the actor's kommun may see is there."""
        with self.desk.seen_by(self.actor, **timeouts) as tx:
            yield tx

    def look(self, why: str, unit: str | None = None) -> Look:
        """A look at a patient, for the access log."""
        return self.desk.look(self.actor, why, self.request, unit)

    def t(self, sv: str, en: str) -> str:
        """The text in the visitor's language."""
        return sv if self.language == "sv" else en

    def show(self, template: str, /, status: int = 200, **context: Any) -> Response:
        """The page, or the part of one, that the template makes of the context."""
        said = unquote(self.request.cookies.get(SAID, ""))
        page = html(template, self.language, status, visit=self, said=said, **context)
        if said:
            page.set_cookie(SAID, "", max_age=0, path="/", secure=True, httponly=True, samesite="lax")
        return page

    def go(self, address: str, said: str = "") -> Response:
        """Send the browser to another page of ours, where `said` tells once what was done: no patient's name in it."""
        answer = going_to(address)
        if said:
            answer.set_cookie(SAID, quote(said[:500]), max_age=60, path="/", secure=True, httponly=True, samesite="lax")
        return answer


def _visit(request: Request, desk: DeskOf) -> Visit:
    cookie = request.cookies.get(SESSION)
    actor = None
    # Beside a token the cookie has not been looked at for its origin (edges/same_origin.py): no page is opened by it.
    if cookie and "authorization" not in request.headers:
        with desk.database.transaction() as tx:
            actor = actor_of_session(tx, cookie, by_itself=BY_ITSELF in request.headers)
    if actor is None:
        raise NotLoggedIn(NotLoggedIn.__doc__)
    setattr(request.state, ACTOR_FOUND, True)
    request.state.visit = visit = Visit(actor, desk, request)
    return visit


Visiting = Annotated[Visit, Depends(_visit)]
"""What a page works with; who has not logged in is sent to the login."""
