"""What may the body of an event hold? A reason, or what a person counted; unknown fields are refused, as everywhere."""

from collections.abc import Mapping
from typing import Any

from exchange.shape_check import AN_OBJECT, Check, Expected, Field, code, codes, quantity, reference

LONGEST_REASON = 500
MOST_ARTICLES = 1_000

_ARTICLE = code(64)


def _by_article(check: Check) -> Check:
    """An object with an article's number as each key."""
    expected = Expected(f"ska ha högst {MOST_ARTICLES} artiklar", f"must have at most {MOST_ARTICLES} articles")

    def each(value: object) -> object:
        if not isinstance(value, dict):
            return AN_OBJECT
        if len(value) > MOST_ARTICLES:
            return expected
        clean: dict[str, Any] = {}
        for name, given in value.items():
            article, checked = _ARTICLE(name), check(given)
            wrong = next((one for one in (article, checked) if isinstance(one, Expected)), None)
            if wrong is not None:
                return wrong
            clean[str(article)] = checked
        return clean

    return each


REASON: Mapping[str, Field] = {"reason": Field(reference(LONGEST_REASON), required=True)}
"""Of cancel and fail_delivery. It is stored in clear: no number of anybody's."""

CONFIRMATION: Mapping[str, Field] = {
    "short": Field(_by_article(quantity)),
    "serial_numbers": Field(_by_article(codes(64))),
}
"""Of pick and deliver: units missing by article, and the devices by article. Nothing at all is all of it."""
