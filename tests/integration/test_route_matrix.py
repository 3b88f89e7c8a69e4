"""May everybody ask what their role says, about their own kommun, and about no other? Every route, role and kommun.

Next: ../route_table.py (what each route demands), ../route_world.py (who asks about what).
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from api_world import an_api
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from fastapi.testclient import TestClient
from route_table import ROUTES, Others, Row, Who
from route_world import KARLSTAD, KIL, Asker, RouteWorld, a_route_world, path_of
from web_world import BROWSER

from backoffice.api.cookies import SESSION
from backoffice.pages.page_route import PageRoute
from config.database import WEB_ROLE, Database
from workflows.master_data import Role
from workflows.permissions import GIVEN, GRANTABLE, Permission

DENIED, NOT_THERE = 403, 404


class Asking:
    """The web process, and the world it is asked about."""

    def __init__(self, client: TestClient, world: RouteWorld) -> None:
        self.client = client
        self.world = world

    def ask(self, route: str, kommun: str, headers: dict[str, str], person: str = "best") -> tuple[Any, dict[str, str]]:
        """The answer about the kommun's things, and those things."""
        method, path = route.split(" ")
        row, things = ROUTES[route], self.world.of(kommun) | {"orderer": person}
        content = None if row.body is None else json.dumps(row.body(things)) + "\n"
        kind = {} if content is None else {"Content-Type": "application/json"}
        answer = self.client.request(
            method, path_of(path, things, row.named or {}), content=content, headers=headers | kind
        )
        assert answer.status_code < 500 and answer.status_code != 429, (route, answer.status_code, answer.text)
        return answer, things

    def ask_as(self, asker: Asker, route: str, kommun: str) -> tuple[Any, dict[str, str]]:
        """The same, by somebody who has logged in."""
        cookie = {"Cookie": f"{SESSION}={asker.cookie}"}
        return self.ask(route, kommun, BROWSER | {"Origin": str(self.client.base_url)} | cookie, asker.person)


@pytest.fixture
def asking(database: Database, tmp_path: Path) -> Iterator[Asking]:
    """The web process over the world of routes."""
    world = a_route_world(database, tmp_path)
    with an_api(database.url, tmp_path, ORDERFLODE_RATE_PER_ADDRESS=100_000) as client:
        yield Asking(client, world)


def routes_of(app: FastAPI, *, pages: bool = False) -> set[str]:
    """Every method and path that the web process answers to: the API's, or the pages'."""
    return {
        f"{method} {route.path_format}"
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and isinstance(route.original_route, PageRoute) is pages
        for method in route.methods or ()
    }


def test_every_route_has_its_row_and_every_row_its_route(asking: Asking) -> None:
    app = asking.client.app
    assert isinstance(app, FastAPI)
    assert routes_of(app) == set(ROUTES)
    told = {
        f"{method.upper()} {path}"
        for path, methods in asking.client.get("/api/v1/openapi.json").json()["paths"].items()
        for method in methods
    }
    assert told <= set(ROUTES)


def test_who_has_not_logged_in_is_let_in_where_that_is_for_everybody_alone(asking: Asking) -> None:
    for route, row in ROUTES.items():
        answer, _ = asking.ask(route, KARLSTAD, {})
        if row.demands is not Who.EVERYBODY:
            assert answer.status_code == 401, route
        elif answer.request.method == "GET":
            # 404: a login elsewhere that is not configured, a file of no name.
            assert answer.status_code == (404 if "/oidc" in route or "/static" in route else 200), route


def test_each_role_does_what_it_may_with_its_own_kommuns_things_and_with_no_others(asking: Asking) -> None:
    assert wrong_answers(asking, ROUTES, asking.world.askers) == []


READ_BY_THE_ROUTES = ("orders", "utleverans", "stock_balance", "intake_batch", "account", "api_token", "webhook")
"""The tables whose rows the routes find in the name of who asks."""


def test_the_matrix_finds_that_a_policy_is_missing(asking: Asking, database: Database) -> None:
    reading = [route for route in ROUTES if route.startswith("GET")]
    askers = [each for each in asking.world.askers if each.role in (Role.HMS, Role.ADMIN) and each.kommun]
    for table in READ_BY_THE_ROUTES:
        with database.session() as owner:
            # Another role's policy is no policy of who asks.
            owner.execute(f"ALTER POLICY web_sees_its_kommun ON {table} TO pg_monitor".encode())
            assert wrong_answers(asking, reading, askers), table
            owner.execute(f"ALTER POLICY web_sees_its_kommun ON {table} TO {WEB_ROLE}".encode())
    assert wrong_answers(asking, reading, askers) == []


def wrong_answers(asking: Asking, routes: Iterable[str], askers: Iterable[Asker]) -> list[str]:
    """Each answer that is otherwise than the table of routes says."""
    wrong = []
    for route in routes:
        row = ROUTES[route]
        # Whoever guesses at a password often must wait.
        if row.demands is Who.EVERYBODY or route == "PUT /api/v1/session/password":
            continue
        for asker in askers:
            for kommun in (KARLSTAD, KIL):
                answer, things = asking.ask_as(asker, route, kommun)
                if not _is_right(row, asker, kommun, answer, things):
                    wrong.append(f"{asker}: {route} of {kommun}: {answer.status_code} {answer.text[:200]}")
    return wrong


def _is_right(row: Row, asker: Asker, kommun: str, answer: Any, things: dict[str, str]) -> bool:
    permissions = GIVEN[asker.role]
    may = row.demands is Who.KNOWN or row.demands in permissions
    if not may or (row.region and asker.kommun is not None):
        return bool(answer.status_code == DENIED)
    is_own = asker.kommun in (None, kommun)
    if not is_own and row.others is not Others.NONE:
        return _is_kept_back(row, answer, things)
    if row.also is not None and row.also not in permissions:
        return bool(answer.status_code == DENIED)
    shows = row.shown is None or row.shown(answer.json(), things)
    return answer.status_code not in (401, DENIED, NOT_THERE) and shows


def _is_kept_back(row: Row, answer: Any, things: dict[str, str]) -> bool:
    """Whether the answer is what somebody gets who asks about another kommun's."""
    if row.others is Others.LEFT_OUT:
        assert row.shown is not None
        return answer.status_code in (200, 201) and not row.shown(answer.json(), things)
    expected = {Others.NOT_THERE: NOT_THERE, Others.REFUSED: 422, Others.NOT_GIVEN: DENIED}[row.others]
    return bool(answer.status_code == expected)


def test_a_route_asks_for_its_permission_and_for_no_other(asking: Asking) -> None:
    wrong = []
    for route, row in ROUTES.items():
        if not isinstance(row.demands, Permission):
            continue
        enough = {row.demands, *([row.also] if row.also else [])}
        for scopes, may in ((enough, True), (GRANTABLE - {row.demands}, False)):
            secret = asking.world.token(scopes)
            answer, _ = asking.ask(route, KARLSTAD, {"Authorization": f"Bearer {secret}"})
            if (answer.status_code != DENIED) is not may:
                wrong.append(f"{route} with {sorted(scopes) if may else 'all others'}: {answer.status_code}")
    assert wrong == []
