"""Does this web process live, and can it serve? Asked by whoever starts and balances processes; without a token."""

import psycopg
from fastapi import APIRouter, Response
from psycopg_pool import PoolTimeout
from pydantic import BaseModel

from backoffice.api.desk import DeskOf

router = APIRouter(tags=["operations"])


class Health(BaseModel):
    """`live` or `ready`, or what is missing."""

    status: str


@router.get("/health/live")
def live() -> Health:
    """Processen svarar (the process answers)."""
    return Health(status="live")


@router.get("/health/ready", responses={503: {"model": Health}})
def ready(response: Response, desk: DeskOf) -> Health:
    """Databasen svarar, med vårt schema; annars 503 (the database answers, with our schema; 503 otherwise)."""
    try:
        with desk.database.transaction(statement_timeout_ms=2_000) as tx:
            tx.execute("SELECT FROM orders LIMIT 1")
    except (psycopg.Error, PoolTimeout):
        response.status_code = 503
        return Health(status="database unavailable")
    return Health(status="ready")
