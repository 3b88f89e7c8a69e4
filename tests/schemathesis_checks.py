"""What schemathesis asks besides its own checks: a body that is valid by the description may be refused by the domain
alone (a rule, a file's content, a login), never for its form. It loads this file by SCHEMATHESIS_HOOKS."""

import schemathesis

OF_THE_FORM = frozenset({"field-missing", "field-unknown", "field-format", "lines-missing"})
BY_A_RULE = frozenset({"source", "instruction", "medical_decision", "prescriber"})
"""Fields whose being there at all is a rule's matter: of whose token it is, or of the order's type."""


@schemathesis.check
def valid_bodies_are_refused_by_the_domain_alone(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """422 for what was generated as valid names no fault of the form."""
    if response.status_code == 422 and case.meta is not None and case.meta.generation.mode.is_positive:
        problem = response.json()
        violations = problem.get("violations", ())
        faults = {each["code"] for each in violations if each["field"] not in BY_A_RULE} & OF_THE_FORM
        is_unexplained = "malformed" in problem["type"] and not violations
        assert not faults and not is_unexplained, f"valid by the description, and refused: {faults or problem}"
