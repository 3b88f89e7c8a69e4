"""Does any page break over what somebody sends it? Every page, with what no form of ours would send, in each place.

A refusal is right, and so is a page; an answer that nobody expected (5xx) is not. Next: test_page_matrix.py, who may
open which page.
"""

import base64
import inspect
import re
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.routing import APIRoute, iter_route_contexts
from integration.test_page_matrix import Opening, opening
from page_table import PAGES, PageRow
from route_table import Who
from route_world import KARLSTAD, Asker, path_of
from web_world import BROWSER

from backoffice.api.cookies import SESSION
from backoffice.pages.order_form import LINE, TEXTS
from workflows.permissions import GIVEN

__all__ = ["opening"]

NUL = "a\x00b"
"""Text, but not PostgreSQL's."""
TOO_LONG = "0" * 4_400 + "7"
"""A number of more digits than Python reads."""
HALF_A_LETTER = base64.urlsafe_b64encode(rb'["A9","\ud800"]').decode()
"""JSON, of what UTF-8 cannot write."""

_READ = re.compile(r"""form\.(?:texts?|number|lines|get|has)\(["']([^"'{]+)["']""")
_PICKS = ("antal:1", "hylla:1", "individ:1 \x00", "version")
_FILTERS = ("state", "type", "store", "held", "q", "after")
_OF_FILES = {"POST /import", "POST /import/prova", "POST /import/kolumner"}
_GOODS = ("artikel", "antal", "saknas", "individ_artikel", "individer", "version")
BESIDES: Mapping[str, tuple[str, ...]] = {
    "GET /ordrar": _FILTERS,
    "POST /ordrar/flera": _FILTERS,
    "POST /ordrar/{id}/plocka": _GOODS,
    "POST /ordrar/{id}/delmakulera": _GOODS,
    "POST /ny-order/prova": (*TEXTS, *(f"line.{name}" for name in LINE)),
    "POST /returer/ny": _PICKS,
    "POST /returer/{number}/ta-emot": _PICKS,
    "POST /lager/{code}/inventering/{name}": ("antal:\x00", "antal:A2"),
    "POST /utleveranser/{number}/leverans": ("individ-0",),
    "POST /plock/{id}": ("antal-0", "individer-0"),
    "POST /granskning/stickprov": ("urval", "fran", "till", "antal", "draget"),
}
"""Fields of an address that its file does not call by their names."""


def test_no_page_breaks_over_what_it_is_sent(opening: Opening) -> None:
    broken = []
    for page, row in PAGES.items():
        headers = BROWSER | {"Origin": str(opening.client.base_url), "Accept": "text/html"}
        if (asker := _who_may(row, opening.world.askers)) is not None:
            headers["Cookie"] = f"{SESSION}={asker.cookie}"
        for address, query, form in _sent(_route(opening.client.app, page), page, opening.world.of(KARLSTAD)):
            opening.client.cookies.clear()
            file: Any = {"files": {"file": b"a;b\n"}} if page in _OF_FILES else {}
            answer = opening.client.request(
                page.split(" ")[0], address, params=query, data=form, headers=headers, follow_redirects=False, **file
            )
            if answer.status_code >= 500:
                broken.append((page, address[:80], query, list(form)))
    assert broken == []


def _sent(route: APIRoute, page: str, things: dict[str, str]) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """What the page is sent: its path, query and form, each time with one thing in them that is wrong."""
    row, (method, path) = PAGES[page], page.split(" ")
    named, form = dict(row.named or {}), row.form(things) if method == "POST" else {}
    right = path_of(path, things, named)
    for name in re.findall(r"{(\w+)}", path):
        for worst in (TOO_LONG, *([HALF_A_LETTER] if name == "key" else [])):
            yield path_of(path, things, named | {name: f"={worst}"}), {}, form
    besides = BESIDES.get(page, ())
    for name in [*_queried(route.dependant), *(besides if method == "GET" else ())]:
        yield from ((right, {name: worst}, form) for worst in (NUL, TOO_LONG))
    if method == "POST":
        read = _READ.findall(inspect.getsource(route.endpoint))
        for name in dict.fromkeys([*form, *read, *besides]):
            yield from ((right, {}, form | {name: worst}) for worst in (NUL, TOO_LONG))


def _queried(dependant: Any) -> list[str]:
    own = [each.alias for each in dependant.query_params]
    return own + [name for each in dependant.dependencies for name in _queried(each)]


def _route(app: Any, page: str) -> APIRoute:
    method, path = page.split(" ")
    return next(
        each.original_route
        for each in iter_route_contexts(app.routes)
        if isinstance(each.original_route, APIRoute) and each.path_format == path and method in (each.methods or ())
    )


def _who_may(row: PageRow, askers: list[Asker]) -> Asker | None:
    """Who may do the most of what the page demands; nobody where everybody may."""
    if row.demands is Who.EVERYBODY:
        return None
    demanded = row.demands if isinstance(row.demands, frozenset) else frozenset()
    return max(askers, key=lambda each: (len(demanded & GIVEN[each.role]), each.kommun is None))
