"""What does a route declare of itself? Its body with examples, and which problems it answers with.

Bodies are read by hand (bodies.py), so that FastAPI does not know them: they are named here by their models, which
openapi.py adds to the document.
"""

from typing import Any

from pydantic import BaseModel

from backoffice.api.examples import CONFIRMATIONS, LOOKS, ORDERS, REASONS, SEARCHES
from backoffice.api.order_models import Confirmation, IncomingOrder, LookReason, PatientSearch, Reason
from backoffice.api.problems import MEDIA_TYPE

SCHEMAS = "#/components/schemas/"

MODELS_OF_BODIES: tuple[type[BaseModel], ...] = (IncomingOrder, Reason, Confirmation, PatientSearch, LookReason)

_PROBLEMS = {
    400: "Kan inte läsas: fel värd, sökväg eller JSON (cannot be read: host, path or JSON)",
    401: "Ingen giltig token (no valid token)",
    403: "Behörighet saknas, eller en annan webbplats frågar (a permission is missing, or another site asks)",
    404: "Finns inte (not found)",
    408: "För långsamt (too slow)",
    409: "Händelsen är inte tillåten nu (the event is not allowed now)",
    410: "Gäller inte längre (no longer valid)",
    412: "Ordern har ändrats (the order has changed)",
    413: "För stort (too large)",
    415: "Inte application/json",
    422: "Nekas, med alla överträdelser (refused, with every violation)",
    429: "För många anrop; se Retry-After (too many requests)",
    500: "Något gick fel hos oss (something went wrong here)",
    503: "Databasen svarar inte (the database does not answer)",
}

AT_THE_EDGES = (400, 403, 429, 500)
"""What openapi.py declares for every route: edges/ answer so before it is reached."""

EVERYWHERE = (401, 403, 422, 503)
"""And for every route that somebody must be allowed to."""


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a route answers with, besides those of AT_THE_EDGES and EVERYWHERE."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"{SCHEMAS}ProblemShown"}}}
    return {status: {"description": _PROBLEMS[status], "content": content} for status in statuses}


def _body(model: type[BaseModel], examples: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    schema = {"$ref": f"{SCHEMAS}{model.__name__}"}
    content = {"application/json": {"schema": schema, "examples": examples}}
    return {"requestBody": {"required": required, "content": content}}


BODY_OF_ORDER = _body(IncomingOrder, ORDERS)
BODY_OF_REASON = _body(Reason, REASONS)
BODY_OF_SEARCH = _body(PatientSearch, SEARCHES)
BODY_OF_LOOK = _body(LookReason, LOOKS)
BODY_OF_CONFIRMATION = _body(Confirmation, CONFIRMATIONS, required=False)
