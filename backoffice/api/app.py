"""Which routes are there? The web process: whether it lives, and whether it can serve."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from fastapi import FastAPI, Response
from psycopg_pool import PoolTimeout

from backoffice.api.desk import Desk
from backoffice.api.problems import Problem, problem_handler
from backoffice.api.routes import patients
from config.database import Database
from config.lifeline import follow_parent
from config.log_setup import set_up_logging
from config.settings import settings


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

    app = FastAPI(title="Orderflöde", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.desk = Desk(database, current)
    app.add_exception_handler(Problem, problem_handler)
    app.include_router(patients.router)

    @app.get("/health/live")
    def live() -> dict[str, str]:
        """The process answers."""
        return {"status": "live"}

    @app.get("/health/ready")
    def ready(response: Response) -> dict[str, str]:
        """The database answers, with our schema; 503 otherwise."""
        try:
            with database.transaction(statement_timeout_ms=2_000) as tx:
                tx.execute("SELECT FROM orders LIMIT 1")
        except (psycopg.Error, PoolTimeout):
            response.status_code = 503
            return {"status": "database unavailable"}
        return {"status": "ready"}

    return app
