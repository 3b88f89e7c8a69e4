"""Is this the password, and may it be one? Argon2id, the same work whether there is such an account or not.

Hashing takes memory and time on purpose: it is done outside transactions, and a few at a time. Next: logins.py.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from workflows.identity import is_personal_number

SHORTEST, LONGEST = 12, 1_000
"""Characters; a hash of more costs more, and nobody types them."""

FEWEST_DIFFERENT = 5
"""Different characters: `aaaaaaaaaaaa` is long and nothing else."""

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
"""OWASP's least for Argon2id: 19 MiB, two passes, one lane. Raised, each password is hashed anew at its next login."""

_AT_ONCE = BoundedSemaphore(4)
"""Hashes at a time in a process: forty threads that hash would take 760 MiB."""

_LISTED = Path(__file__).with_name("common_passwords.txt")


class PasswordRefused(Exception):
    """A password that may not be one; the message says why as `Svenska (english)`, and never repeats it."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Whether a password was the account's, and its new hash where the old one is too weak by now."""

    right: bool
    rehashed: str | None = None


def new_hash(password: str, login: str) -> str:
    """The hash under which the account `login` keeps this new password. Raises PasswordRefused."""
    _see_that_it_may_be_one(_normal(password), login)
    with _AT_ONCE:
        return HASHER.hash(_bytes(password))


def check_password(kept: str | None, password: str) -> Checked:
    """Whether `password` is the one kept as `kept`; None, where there is no such account, takes the same work."""
    with _AT_ONCE:
        try:
            HASHER.verify(kept or _nobodys(), _bytes(password))
        except (VerificationError, InvalidHashError):
            return Checked(right=False)
        if not kept:
            return Checked(right=False)
        return Checked(right=True, rehashed=HASHER.hash(_bytes(password)) if HASHER.check_needs_rehash(kept) else None)


def _see_that_it_may_be_one(password: str, login: str) -> None:
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordRefused(f"Lösenordet ska ha minst {SHORTEST} tecken (at least {SHORTEST} characters)")
    if login.casefold() in password.casefold() and len(password) - len(login) < SHORTEST:
        raise PasswordRefused("Lösenordet får inte bygga på inloggningsnamnet (it must not be made of the login)")
    if len(set(password)) < FEWEST_DIFFERENT or password.casefold() in _commonest() or is_personal_number(password):
        raise PasswordRefused("Lösenordet är för lätt att gissa (the password is too easy to guess)")


def _normal(password: str) -> str:
    """As NIST SP 800-63B has it: å typed as one character or as two is the same å."""
    return unicodedata.normalize("NFKC", password)


def _bytes(password: str) -> bytes:
    """Whatever somebody sends is some password, even what is no text."""
    return _normal(password).encode(errors="surrogatepass")


@cache
def _nobodys() -> str:
    """A hash of today's strength that nothing was hashed to but this."""
    return HASHER.hash("nobody's password")


@cache
def _commonest() -> frozenset[str]:
    return frozenset(_LISTED.read_text(encoding="utf-8").casefold().split())
