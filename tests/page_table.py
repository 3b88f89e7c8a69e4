"""What does each page demand? One row for every address of the back office; integration/test_page_matrix.py asks them.

A page that is new has a row here, or the matrix is red. Next: route_world.py, the things that are asked about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from route_table import Who

from workflows.permissions import Permission

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


PAGES: dict[str, PageRow] = {
    "GET /": PageRow(Who.KNOWN),
    "GET /logga-in": PageRow(Who.EVERYBODY),
    "POST /logga-in": PageRow(Who.EVERYBODY),
    "POST /logga-ut": PageRow(Who.EVERYBODY),
    "GET /profil": PageRow(Who.KNOWN),
    "POST /profil/sprak": PageRow(Who.KNOWN, lambda _: {"sprak": "sv"}),
    "GET /sok": PageRow(_any(P.READ_ORDERS)),
    "POST /sok": PageRow(_any(P.READ_ORDERS)),
    "POST /profil/losenord": PageRow(Who.KNOWN, lambda _: {"old": "fel", "new": "ett", "again": "annat"}),
}
"""Method and address → what it demands."""
