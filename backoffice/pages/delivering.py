"""How is a delivery confirmed from a page? By the step that the API runs; confirmed again, it is done already."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from backoffice.pages.visit import Visit
from workflows.cohort import StaleVersion, run_named
from workflows.machines import StepNotAllowed
from workflows.repeating import delivered_just_so
from workflows.steps import deliver


def delivered(
    visit: Visit,
    order_id: int,
    *,
    short: Mapping[str, int] | None = None,
    serials: Mapping[str, Sequence[str]] | None = None,
    version: int | None = None,
) -> bool:
    """Deliver the order, which the visitor was found to see; False where it was delivered just so before.

    Raises StepNotAllowed, StaleVersion, ShortTooMuch, SerialNumbersMissing, SerialNumberRefused.
    """
    database, missing, named = visit.desk.database, short or {}, serials or {}
    try:
        run_named(
            database, deliver.STEP, order_id, actor=visit.actor.name, short=missing, serials=named, version=version
        )
    except (StepNotAllowed, StaleVersion):
        with database.transaction() as tx:
            if not delivered_just_so(tx, order_id, short=missing, serials=named, version=version):
                raise
        return False
    return True


def address_of(number: str) -> str:
    """The page of the utleverans with that number."""
    return f"/utleveranser/{quote(number, safe='')}"
