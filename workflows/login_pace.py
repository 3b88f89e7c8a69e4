"""How fast may somebody guess? Each account, address and known device has an allowance that fills up again.

It slows and never locks: what is refused costs nothing, so the longest wait is that for the next guess. Kept in the
database, as one moment each (GCRA): two web processes count together, and a restart forgets nothing. Whether there is
such an account makes no difference. Next: logins.py.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from config.database import Connection


@dataclass(frozen=True, slots=True)
class Pace:
    """So many guesses at once, and one more each time `every` has passed."""

    at_once: int
    every: timedelta


ACCOUNT = Pace(5, timedelta(seconds=30))
"""Against a password of twelve characters that is not common, 2,880 guesses a day are nothing."""

ADDRESS = Pace(30, timedelta(seconds=3))
"""A hospital may log in from one address; who succeeds costs it nothing."""

DEVICE = Pace(10, timedelta(seconds=15))
"""A browser that this account has been used in: what others guess does not count against it, nor against them."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Whose it is, as a hash, and its pace."""

    key: bytes
    pace: Pace


def of_account(login: str) -> Allowance:
    """That of guesses at this login, whether or not there is one."""
    return Allowance(_key("account", login), ACCOUNT)


def of_address(address: str) -> Allowance:
    """That of guesses from this address."""
    return Allowance(_key("address", address), ADDRESS)


def of_device(device: str, login: str) -> Allowance:
    """That of guesses at this login from a browser it was used in."""
    return Allowance(_key("device", f"{device}\n{login}"), DEVICE)


def take(tx: Connection, allowances: Sequence[Allowance]) -> timedelta | None:
    """Take one guess of each, in order, before the password is looked at; or how long to wait, where one has none.

    What was taken before that stays taken. Rows that say nothing any more are deleted on the way.
    """
    tx.execute("DELETE FROM login_pace WHERE key IN (SELECT key FROM login_pace WHERE full_at < clock_timestamp() "
               "ORDER BY key LIMIT 100 FOR UPDATE SKIP LOCKED)")  # fmt: skip
    for allowance in allowances:
        ahead = allowance.pace.every * (allowance.pace.at_once - 1)
        taken = tx.execute(
            "INSERT INTO login_pace AS p (key, full_at) VALUES (%(key)s, clock_timestamp() + %(every)s) "
            "ON CONFLICT (key) DO UPDATE SET full_at = greatest(p.full_at, clock_timestamp()) + %(every)s "
            "WHERE p.full_at <= clock_timestamp() + %(ahead)s RETURNING key",
            {"key": allowance.key, "every": allowance.pace.every, "ahead": ahead},
        ).fetchone()
        if taken is None:
            row = tx.execute(
                "SELECT full_at - clock_timestamp() - %s FROM login_pace WHERE key = %s", (ahead, allowance.key)
            ).fetchone()
            return max(timedelta(seconds=1), row[0] if row else timedelta())
    return None


def give_back(tx: Connection, allowances: Sequence[Allowance]) -> None:
    """The guess was right: it counts for nothing."""
    for allowance in allowances:
        tx.execute("UPDATE login_pace SET full_at = full_at - %s WHERE key = %s", (allowance.pace.every, allowance.key))


def _key(kind: str, of: str) -> bytes:
    return hashlib.sha256(f"{kind}\n{of}".encode(errors="surrogatepass")).digest()
