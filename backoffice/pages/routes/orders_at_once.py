"""Många ordrar på en gång: what is done with those that were ticked, or with all that the filter shows?

A page tells what really became of each. So many at a time, and then what remains can be gone on with. Next: at_once.py.
"""

from collections.abc import Sequence

from fastapi import APIRouter, Response

from backoffice.api.event_bodies import LONGEST_REASON
from backoffice.api.problems import Problem
from backoffice.pages.at_once import Chosen, Outcome, each_by_itself, ticked
from backoffice.pages.counted import reason_in
from backoffice.pages.forms import Fields, Form
from backoffice.pages.order_filters import LIST, Filters, read_filters
from backoffice.pages.order_tasks import TASKS, Task
from backoffice.pages.page_route import PageRoute
from backoffice.pages.routes.orders import show_list
from backoffice.pages.visit import Visit, Visiting
from workflows.free_text import PersonalNumberInText
from workflows.order_rows import order_rows
from workflows.permissions import Permission

router = APIRouter(prefix=f"{LIST}/flera", route_class=PageRoute, include_in_schema=False)

_REASON = ("Skriv varför ordrarna makuleras", "Write why the orders are cancelled")
_CUT = (
    "Fler ordrar än sökningen ser börjar så: skriv mer av numret",
    "more orders begin like this than the search looks at: write more of the number",
)
_NOTHING = ("Kryssa i ordrar, eller alla som filtret visar", "Tick orders, or all that the filter shows")


@router.post("")
def do_with_many(visit: Visiting, form: Form) -> Response:
    """Do it with each, and tell what became of each. All that the filter shows are asked about once more first."""
    name = form.text("gor", 20)
    if name not in TASKS:
        raise Problem(422, "malformed-form", "Välj vad som ska göras (choose what to do)")
    task, filters = TASKS[name], read_filters(form)
    visit.demand(Permission.READ_ORDERS)
    for permission in task.permissions:
        visit.demand(permission)
    try:
        reason = reason_in(form) if name == "cancel" else None
    except PersonalNumberInText as refusal:
        return show_list(visit, filters, 422, refused=str(refusal))
    if name == "cancel" and not reason:
        return show_list(visit, filters, 422, refused=visit.t(*_REASON))
    everything = form.has("alla")
    chosen, outcomes, rest = _all_of(visit, filters, task) if everything else _those_ticked(visit, form, task)
    if not chosen and not outcomes:
        return show_list(visit, filters, 422, refused=visit.t(*_NOTHING))
    if everything and not form.has("bekraftat"):
        return _shown(visit, "orders_sure.html", form, filters, name, chosen, [], rest)
    outcomes += each_by_itself(visit, chosen, task.of_each(visit, reason))
    return _shown(visit, "orders_done.html", form, filters, name, chosen, outcomes, rest)


def _all_of(visit: Visit, filters: Filters, task: Task) -> tuple[list[Chosen], list[Outcome], int | None]:
    """The next ones that the filter shows, and behind which order the rest begin."""
    if not filters.is_whole:
        raise Problem(422, "malformed-form", "Filtret går inte att läsa (the filter cannot be read)")
    ids, is_cut = filters.find(visit, task.at_a_time + 1)
    if is_cut:
        raise Problem(422, "too-many", "{} ({})".format(*_CUT))
    rest = ids[task.at_a_time - 1] if len(ids) > task.at_a_time else None
    return [Chosen(order) for order in ids[: task.at_a_time]], [], rest


def _those_ticked(visit: Visit, form: Fields, task: Task) -> tuple[list[Chosen], list[Outcome], None]:
    there, not_there = ticked(visit, form)
    if len(there) > task.at_a_time:
        raise Problem(
            422, "too-many", f"Högst {task.at_a_time} ordrar i taget (at most {task.at_a_time} orders at a time)"
        )
    return there, not_there, None


def _shown(
    visit: Visit, template: str, form: Fields, filters: Filters, name: str,
    chosen: Sequence[Chosen], outcomes: Sequence[Outcome], rest: int | None,
) -> Response:  # fmt: skip
    with visit.seeing() as tx:
        rows = {row["id"]: row for row in order_rows(tx, [each.order for each in outcomes])}
    task = TASKS[name]
    done = [each for each in outcomes if each.done is not None]
    return visit.show(
        template,
        filters=filters, name=name, label=visit.t(task.sv, task.en), chosen=chosen, rows=rows, rest=rest,
        reason=form.text("orsak", LONGEST_REASON) if name == "cancel" else "",
        done=done, file=task.file_of(visit, done) if task.file_of and done else None,
        refused=[each for each in outcomes if each.done is None],
    )  # fmt: skip
