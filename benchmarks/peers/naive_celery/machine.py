"""What is allowed? A state machine over one order, built anew by each task. Next: tasks.py."""

from statemachine import State, StateMachine


class OrderMachine(StateMachine):
    """The main line from draft to delivered."""

    draft = State(initial=True, value="draft")
    validated = State(value="validated")
    picked = State(value="picked")
    utleverans = State(value="utleverans")
    delivered = State(final=True, value="delivered")

    validate = draft.to(validated)
    pick = validated.to(picked)
    create_utleverans = picked.to(utleverans)
    deliver = utleverans.to(delivered, cond="has_utleverans")
