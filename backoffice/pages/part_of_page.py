"""Which parts has a page whose parts have addresses of their own? Granskning's and Konton's, and who opens which."""

from collections.abc import Sequence

from backoffice.pages.navigation import Destination
from backoffice.pages.visit import Visit
from workflows.permissions import NotPermitted, Permission

_P = Permission

REVIEW = (
    Destination("/granskning/atkomst", "Åtkomstlogg", "Access log", frozenset({_P.REVIEW_LOOKS})),
    Destination("/granskning/stickprov", "Stickprov", "Samples", frozenset({_P.REVIEW_LOOKS})),
    Destination("/granskning/hallna", "Hållna ordrar", "Held orders", frozenset({_P.RELEASE})),
    Destination("/granskning/drift", "Drift och kontroll", "Running and verifying", frozenset({_P.READ_STATUS})),
)
PEOPLE = (
    Destination("/konton/alla", "Konton", "Accounts", frozenset({_P.MANAGE_ACCOUNTS})),
    Destination("/konton/tokens", "Tokens", "Tokens", frozenset({_P.MANAGE_TOKENS})),
    Destination("/konton/webhookar", "Webhookar", "Webhooks", frozenset({_P.MANAGE_WEBHOOKS})),
)


def parts_for(visit: Visit, parts: Sequence[Destination]) -> list[Destination]:
    """Those that the visitor may open."""
    return [part for part in parts if any(visit.may(permission) for permission in part.opened_by)]


def first_part(visit: Visit, parts: Sequence[Destination]) -> str:
    """The address of the first of them. Raises NotPermitted where there is none."""
    allowed = parts_for(visit, parts)
    if not allowed:
        raise NotPermitted(next(iter(parts[0].opened_by)))
    return allowed[0].address
