"""How is a rejected order put right in a form? Filled in as it was sent, but for what is sealed; judged as it would be.

Who the patient is and what is known of them is not shown: it is typed again. Next: workflows/steps/amend.py.
"""

from backoffice.pages.order_form import Filled, filled_with
from backoffice.pages.visit import Visit
from exchange.order_written import NUMBER_LEFT_OUT, RECIPIENT_LEFT_OUT, written_order
from workflows.cohort import OrderNotFound, run_named
from workflows.intake import NewOrder
from workflows.machines import StepNotAllowed, allowed_events
from workflows.order_reference import not_found, order_named
from workflows.permissions import Permission
from workflows.queries import read_orders
from workflows.receiving import broken_when_amended
from workflows.steps.amend import amend_with
from workflows.violations import Violation

_TYPED_AGAIN = {
    NUMBER_LEFT_OUT: "Patientens nummer visas inte här: skriv det på nytt "
    "(the patient's number is not shown here: type it again)",
    RECIPIENT_LEFT_OUT: "Mottagarens namn, adress, telefon och meddelande visas inte här: fyll i dem på nytt, "
    "annars går de förlorade (the recipient's name, address, phone and note are not shown here: fill them in again, "
    "or they are lost)",
}
"""What a body that is written out leaves out, as it is said of a form."""


def order_to_amend(visit: Visit, order_id: int) -> tuple[Filled, list[str]]:
    """The form as the order was sent, and a sentence for each thing that must be typed again.

    Raises NotPermitted, OrderNotFound (also for another kommun's), StepNotAllowed where it is not rejected.
    """
    _found(visit, order_id)
    with visit.desk.database.transaction(snapshot=True) as tx:
        (order,) = read_orders(tx, [order_id])
        if order["state"] != "rejected":
            raise StepNotAllowed("amend", order["state"], allowed_events(order["order_type"], order["state"]))
        written = written_order(tx, order_id)
    return filled_with(written.body, order_id), [_TYPED_AGAIN[each] for each in written.left_out]


def broken_by(visit: Visit, order_id: int, order: NewOrder) -> list[Violation]:
    """Which rules the order would break as it is now filled in. Raises as order_to_amend does."""
    _found(visit, order_id)
    with visit.desk.database.transaction() as tx:
        return list(broken_when_amended(tx, order_id, order))


def amend(visit: Visit, order_id: int, order: NewOrder) -> None:
    """Put it in the place of what was rejected, to be judged anew. Raises AnotherOrder too."""
    _found(visit, order_id)
    run_named(visit.desk.database, amend_with(order), order_id, actor=visit.actor.name)


def _found(visit: Visit, order_id: int) -> None:
    visit.demand(Permission.AMEND)
    with visit.seeing() as tx:
        if order_named(tx, str(order_id), visit.actor.kommun) != order_id:
            raise OrderNotFound(not_found(str(order_id)))
