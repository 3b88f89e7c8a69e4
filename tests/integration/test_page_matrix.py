"""May everybody open the pages of their role, about their own kommun, and no others? Every page, role and kommun.

Next: ../page_table.py (what each page demands), ../route_world.py (who asks about what).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_world import an_api
from fastapi import FastAPI
from fastapi.testclient import TestClient
from integration.test_route_matrix import routes_of
from page_table import PAGES, PageRow
from route_table import Who
from route_world import KARLSTAD, KIL, Asker, RouteWorld, a_route_world, path_of
from web_world import BROWSER

from backoffice.api.cookies import SESSION
from config.database import Database
from workflows.permissions import GIVEN, Permission

LOGIN = "/logga-in"


class Opening:
    """The web process, and the world whose pages are opened."""

    def __init__(self, client: TestClient, world: RouteWorld) -> None:
        self.client = client
        self.world = world

    def open(self, page: str, kommun: str, asker: Asker | None) -> Any:
        """What the page about the kommun's thing answers, to somebody who has logged in or has not."""
        method, path = page.split(" ")
        row, things = PAGES[page], self.world.of(kommun)
        headers = BROWSER | {"Origin": str(self.client.base_url), "Accept": "text/html"}
        if asker is not None:
            headers["Cookie"] = f"{SESSION}={asker.cookie}"
        self.client.cookies.clear()
        answer = self.client.request(
            method, path_of(path, things, row.named or {}), data=row.form(things) if method == "POST" else None,
            headers=headers, follow_redirects=False,
        )  # fmt: skip
        assert answer.status_code < 500, (page, asker, answer.status_code, answer.text[-600:])
        return answer


@pytest.fixture
def opening(database: Database, tmp_path: Path) -> Iterator[Opening]:
    """The web process over the world of routes."""
    world = a_route_world(database, tmp_path)
    with an_api(
        database.url, tmp_path, ORDERFLODE_RATE_PER_ADDRESS=100_000, ORDERFLODE_RATE_PER_TOKEN=100_000
    ) as client:
        yield Opening(client, world)


def test_every_page_has_its_row_and_every_row_its_page(opening: Opening) -> None:
    app = opening.client.app
    assert isinstance(app, FastAPI)
    assert routes_of(app, pages=True) == set(PAGES)


def test_who_has_not_logged_in_is_sent_to_the_login(opening: Opening) -> None:
    for page, row in PAGES.items():
        if row.demands is not Who.EVERYBODY:
            answer = opening.open(page, KARLSTAD, None)
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, LOGIN), page


def test_each_role_opens_what_it_may_of_its_own_kommun_and_nothing_of_another(opening: Opening) -> None:
    wrong = []
    for page, row in PAGES.items():
        if row.demands is Who.EVERYBODY or page == "POST /profil/losenord":  # whoever guesses often must wait
            continue
        for asker in opening.world.askers:
            for kommun in (KARLSTAD, KIL) if row.is_somebodys else (KARLSTAD,):
                answer = opening.open(page, kommun, asker)
                if not _is_right(row, asker, kommun, answer.status_code):
                    wrong.append(f"{asker}: {page} of {kommun}: {answer.status_code}")
    assert wrong == []


def _is_right(row: PageRow, asker: Asker, kommun: str, status: int) -> bool:
    if not (row.demands is Who.KNOWN or _opens(row, GIVEN[asker.role])):
        return status == 403
    if row.is_somebodys and asker.kommun not in (None, kommun):
        return status == 404
    return status not in (401, 403, 404)


def _opens(row: PageRow, permissions: frozenset[Permission]) -> bool:
    return isinstance(row.demands, frozenset) and not row.demands.isdisjoint(permissions)
