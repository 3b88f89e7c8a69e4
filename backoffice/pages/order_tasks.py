"""What can be done with many orders at once? By whom, with how many at a time, and how with each.

Next: at_once.py, which does it one by one; routes/orders_at_once.py, who asks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backoffice.api.problems import Problem
from backoffice.pages.at_once import Chosen, Outcome
from backoffice.pages.order_actions import ACTS, NOT_HELD
from backoffice.pages.printing import file_of_lists, file_of_notes, lists_to_print, notes_to_print
from backoffice.pages.routes.deliveries_notes import MOST_IN_A_PRINT as NOTES_AT_A_TIME
from backoffice.pages.visit import Visit
from backoffice.words import word
from workflows.cohort import Step, run_named
from workflows.permissions import OF_EVENT, Permission
from workflows.pick_list_prints import MOST_IN_A_PRINT as LISTS_AT_A_TIME
from workflows.releasing import release_order
from workflows.steps import deliver, pick
from workflows.steps.cancel import CANCEL

AT_A_TIME = 500
"""Orders of one request: a few seconds."""


@dataclass(frozen=True, slots=True)
class Task:
    """What can be done with many: by whom, with how many at a time, and how with each."""

    sv: str
    en: str
    permissions: tuple[Permission, ...]
    of_each: Callable[[Visit, str | None], Callable[[Chosen], str]]
    at_a_time: int = AT_A_TIME
    file_of: Callable[[Visit, Sequence[Outcome]], str] | None = None
    """The address of the file that those become for which it went."""


def _step(step: Step) -> Callable[[Visit, str | None], Callable[[Chosen], str]]:
    def of_each(visit: Visit, reason: str | None) -> Callable[[Chosen], str]:
        def act(chosen: Chosen) -> str:
            state = run_named(
                visit.desk.database, step, chosen.order, actor=visit.actor.name, reason=reason, version=chosen.version
            )
            return word("state", state, visit.language)

        return act

    return of_each


def _release(visit: Visit, _: str | None) -> Callable[[Chosen], str]:
    def act(chosen: Chosen) -> str:
        outcome = release_order(visit.desk.database, chosen.order, version=chosen.version)
        if outcome is None:
            raise Problem(409, "not-held", "{} ({})".format(*NOT_HELD))
        failed = visit.t("släppt, men steget misslyckades igen", "released, but the step failed again")
        return failed if outcome.failure else word("state", outcome.after, visit.language)

    return act


TASKS: dict[str, Task] = {
    "pick": Task(*ACTS["pick"][1:], (OF_EVENT["pick"],), _step(pick.STEP)),
    "deliver": Task(*ACTS["deliver"][1:], (OF_EVENT["deliver"],), _step(deliver.STEP)),
    "lists": Task(
        "Skriv ut plocklistor", "Print pick lists", (Permission.PICK, Permission.PRINT),
        lists_to_print, LISTS_AT_A_TIME, file_of_lists,
    ),
    "notes": Task(
        "Skriv ut följesedlar", "Print delivery notes", (Permission.PRINT,),
        notes_to_print, NOTES_AT_A_TIME, file_of_notes,
    ),
    "release": Task(*ACTS["release"][1:], (OF_EVENT["release"],), _release),
    "cancel": Task(*ACTS["cancel"][1:], (OF_EVENT["cancel"],), _step(CANCEL)),
}  # fmt: skip
"""By what the list's form calls it."""


def tasks_of(visit: Visit) -> list[tuple[str, str]]:
    """What the visitor may do with many: the name in the form, and the label."""
    return [(name, visit.t(task.sv, task.en)) for name, task in TASKS.items() if all(map(visit.may, task.permissions))]
