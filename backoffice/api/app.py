"""What is the web process made of? A desk to work at, the routes, and how everything that is refused is told.

It commits and returns: it needs a database and no Redis, and publishes nothing. Next: routes/, one file a matter.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.types import ASGIApp

from backoffice.api.account_refusals import answer_refusals
from backoffice.api.bodies import LARGEST
from backoffice.api.desk import Desk
from backoffice.api.edges import put_edges_on
from backoffice.api.gauges import CountRequests, Gauges
from backoffice.api.openapi import describe
from backoffice.api.refusals import install_refusals
from backoffice.api.routes import (
    accounts,
    documentation,
    health,
    imports,
    metrics,
    oidc,
    order_events,
    orders,
    patients,
    session,
    status,
    stock,
    stream,
    tokens,
    utleveranser,
    webhooks,
)
from backoffice.api.too_large import TellTooLarge
from backoffice.pages.app import put_pages_on
from config.database import Database
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import Settings, settings

ROUTES = (
    accounts.router,
    documentation.router,
    health.router,
    imports.router,
    metrics.router,
    oidc.router,
    order_events.router,
    orders.router,
    patients.router,
    session.router,
    status.router,
    stock.router,
    stream.router,
    tokens.router,
    utleveranser.router,
    webhooks.router,
)


class _Application(FastAPI):
    def build_middleware_stack(self) -> ASGIApp:
        """Outside all, where FastAPI's limit of bodies is."""
        return TellTooLarge(super().build_middleware_stack())


def create_app(using: Settings | None = None) -> FastAPI:
    """The web process, as its environment says. It needs DATABASE_URL."""
    current = using or settings()
    set_up_logging(current.log_level)
    assert current.database_url is not None, "the web process needs DATABASE_URL"
    return application(Database(current.database_url), current)


def application(database: Database, current: Settings) -> FastAPI:
    """All routes over `database`, which is closed when the application ends."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        follow_parent()
        yield
        database.close()

    # No path but the one that is written: a redirect to another would be told by the Host that somebody sends.
    app = _Application(
        docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False, max_body_size=LARGEST,
        lifespan=lifespan,
    )  # fmt: skip
    app.state.desk = Desk(database, current)
    app.state.gauges = Gauges(database)
    install_refusals(app)
    answer_refusals(app)
    put_edges_on(app, current)
    # The one added last is met first: what the edges refuse is counted too.
    app.add_middleware(CountRequests, gauges=app.state.gauges)
    for router in ROUTES:
        app.include_router(router)
    put_pages_on(app)
    describe(app)
    return app
