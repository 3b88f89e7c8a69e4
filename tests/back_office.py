"""The back office for tests in a browser: the web process on loopback over a small region, and people who may use it.

The region is that of builders.py, with goods on the shelves; at lager 10 a person confirms. Each role has an account
whose login is the role: of the whole region where the role may be, else of Karlstad. `hms.karlstad` is Karlstad's.
Next: browser/conftest.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from builders import CONFIRMED, a_world, run_all
from web_process import web_process
from web_world import PASSWORD

from config.database import Database
from workflows.accounts import REGIONAL, NewAccount, add_account
from workflows.logins import set_password
from workflows.master_data import Role
from workflows.passwords import new_hash

STOCK = {(store, f"A{n}"): 40 for store in ("10", "50301", "50401") for n in range(1, 7)}
PERSONS = {Role.PRESCRIBER: "forsk", Role.ORDERER: "best", Role.LAGERPERSONAL: "lager"}
"""Roles whose account is a person of master data."""


@dataclass(frozen=True, slots=True)
class BackOffice:
    """Where it is, and what lies behind it."""

    address: str
    database: Database
    folder: Path

    def work(self) -> None:
        """Let every order go on as far as it goes by itself, by the steps that workers run."""
        run_all(self.database)


@contextmanager
def a_back_office(database_url: str, folder: Path) -> Iterator[BackOffice]:
    """A back office on that database, which is empty; its home is in the folder."""
    database = Database(database_url)
    try:
        a_world(database, stock=STOCK, **CONFIRMED)
        _let_everybody_in(database)
        with web_process(database_url, folder / "home", RATE_PER_TOKEN="100000", RATE_PER_ADDRESS="100000") as web:
            yield BackOffice(f"http://localhost:{web.port}", database, folder)
    finally:
        database.close()


def _let_everybody_in(database: Database) -> None:
    with database.transaction() as tx:
        everybody = [(str(role), role, None if role in REGIONAL else "Karlstad") for role in Role]
        for login, role, kommun in [*everybody, ("hms.karlstad", Role.HMS, "Karlstad")]:
            new = NewAccount(login, login.title(), frozenset({role}), kommun, PERSONS.get(role))
            set_password(tx, add_account(tx, new, by="test").id, _kept(), by="test")


@cache
def _kept() -> str:
    """The password's hash, made once: it takes a tenth of a second."""
    return new_hash(PASSWORD, "nobody")
