"""Which pages are there? Their routers, and what a browser gets at an address where there is none."""

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from backoffice.pages import static_files
from backoffice.pages.page_route import as_page
from backoffice.pages.routes import (
    account,
    accounts,
    asking_back,
    count,
    count_end,
    counts,
    deliveries,
    deliveries_notes,
    deliveries_one,
    devices,
    differences,
    importing,
    link,
    login,
    new_order,
    one_import,
    one_return,
    order,
    order_steps,
    orders,
    orders_at_once,
    overview,
    patient,
    picking,
    picking_lists,
    picking_one,
    profile,
    receiving,
    refill,
    returns,
    review_held,
    review_log,
    review_running,
    review_sample,
    search,
    shelf,
    stock,
    tokens,
    webhooks,
)

ROUTERS = (
    account.router,
    accounts.router,
    asking_back.router,
    count.router,
    count_end.router,
    counts.router,
    deliveries.router,
    deliveries_notes.router,
    deliveries_one.router,
    devices.router,
    differences.router,
    importing.router,
    link.router,
    login.router,
    new_order.router,
    one_import.router,
    one_return.router,
    order.router,
    order_steps.router,
    orders.router,
    orders_at_once.router,
    overview.router,
    patient.router,
    picking.router,
    picking_lists.router,
    picking_one.router,
    profile.router,
    receiving.router,
    refill.router,
    returns.router,
    review_held.router,
    review_log.router,
    review_running.router,
    review_sample.router,
    search.router,
    shelf.router,
    static_files.router,
    stock.router,
    tokens.router,
    webhooks.router,
)


def put_pages_on(app: FastAPI) -> None:
    """Let the application show them, after its refusals are installed."""
    for router in ROUTERS:
        app.include_router(router)
    refuse = app.exception_handlers[HTTPException]

    async def tell(request: Request, error: Exception) -> Response:
        """An address that does not exist: a page for who looks for pages."""
        refusal: Response = refuse(request, error)  # type: ignore[assignment]
        return as_page(request, refusal) if looks_for_a_page(request) else refusal

    app.add_exception_handler(HTTPException, tell)


def looks_for_a_page(request: Request) -> bool:
    """Whether it is a person's browser that asks, and not for the API."""
    accepts = request.headers.get("accept", "")
    return not request.url.path.startswith("/api/") and "text/html" in accepts
