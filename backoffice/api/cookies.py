"""What does a browser keep of us? Two cookies that no script reads and no other host or plain connection gets.

Next: who.py, which finds the actor by the first; workflows/logins.py, which knows the device by the second.
"""

from fastapi import Request, Response

from workflows.logins import DEVICE_LIFE, LoggedIn

SESSION = "__Host-orderflode"
"""The session's secret; gone when the browser is closed, and no longer good long before that (sessions.py)."""

DEVICE = "__Host-orderflode-device"
"""Says that this browser was used by the account before: it opens nothing."""


def device_of(request: Request) -> str | None:
    """The device's secret, if the browser has one."""
    return request.cookies.get(DEVICE)


def give_cookies(response: Response, logged_in: LoggedIn) -> None:
    """Let the browser keep the session and the device."""
    _set(response, SESSION, logged_in.session)
    _set(response, DEVICE, logged_in.device, max_age=int(DEVICE_LIFE.total_seconds()))


def take_session_back(response: Response) -> None:
    """Let the browser forget the session; it stays a known device."""
    _set(response, SESSION, "", max_age=0)


def _set(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    response.set_cookie(name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax")
