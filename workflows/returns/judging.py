"""judge and mend: what becomes of the units that came back? Onto the shelf, to repair, or written off (svinn).

received → received, or closed when every unit is on a shelf or written off. What reaches the shelf goes by itself to
whoever waits for it. Locks: see moving.py.
"""

from collections.abc import Sequence

from config.database import Connection
from workflows.cohort import notify
from workflows.free_text import refuse_personal_number
from workflows.returns.choosing import Pick, choose
from workflows.returns.moving import carry, lock_returns, move
from workflows.returns.piles import standing
from workflows.returns.refusals import CauseMissing

SHELF, REPAIR, WRITTEN_OFF = "store", "repair", "written_off"
"""Where a judgement sends units: `to` of its picks."""


def judge_returns(
    tx: Connection,
    ids: Sequence[int],
    judgement: Sequence[Pick],
    *,
    actor: str,
    cause: str | None = None,
    version: int | None = None,
) -> None:
    """Judge units in inspection; each pick of `judgement` says where `to`: SHELF, REPAIR or WRITTEN_OFF.

    Raises PersonalNumberInText, StepNotAllowed, StaleVersion and, of ReturnRefused: ReturnNotFound, CauseMissing (for
    a write-off), NothingThere, MoreThanIsThere, SayWhichDevice, DeviceElsewhere.
    """
    _settle(tx, "judge", "inspection", ids, judgement, actor, cause, version)


def mend_returns(
    tx: Connection,
    ids: Sequence[int],
    outcome: Sequence[Pick],
    *,
    actor: str,
    cause: str | None = None,
    version: int | None = None,
) -> None:
    """Say what became of units in repair: each pick of `outcome` goes `to` SHELF or WRITTEN_OFF. Raises as
    judge_returns."""
    _settle(tx, "mend", "repair", ids, outcome, actor, cause, version)


def _settle(
    tx: Connection,
    event: str,
    from_place: str,
    ids: Sequence[int],
    picks: Sequence[Pick],
    actor: str,
    cause: str | None,
    version: int | None,
) -> None:
    refuse_personal_number(cause)
    if not (cause or "").strip() and any(each.to == WRITTEN_OFF for each in picks):
        raise CauseMissing
    locked = lock_returns(tx, ids, event, version)
    chosen = choose(standing(tx, ids, from_place), picks)
    touched = {each.pile.source: locked[each.pile.source] for each in chosen}
    carry(tx, touched, chosen, from_place, actor, cause)
    unsettled = {
        pile.source for place in ("inspection", "repair") for pile in standing(tx, list(touched), place) if pile.units
    }
    for settled in (False, True):
        moved = [each for each in touched.values() if (each.id not in unsettled) is settled]
        move(tx, event, moved, actor, reason=cause, settled=settled, chosen=chosen)
    notify(tx)
