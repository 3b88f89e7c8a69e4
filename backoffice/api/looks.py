"""How does a request look at a patient? In a transaction that logs it: what cannot be logged is not shown (503).

Next: workflows/access_log.py, the log; routes/patients.py and routes/utleveranser.py, which look.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Annotated, NamedTuple

import psycopg
from fastapi import Depends, Request
from psycopg_pool import PoolTimeout

from backoffice.api.desk import Desk, DeskOf
from backoffice.api.problems import Problem
from backoffice.api.who import Who
from config.database import Connection
from workflows.access_log import Look, log_access
from workflows.permissions import Actor, NotPermitted, Permission

NOT_LOGGED = (
    "Åtkomsten kunde inte loggas, och därför visas inget; försök igen "
    "(the look could not be logged, so that nothing is shown; try again)"
)


class AskedFor(NamedTuple):
    """Who asks, at which desk, in which request."""

    desk: Desk
    actor: Actor
    request: Request

    def look(self, reason: str, unit: str | None = None) -> Look:
        """The look as the log tells it. `unit` is the one acted for, where the actor has several."""
        return self.desk.look(self.actor, reason, self.request, unit)

    @contextmanager
    def logging(self) -> Iterator[Connection]:
        """A transaction that logs and reads what the actor's kommun sees. Raises Problem 503."""
        with kept_back(), self.desk.seen_by(self.actor) as tx:
            yield tx

    def denied(
        self, reason: str, permission: Permission, order_id: int | None = None, patients: Collection[int] = ()
    ) -> NotPermitted:
        """What to raise, once the denial is logged; `patients` are whose data were asked for, where that is known."""
        with self.logging() as tx:
            log_access(tx, "denied", self.look(reason), patients, order_id=order_id, wanted=permission)
        return NotPermitted(permission)


@contextmanager
def kept_back() -> Iterator[None]:
    """What a failing database leaves unlogged is not answered with. Raises Problem 503."""
    try:
        yield
    except (psycopg.Error, PoolTimeout) as error:
        raise Problem(503, "not-logged", NOT_LOGGED, headers={"Retry-After": "1"}) from error


def _asked(request: Request, desk: DeskOf, actor: Who) -> AskedFor:
    return AskedFor(desk, actor, request)


Asked = Annotated[AskedFor, Depends(_asked)]
