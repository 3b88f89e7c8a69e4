"""Who may use it? Accounts: made by an operator or an administrator, tied to a person where they are one.

Every change is written down in account_event, in its own transaction. Next: logins.py, one_time_links.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row, dict_row

from config.database import Connection
from workflows.exports import is_known_kommun
from workflows.identity import is_personal_number
from workflows.logins import note_event, written_login
from workflows.master_data import Role
from workflows.permissions import Actor, account_actor
from workflows.sessions import end_sessions

REGIONAL = frozenset({Role.HMS, Role.ADMIN})
"""The roles of those who work for the whole region; every other account has a kommun."""

_COLUMNS = "id, login, name, person, roles, kommun, has_password, issuer, created_at, created_by, disabled_at"


class AccountRefused(Exception):
    """An account that may not be so; the message says why as `Svenska (english)`."""


class AccountNotFound(Exception):
    """Det finns inget sådant konto (there is no such account)."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as lists show it; never its password's hash."""

    id: int
    login: str
    name: str
    person: str | None
    roles: list[str]
    kommun: str | None
    has_password: bool
    issuer: str | None
    created_at: datetime
    created_by: str
    disabled_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewAccount:
    """An account to make. Where it is tied to a person, roles and kommun default to theirs."""

    login: str
    name: str
    roles: frozenset[Role] = frozenset()
    kommun: str | None = None
    person: str | None = None
    issuer: str | None = None
    subject: str | None = None


def add_account(tx: Connection, new: NewAccount, by: str) -> Account:
    """Make the account, which can log in once it has a password or where its issuer says so. Raises AccountRefused."""
    login = written_login(new.login)
    if not login or is_personal_number(login):
        raise AccountRefused(
            "Inloggningsnamnet ska vara 1–128 tecken utan blanksteg och kolon, och inget personnummer "
            "(a login is 1–128 characters without spaces and colons, and no personal identity number)"
        )
    if not new.name.strip() or is_personal_number(new.name):
        raise AccountRefused("Kontot behöver ett namn (the account needs a name)")
    roles, kommun = _of_person(tx, new)
    _see_that_they_fit(tx, roles, kommun)
    made = tx.execute(
        "INSERT INTO account (login, name, person, roles, kommun, issuer, subject, created_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING RETURNING id",
        (login, new.name.strip(), new.person, sorted(roles), kommun, new.issuer, new.subject, by),
    ).fetchone()
    if made is None:
        raise AccountRefused("Det finns redan ett sådant konto (there is such an account already)")
    note_event(tx, made[0], "created", by, ", ".join(sorted(roles)))
    return find_account(tx, login)


def find_account(tx: Connection, login: str) -> Account:
    """The account of that login. Raises AccountNotFound."""
    with tx.cursor(row_factory=class_row(Account)) as cursor:
        found = cursor.execute(f"SELECT {_COLUMNS} FROM account WHERE login = %s", (written_login(login),)).fetchone()
    if found is None:
        raise AccountNotFound(AccountNotFound.__doc__)
    return found


def actor_of_login(tx: Connection, login: str) -> Actor | None:
    """Who acts with the account of that login; None where there is none, or it is disabled."""
    row = tx.execute(
        "SELECT login, roles, kommun, person, ARRAY(SELECT u.unit FROM person_unit u WHERE u.person = a.person) "
        "FROM account a WHERE login = %s AND disabled_at IS NULL",
        (written_login(login),),
    ).fetchone()
    return None if row is None else account_actor(*row)


def list_accounts(tx: Connection, *, after: str = "", most: int | None = None) -> list[Account]:
    """Those that the transaction may see, by login: `most` of them that come `after` a login, or all."""
    with tx.cursor(row_factory=class_row(Account)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM account WHERE login > %s ORDER BY login LIMIT %s", (after, most)
        ).fetchall()


def is_without_accounts(tx: Connection) -> bool:
    """Whether nobody can have logged in yet: the first run."""
    return tx.execute("SELECT FROM account LIMIT 1").fetchone() is None


def set_roles(tx: Connection, account: Account, roles: frozenset[Role], by: str) -> None:
    """Other roles, from the next request on. Raises AccountRefused."""
    _see_that_they_fit(tx, roles, account.kommun)
    if Role.ADMIN not in roles:
        _keep_an_administrator(tx, account)
    tx.execute("UPDATE account SET roles = %s WHERE id = %s", (sorted(roles), account.id))
    note_event(tx, account.id, "roles", by, ", ".join(sorted(roles)))


def choose_language(tx: Connection, login: str, language: str) -> None:
    """The language in which pages speak to the account: `sv` or `en`."""
    tx.execute("UPDATE account SET language = %s WHERE login = %s", (language, login))


def disable(tx: Connection, account: Account, by: str) -> None:
    """Nobody is let in by this account, and whoever is in is out; its devices are forgotten. Raises AccountRefused."""
    _keep_an_administrator(tx, account)
    tx.execute(
        "UPDATE account SET disabled_at = clock_timestamp() WHERE id = %s AND disabled_at IS NULL", (account.id,)
    )
    tx.execute("UPDATE one_time_link SET ended_at = clock_timestamp() WHERE account = %s AND ended_at IS NULL",
               (account.id,))  # fmt: skip
    tx.execute("DELETE FROM known_device WHERE account = %s", (account.id,))
    end_sessions(tx, account.id)
    note_event(tx, account.id, "disabled", by)


def enable(tx: Connection, account: Account, by: str) -> None:
    """Let it in again, with the password it had."""
    tx.execute("UPDATE account SET disabled_at = NULL WHERE id = %s", (account.id,))
    note_event(tx, account.id, "enabled", by)


def events_of(tx: Connection, account: int, most: int = 20) -> list[dict[str, Any]]:
    """What has happened to the account, newest first: at, event, by_whom, detail."""
    with tx.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT at, event, by_whom, detail FROM account_event WHERE account = %s ORDER BY id DESC LIMIT %s",
            (account, most),
        ).fetchall()


def _of_person(tx: Connection, new: NewAccount) -> tuple[frozenset[Role], str | None]:
    """The account's roles and kommun: those given, else the person's. Raises AccountRefused."""
    if new.person is None:
        return new.roles, new.kommun
    row = tx.execute("SELECT roles FROM person WHERE id = %s", (new.person,)).fetchone()
    if row is None:
        raise AccountRefused(f"Personen {new.person} finns inte (there is no such person)")
    roles = new.roles or frozenset(map(Role, row[0]))
    if new.kommun is not None or roles <= REGIONAL:
        return roles, new.kommun
    kommuner = tx.execute(
        "SELECT DISTINCT v.kommun FROM person_unit u JOIN vardenhet v ON v.code = u.unit "
        "WHERE u.person = %s AND v.kommun IS NOT NULL",
        (new.person,),
    ).fetchall()
    return roles, kommuner[0][0] if len(kommuner) == 1 else None


def _see_that_they_fit(tx: Connection, roles: Collection[Role], kommun: str | None) -> None:
    if not roles:
        raise AccountRefused("Kontot behöver en roll (the account needs a role)")
    if kommun is None and not REGIONAL.issuperset(roles):
        raise AccountRefused(
            "Kontot behöver en kommun: bara hms och admin arbetar för hela regionen "
            "(the account needs a kommun: only hms and admin work for the whole region)"
        )
    if kommun is not None and not (kommun and is_known_kommun(tx, kommun)):
        raise AccountRefused(f"Ingen enhet och inget lager hör till kommunen {kommun} (no unit or store is of it)")


def _keep_an_administrator(tx: Connection, account: Account) -> None:
    """Refuse to take away the last account that administers the whole region."""
    if Role.ADMIN not in account.roles or account.kommun is not None or account.disabled_at is not None:
        return
    # Two administrators who disable each other take turns.
    tx.execute("SELECT pg_advisory_xact_lock(hashtext('orderflode.administrators'))")
    others = tx.execute(
        "SELECT FROM account WHERE 'admin' = ANY(roles) AND kommun IS NULL AND disabled_at IS NULL AND id <> %s",
        (account.id,),
    ).fetchone()
    if others is None:
        raise AccountRefused("Det är den sista administratören (it is the last administrator)")
