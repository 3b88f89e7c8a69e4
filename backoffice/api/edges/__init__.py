"""What does every request pass on its way in and out, whoever asks and for whatever? Outermost first.

security_headers.py, door.py, rate_limits.py, same_origin.py, slow_bodies.py: plain ASGI, so that nothing is read into
memory here and nothing is answered twice. Next: routes/.
"""

from fastapi import FastAPI

from backoffice.api.edges.buckets import Buckets
from backoffice.api.edges.door import Door
from backoffice.api.edges.rate_limits import RateLimits
from backoffice.api.edges.same_origin import SameOrigin
from backoffice.api.edges.security_headers import SecurityHeaders
from backoffice.api.edges.slow_bodies import SlowBodies
from config.settings import Settings


def put_edges_on(app: FastAPI, settings: Settings) -> None:
    """Let every request pass them."""
    # The one added last is met first.
    app.add_middleware(SlowBodies)
    app.add_middleware(SameOrigin)
    app.add_middleware(RateLimits, known=Buckets(settings.rate_per_token), unknown=Buckets(settings.rate_per_address))
    app.add_middleware(Door, hosts=frozenset(host.lower() for host in settings.hosts))
    app.add_middleware(SecurityHeaders)
