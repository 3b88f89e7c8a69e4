"""Who asks? Found once a request: by bearer token, or by the session's cookie. Next: workflows/permissions.py."""

from typing import Annotated

from fastapi import Depends, Request

from backoffice.api.cookies import SESSION
from backoffice.api.desk import DeskOf
from backoffice.api.problems import Problem
from workflows.permissions import Actor
from workflows.sessions import actor_of_session
from workflows.tokens import actor_of_token

ACTOR_FOUND = "actor_found"
"""In the request's state: what it showed has proved good (edges/rate_limits.py)."""


def actor_of(request: Request, desk: DeskOf) -> Actor:
    """The actor of the request; raises Problem 401."""
    shown = request.headers.get("authorization")
    cookie = request.cookies.get(SESSION)
    actor = None
    if shown is not None:
        # Whoever shows a token means it: the cookie beside it has not been looked at for its origin.
        scheme, _, secret = shown.partition(" ")
        if scheme.lower() == "bearer" and secret.strip():
            with desk.database.transaction() as tx:
                actor = actor_of_token(tx, secret.strip())
    elif cookie:
        with desk.database.transaction() as tx:
            actor = actor_of_session(tx, cookie)
    if actor is None:
        raise Problem(
            401, "not-authenticated", "Logga in eller visa en giltig token (log in or show a valid token)",
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip
    setattr(request.state, ACTOR_FOUND, True)
    return actor


Who = Annotated[Actor, Depends(actor_of)]
"""The actor of this request; 401 where there is none."""
