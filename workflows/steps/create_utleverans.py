"""create_utleverans: the outbound delivery, made by the system so that nobody can forget it (S36, S50).

picked → utleverans. Locks: orders, then number counters in key order (number_utleveranser, the database's third door,
takes the numbers as a block for the cohort).
"""

from workflows.cohort import Step, Work
from workflows.machines import Group
from workflows.steps.moving import move

EVENT = "create_utleverans"


def create_utleverans(work: Work) -> None:
    """Number an utleverans for each order, with the lines that were picked."""
    issued = work.tx.execute(
        "SELECT delivers_itself, order_ids FROM number_utleveranser(%s::bigint[])", (list(work.ids),)
    ).fetchall()
    for by_itself, ids in issued:
        move(work, EVENT, Group("picked"), ids, due=by_itself)


STEP = Step(EVENT, ("picked",), create_utleverans)
