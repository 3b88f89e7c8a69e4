"""Which routes are there? The web process: the API's routes, and what operators ask of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from backoffice.api.desk import Desk
from backoffice.api.gauges import CountRequests, Gauges
from backoffice.api.problems import Problem, problem_handler
from backoffice.api.routes import health, imports, metrics, status, stock, stream, utleveranser
from config.database import Database
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import settings

_OF_THE_API = (
    imports,
    status,
    stock,
    stream,
    utleveranser,
)


def create_app() -> FastAPI:
    """The application. It needs DATABASE_URL, and no Redis: it commits and returns, and never publishes."""
    current = settings()
    set_up_logging(current.log_level)
    assert current.database_url is not None, "the web process needs DATABASE_URL"
    database = Database(current.database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        follow_parent()
        yield
        database.close()

    app = FastAPI(
        title="Orderflöde", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan, redirect_slashes=False
    )
    app.state.desk = Desk(database, current)
    app.state.gauges = Gauges(database)
    app.add_middleware(CountRequests, gauges=app.state.gauges)
    app.add_exception_handler(Problem, problem_handler)
    app.include_router(health.router)
    app.include_router(metrics.router)
    for each in _OF_THE_API:
        app.include_router(each.router)
    return app
