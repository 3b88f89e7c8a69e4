"""receive and cancel: what was asked back comes to the store, or does not come at all.

requested → received: receiver → inspection, and the delivery it came from shows it as returned. What was asked for
and did not come may be asked for again. requested → cancelled: a reason is required. Locks: see moving.py.
"""

from collections.abc import Sequence

from config.database import Connection
from workflows.free_text import refuse_personal_number
from workflows.returns.choosing import Pick, choose
from workflows.returns.moving import carry, lock_returns, move
from workflows.returns.piles import standing
from workflows.returns.refusals import NothingThere, ReturnReasonMissing


def receive_returns(
    tx: Connection, ids: Sequence[int], *, actor: str, came: Sequence[Pick] = (), version: int | None = None
) -> None:
    """Take in what came of the returns `ids`: all that was asked for, or what `came` names and nothing else.

    Raises StepNotAllowed, StaleVersion and, of ReturnRefused: ReturnNotFound, NothingThere (for a return of which
    nothing came), MoreThanIsThere, SayWhichDevice, DeviceElsewhere.
    """
    locked = lock_returns(tx, ids, "receive", version)
    picks = [Pick(each.article, each.line_no, each.units, each.serial_number, "inspection") for each in came]
    chosen = choose(standing(tx, ids, "receiver"), picks or [Pick(to="inspection")])
    if {each.pile.source for each in chosen} != set(ids):
        raise NothingThere
    carry(tx, locked, chosen, "receiver", actor)
    move(tx, "receive", list(locked.values()), actor, chosen=chosen)


def cancel_returns(tx: Connection, ids: Sequence[int], *, reason: str, actor: str, version: int | None = None) -> None:
    """Give the returns `ids` up before anything came. Raises PersonalNumberInText, StepNotAllowed, StaleVersion,
    ReturnNotFound, ReturnReasonMissing."""
    refuse_personal_number(reason)
    if not reason.strip():
        raise ReturnReasonMissing
    locked = lock_returns(tx, ids, "cancel", version)
    move(tx, "cancel", list(locked.values()), actor, reason=reason)
