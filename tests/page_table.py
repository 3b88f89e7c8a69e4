"""What does each page demand? One row for every address of the back office; integration/test_page_matrix.py asks them.

A page that is new has a row here, or the matrix is red. Next: route_world.py, the things that are asked about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from route_table import Who

from workflows.permissions import CREATE, Permission

P = Permission

Form = Callable[[Mapping[str, str]], dict[str, str]]
"""From the things of a kommun: the fields that are sent."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """What one address demands: any of these permissions. Its names are filled in with the things of a kommun."""

    demands: frozenset[Permission] | Who
    form: Form = lambda _: {}
    named: Mapping[str, str] | None = None
    is_somebodys: bool = False
    """Names a thing of a kommun: another kommun's is not there (404)."""


def _any(*permissions: Permission) -> frozenset[Permission]:
    return frozenset(permissions)


_CREATES = frozenset(CREATE.values())

PAGES: dict[str, PageRow] = {
    "GET /": PageRow(Who.KNOWN),
    "GET /import": PageRow(_any(P.IMPORT)),
    "POST /import": PageRow(_any(P.IMPORT)),
    "POST /import/prova": PageRow(_any(P.IMPORT)),
    "POST /import/kolumner": PageRow(_any(P.IMPORT)),
    "POST /import/mappning": PageRow(_any(P.IMPORT)),
    "GET /import/{batch}": PageRow(_any(P.IMPORT), is_somebodys=True),
    "GET /import/{batch}/kvitto.csv": PageRow(_any(P.IMPORT), is_somebodys=True),
    "POST /import/{batch}/angra": PageRow(_any(P.IMPORT), is_somebodys=True),
    "GET /logga-in": PageRow(Who.EVERYBODY),
    "POST /logga-in": PageRow(Who.EVERYBODY),
    "POST /logga-ut": PageRow(Who.EVERYBODY),
    "GET /ny-order": PageRow(_CREATES),
    "POST /ny-order": PageRow(_CREATES),
    "POST /ny-order/prova": PageRow(_CREATES),
    "POST /ny-order/forslag": PageRow(_CREATES),
    "GET /profil": PageRow(Who.KNOWN),
    "POST /profil/sprak": PageRow(Who.KNOWN, lambda _: {"sprak": "sv"}),
    "POST /profil/losenord": PageRow(Who.KNOWN, lambda _: {"old": "fel", "new": "ett", "again": "annat"}),
}
"""Method and address → what it demands."""
