"""What is wrong with a parameter? What pydantic found in a query or a path, as violations; never what was given."""

from collections.abc import Iterable, Mapping
from typing import Any

from exchange.shape_check import shown_name
from workflows.violations import violation

_EXPECTED = {
    "int_parsing": ("ska vara ett heltal", "must be a whole number"),
    "int_parsing_size": ("ska vara ett mindre heltal", "must be a smaller whole number"),
    "bool_parsing": ("ska vara true eller false", "must be true or false"),
    "greater_than_equal": ("ska vara minst {ge}", "must be at least {ge}"),
    "less_than_equal": ("ska vara högst {le}", "must be at most {le}"),
    "enum": ("ska vara något av {expected}", "must be one of {expected}"),
    "literal_error": ("ska vara något av {expected}", "must be one of {expected}"),
    "string_too_long": ("ska ha högst {max_length} tecken", "must have at most {max_length} characters"),
}
_OTHERWISE = ("har fel form", "has the wrong form")


def parameter_violations(errors: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Each error as a violation, in the interface's shape."""
    return [_violation(error) for error in errors]


def _violation(error: Mapping[str, Any]) -> dict[str, str]:
    field = shown_name(".".join(map(str, error["loc"][1:])) or str(error["loc"][0]))
    if error["type"] == "missing":
        return violation("field-missing", field).as_json()
    if error["type"] == "extra_forbidden":
        return violation("field-unknown", field).as_json()
    told = error.get("ctx", {})
    sv, en = (words.format(**told) for words in _EXPECTED.get(error["type"], _OTHERWISE))
    return violation("field-format", field, expected_sv=sv, expected_en=en.replace(" or ", ", ")).as_json()
