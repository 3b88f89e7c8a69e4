"""Does the web process live, and can it serve? For who watches over processes: neither asks who it is."""

import psycopg
from fastapi import APIRouter, Response

from backoffice.api.desk import DeskOf

router = APIRouter(prefix="/health", tags=["Hälsa (health)"])


@router.get("/live")
def live() -> dict[str, str]:
    """Processen svarar (the process answers)."""
    return {"status": "live"}


@router.get("/ready")
def ready(response: Response, desk: DeskOf) -> dict[str, str]:
    """Databasen svarar, med vårt schema; annars 503 (the database answers, with our schema; 503 otherwise)."""
    try:
        with desk.database.transaction(statement_timeout_ms=2_000) as tx:
            tx.execute("SELECT FROM orders LIMIT 1")
    except psycopg.Error:  # PoolTimeout is one
        response.status_code = 503
        return {"status": "database unavailable"}
    return {"status": "ready"}
