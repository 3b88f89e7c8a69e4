"""Is this a request for us at all? Its host, its method and its path, before anything else looks at them.

A host that is not ours would end up in links and origins; a path that two readers understand differently could pass
one and reach the other. Next: rate_limits.py.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

from backoffice.api.problems import Problem, answer

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

_OVERRIDES = frozenset({b"x-http-method-override", b"x-http-method", b"x-method-override"})
"""Asks for another method than the one that was looked at."""

_AMBIGUOUS = (b"\\", b"%2f", b"%5c", b"%00")


class Door:
    """Lets in requests for our hosts, with a method there is and a path that means one thing."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it."""
        problem = self._problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self.app(scope, receive, send)
        else:
            await answer(problem)(scope, receive, send)

    def _problem(self, scope: Scope) -> Problem | None:
        named = [name for name, _ in scope["headers"]]
        if scope["method"] not in METHODS or not _OVERRIDES.isdisjoint(named):
            return Problem(
                405, "method", "Metoden används inte här (the method is not used here)",
                headers={"Allow": ", ".join(sorted(METHODS))},
            )  # fmt: skip
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or _without_port(hosts[0].decode("latin-1").lower()) not in self.hosts:
            return Problem(400, "host", "Värden är inte vår (the host is not ours)")
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        if not path.startswith(b"/") or path.startswith(b"//") or any(each in path.lower() for each in _AMBIGUOUS):
            return Problem(400, "path", "Sökvägen är inte entydig (the path is not unambiguous)")
        return None


def _without_port(host: str) -> str:
    """`localhost:8080` is `localhost`; an IPv6 address keeps its brackets. The empty text for what is no host."""
    name, colon, port = host.rpartition(":")
    if host.endswith("]") or not colon:
        return host
    return name if port.isascii() and port.isdigit() else ""
