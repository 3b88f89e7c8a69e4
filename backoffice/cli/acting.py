"""Who acts at the command line, and may they? Asked here, before a command does anything.

Whoever is not named is the operator of the machine, who could read the database and the keys without any command; a
login or a token is acted as within what it may. A login asks for no password: it says who acts, and proves nothing to
the one who has the machine. Next: demands.py, what each command demands.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import replace
from functools import wraps
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from backoffice.cli.demands import DEMANDS, OF_THE_REGION
from backoffice.cli.environment import Environment, opened, standing, user
from backoffice.cli.output import UNUSABLE, fail
from config.settings import Settings, settings
from workflows.permissions import Actor, NotPermitted, Permission, demand, operator

_named: ContextVar[str | None] = ContextVar("named", default=None)

_LOGGED = frozenset({Permission.SEARCH_PATIENT, Permission.SEE_PATIENT, Permission.JOIN_PATIENT})
"""Whose denials the access log tells of."""


def begin(
    acts_as: Annotated[
        str | None,
        typer.Option("--as", metavar="LOGIN", help="Handla som det kontot; annars ORDERFLODE_AS (act as that account)"),
    ] = None,
) -> None:
    """What stands before a command: as whom it is run."""
    _named.set(acts_as)


def guard(command: Any, words: str = "") -> None:
    """Let the command, and each below it, begin only for who may."""
    is_group = isinstance(command, TyperGroup)
    for name, each in command.commands.items() if is_group else ():
        guard(each, f"{words} {name}".lstrip())
    # A group that is no command by itself is not asked for, nor is one that a command of it follows.
    if words and command.callback is not None and (not is_group or command.invoke_without_command):
        command.callback = _asked_first(words, DEMANDS[words], command.callback)


def _asked_first(words: str, permission: Permission, run: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(run)
    def asked(*args: Any, **given: Any) -> Any:
        with acting(words, permission):
            return run(*args, **given)

    return asked


@contextmanager
def acting(words: str, permission: Permission) -> Iterator[None]:
    """The command `words` within, as who acts; ends it where they may not."""
    current, login = settings(), _named.get()
    # What is empty is meant: of a variable that a script forgot to fill, nobody becomes the operator.
    login, token = current.acts_as if login is None else login, current.token
    if login is not None and token is not None:
        fail("Ange --as eller ORDERFLODE_TOKEN, inte båda (give --as or ORDERFLODE_TOKEN, not both)", UNUSABLE)
    if login is None and token is None:
        _see_that_the_operator_may(current, permission)
        yield
        return
    if permission is Permission.OPERATE:
        # Nobody's but the operator's: no database, which may not be there yet, is asked for it.
        fail(str(NotPermitted(permission)))
    with opened() as environment:
        actor = _found(environment, login, token.get_secret_value() if token else "")
        environment = replace(environment, actor=actor)
        _see_that_they_may(environment, words, permission)
        with standing(environment):
            yield


def _see_that_the_operator_may(current: Settings, permission: Permission) -> None:
    if not current.operator and permission is not Permission.OPERATE:
        fail("Säg vem som handlar: --as LOGIN, eller ORDERFLODE_TOKEN i miljön (say who acts: --as LOGIN, or a token)")
    demand(operator(user()), permission)


def _found(environment: Environment, login: str | None, secret: str) -> Actor:
    # Not above: what hashes passwords takes its time to load, and few commands are run as somebody.
    from workflows.accounts import actor_of_login
    from workflows.tokens import actor_of_token

    with environment.database.transaction() as tx:
        actor = actor_of_token(tx, secret) if login is None else actor_of_login(tx, login)
    if actor is None and login is not None:
        fail("Kontot finns inte eller är stängt (there is no such account, or it is disabled)")
    if actor is None:
        fail("Token i ORDERFLODE_TOKEN gäller inte (the token does not hold)")
    return actor


def _see_that_they_may(environment: Environment, words: str, permission: Permission) -> None:
    try:
        demand(environment.actor, permission)
    except NotPermitted as refusal:
        _log_denial(environment, words, permission)
        fail(str(refusal))
    if environment.actor.kommun is not None and words in OF_THE_REGION:
        _log_denial(environment, words, permission)
        fail(
            f"`{words}` gäller hela regionen, och {environment.who} bara {environment.actor.kommun} "
            "(it is of the whole region, and you of one kommun)"
        )


def _log_denial(environment: Environment, words: str, permission: Permission) -> None:
    """Who was kept from a patient is known to whoever reviews the log."""
    if permission in _LOGGED:
        from workflows.access_log import log_access

        with environment.database.transaction() as tx:
            log_access(tx, "denied", environment.look(f"orderflode {words}"), [], wanted=permission)
