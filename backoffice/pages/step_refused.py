"""What does a page say when a step is refused? The API's status, and a sentence without commands.

Next: backoffice/api/refusals.py, the statuses; workflows/step_refusals_on_page.py, why a state does not allow an event.
"""

from backoffice.api.problems import Problem
from backoffice.api.refusals import STATUSES
from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visit
from workflows.cohort import StaleVersion
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed
from workflows.reduction import ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown
from workflows.step_refusals_on_page import why_not_here
from workflows.steps.cancel import ReasonMissing
from workflows.steps.reduce import AmendInstead
from workflows.steps.short import ShortTooMuch

REFUSALS = (
    StaleVersion, StepNotAllowed, ReasonMissing, PersonalNumberInText, ShortTooMuch, SerialNumberRefused,
    SerialNumbersMissing, ReduceTooMuch, SerialNumbersNamed, SerialNumberUnknown, Problem,
)  # fmt: skip
"""What a person can mend, or see the reason of, on the order's own page."""


def refusal_of(visit: Visit, refusal: Exception) -> tuple[int, str]:
    """The status, and the sentence in the visitor's language."""
    match refusal:
        case StaleVersion():
            return 412, visit.t(
                "Ordern har ändrats sedan du öppnade sidan, så inget gjordes. Nu ser du den som den är.",
                "The order has changed since you opened the page, so nothing was done. You see it as it is now.",
            )
        case AmendInstead():
            return 409, spoken(str(refusal), visit.language)
        case StepNotAllowed():
            return 409, visit.t(*why_not_here(refusal.event, refusal.state))
        case SerialNumbersMissing():
            return 422, visit.t(
                f"{refusal.units} individnummer saknas för artikel {refusal.article}: skriv eller skanna dem",
                f"{refusal.units} serial numbers of article {refusal.article} are missing: write or scan them",
            )
        case SerialNumbersNamed():
            return 422, visit.t(
                "Ordern har namngivna individer: skriv vilka individnummer som utgår",
                "The order names its devices: write which serial numbers go",
            )
        case Problem():
            told = [each[visit.language] for each in refusal.body.get("violations", ())]
            return refusal.status, "; ".join([spoken(str(refusal), visit.language), *told])
    return STATUSES.get(type(refusal), (422, ""))[0], spoken(str(refusal), visit.language)
