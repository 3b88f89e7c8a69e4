"""Drift och kontroll: which processes are alive, what did verifying say, and is the access log sealed?

Of each process the last heartbeat is kept, and no history: that is in the logs. Next: workflows/heartbeats.py.
"""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Response

from backoffice.pages.page_route import PageRoute
from backoffice.pages.part_of_page import REVIEW, parts_for
from backoffice.pages.visit import Visiting
from workflows.heartbeats import CANARY, DISPATCHER
from workflows.log_chain import SEALED_WITHIN, newest_seal, unsealed
from workflows.overview import processes
from workflows.permissions import Permission
from workflows.verify.invariants import INVARIANTS
from workflows.verify.kept import kept_verifications
from workflows.verify.patient_invariants import LOG_STANDS

router = APIRouter(prefix="/granskning/drift", route_class=PageRoute, include_in_schema=False)

RUNS_SHOWN = 10
MOST_UNSEALED = 10_000
_NAMES = {
    DISPATCHER: ("utskicket (dispatcher)", "the dispatcher"),
    CANARY: ("provmeddelande genom kön", "test message through the queue"),
    "webhooks": ("webhookar", "webhooks"),
}


@router.get("")
def running(visit: Visiting) -> Response:
    """Processes, verifying and, for who reviews it, the log's chain."""
    visit.demand(Permission.READ_STATUS)
    with visit.seeing() as tx:
        alive = processes(tx)
        runs = kept_verifications(tx, RUNS_SHOWN)
    return visit.show(
        "review_running.html", parts_of=parts_for(visit, REVIEW), alive=alive, names=_NAMES, runs=runs,
        invariants={each.name: each for each in (*INVARIANTS, LOG_STANDS)}, log_stands=LOG_STANDS.name,
        chain=_chain(visit) if visit.may(Permission.REVIEW_LOOKS) else None,
    )  # fmt: skip


def _chain(visit: Visiting) -> dict[str, Any]:
    with visit.desk.database.transaction() as tx:
        waiting, since = unsealed(tx, MOST_UNSEALED)
        last = newest_seal(tx)
    late = since is not None and datetime.now(UTC) - since > SEALED_WITHIN
    return {"last": last, "waiting": waiting, "since": since, "late": late, "more": waiting == MOST_UNSEALED}
