"""What does a page say when a return is refused? The API's kind of status, and a sentence without commands."""

from backoffice.pages.showing import spoken
from backoffice.pages.visit import Visit
from workflows.cohort import StaleVersion
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed
from workflows.returns.refusals import ReturnRefused, WentToAStore

REFUSALS = (ReturnRefused, StepNotAllowed, StaleVersion, PersonalNumberInText)


def refusal_of_return(visit: Visit, refusal: Exception) -> tuple[int, str]:
    """The status, and the sentence in the visitor's language."""
    match refusal:
        case StaleVersion():
            return 412, visit.t(
                "Returen har ändrats sedan du öppnade sidan, så inget gjordes. Nu ser du den som den är.",
                "The return has changed since you opened the page, so nothing was done. You see it as it is now.",
            )
        case StepNotAllowed():
            return 409, visit.t("Det går inte i returens läge", "That cannot be done where the return stands")
        case WentToAStore():
            return 422, visit.t(
                "En lagerflytt återlämnas inte: godset är i lagret. Ett fel saldo rättas med en inventering där.",
                "A lagerflytt is not returned: its goods are in the store. A count there corrects a wrong balance.",
            )
    return 422, spoken(str(refusal), visit.language)
