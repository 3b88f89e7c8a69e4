"""create_utleverans: the outbound delivery, made by the system so that nobody can forget it (S36, S50).

picked → utleverans. Locks: orders, then number counters in key order (issue_utleveranser, the database's third door,
takes the numbers as a block for the cohort).
"""

from workflows.cohort import Step, Work
from workflows.machines import Group
from workflows.steps.moving import move

EVENT = "create_utleverans"


def create_utleverans(work: Work) -> None:
    """Number an utleverans for each order, with the lines that were picked."""
    issued = work.tx.execute(
        "SELECT order_id, utleverans, delivers_itself FROM issue_utleveranser(%s::bigint[])", (list(work.ids),)
    ).fetchall()
    for by_itself in (True, False):
        group = [
            (order_id, utleverans) for order_id, utleverans, delivers_itself in issued if delivers_itself is by_itself
        ]
        move(
            work,
            EVENT,
            Group("picked"),
            [order_id for order_id, _ in group],
            due=by_itself,
            utleveranser=[utleverans for _, utleverans in group],
        )


STEP = Step(EVENT, ("picked",), create_utleverans)
