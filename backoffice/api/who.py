"""Who asks? Found once a request: by bearer token, or by the session's cookie. Next: workflows/permissions.py."""

from typing import Annotated

from fastapi import Depends, Request

from backoffice.api.desk import DeskOf
from backoffice.api.problems import Problem
from workflows.permissions import Actor, Permission
from workflows.tokens import actor_of_token


def actor_of(request: Request, desk: DeskOf) -> Actor:
    """The actor of the request; raises Problem 401."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and secret:
        with desk.database.transaction() as tx:
            actor = actor_of_token(tx, secret.strip())
        if actor is not None:
            return actor
    raise Problem(
        401, "not-authenticated", "Logga in eller visa en giltig token (log in or show a valid token)",
        headers={"WWW-Authenticate": "Bearer"},
    )  # fmt: skip


Who = Annotated[Actor, Depends(actor_of)]
"""The actor of this request; 401 where there is none."""


def demanded(actor: Actor, permission: Permission) -> None:
    """403 where the actor may not."""
    if not actor.may(permission):
        raise Problem(
            403, "not-permitted", f"Behörigheten {permission} saknas (the permission {permission} is missing)"
        )
