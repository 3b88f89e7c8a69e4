"""Where can somebody go? The pages, in the order of a working day; what a visitor may not open is not offered."""

from typing import TYPE_CHECKING, NamedTuple

from workflows.permissions import CREATE, Permission

if TYPE_CHECKING:
    from backoffice.pages.visit import Visit

_P = Permission


class Destination(NamedTuple):
    """A page in the navigation, and the permissions of which any opens it."""

    address: str
    sv: str
    en: str
    opened_by: frozenset[Permission]


PLACES = (
    Destination("/", "Översikt", "Overview", frozenset({_P.READ_STATUS})),
    Destination("/ordrar", "Ordrar", "Orders", frozenset({_P.READ_ORDERS})),
    Destination("/ny-order", "Ny order", "New order", frozenset(CREATE.values())),
    Destination("/import", "Import", "Import", frozenset({_P.IMPORT})),
    Destination("/plock", "Plock", "Picking", frozenset({_P.PICK})),
    Destination("/utleveranser", "Utleveranser", "Deliveries", frozenset({_P.READ_ORDERS})),
    Destination("/lager", "Lager", "Stock", frozenset({_P.READ_STOCK})),
    Destination("/returer", "Returer", "Returns", frozenset({_P.READ_ORDERS})),
    Destination("/patient", "Patient", "Patient", frozenset({_P.SEARCH_PATIENT})),
    Destination("/granskning", "Granskning", "Review", frozenset({_P.REVIEW_LOOKS, _P.RELEASE})),
    Destination("/konton", "Konton", "Accounts", frozenset({_P.MANAGE_ACCOUNTS, _P.MANAGE_TOKENS, _P.MANAGE_WEBHOOKS})),
)


def destinations(visit: "Visit") -> list[Destination]:
    """The pages that the visitor may open."""
    return [place for place in PLACES if any(visit.may(permission) for permission in place.opened_by)]


def first_page(visit: "Visit") -> str:
    """Where somebody comes who has just logged in."""
    return next((place.address for place in destinations(visit)), "/profil")
