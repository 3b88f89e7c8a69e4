"""Who may read the metrics? A token with the permission for them, for the whole region; or this host, where a setting
says so. Next: ../gauges.py, what they are."""

import ipaddress

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from backoffice.api.declared import problems
from backoffice.api.desk import DeskOf
from backoffice.api.gauges import Gauges
from backoffice.api.problems import Problem
from backoffice.api.who import actor_of
from workflows.permissions import Permission, demand

router = APIRouter(tags=["Hälsa (health)"])


def _may_read(request: Request, desk: DeskOf) -> None:
    if desk.settings.metrics_on_loopback and _is_loopback(request):
        return
    actor = actor_of(request, desk)
    demand(actor, Permission.READ_METRICS)
    if actor.kommun is not None:
        raise Problem(403, "not-permitted", "Mätvärden är hela regionens (metrics are the whole region's)")


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


@router.get(
    "/metrics",
    dependencies=[Depends(_may_read)],
    response_class=Response,
    responses=problems()
    | {200: {"description": "Prometheus", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def metrics(request: Request) -> Response:
    """Mätvärden för Prometheus (metrics for Prometheus)."""
    gauges: Gauges = request.app.state.gauges
    return Response(gauges.text(), headers={"Content-Type": CONTENT_TYPE_LATEST})
