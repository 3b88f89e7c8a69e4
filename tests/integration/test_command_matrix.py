"""May everybody begin the commands that their role says, and no others? Every command, role and permission.

Next: backoffice/cli/demands.py (what each demands), test_commands_of_a_kommun.py (whose things they then show).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from builders import a_world
from commands_here import all_commands, call, commands_on, let_in

from backoffice.cli.demands import DEMANDS, OF_THE_REGION
from config.database import Database
from config.settings import settings
from workflows.accounts import NewAccount, add_account, disable, find_account
from workflows.master_data import Role
from workflows.permissions import GIVEN, GRANTABLE, Permission
from workflows.tokens import TokenRefused, issue_token, revoke_token

KARLSTAD = "Karlstad"
REGIONAL = {Role.HMS: None, Role.ADMIN: None}


@pytest.fixture(autouse=True)
def read_anew() -> Iterator[None]:
    """Settings are read once a process, and these tests change them."""
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def accounts(database: Database, tmp_path: Path) -> Iterator[Database]:
    """Somebody of each role in Karlstad, and of those that work for the whole region one without a kommun."""
    a_world(database)
    with database.transaction() as tx:
        for role in Role:
            add_account(tx, NewAccount(f"{role}-k", "Någon", frozenset({role}), KARLSTAD), by="test")
        for role in REGIONAL:
            add_account(tx, NewAccount(f"{role}-r", "Någon", frozenset({role})), by="test")
    with commands_on(database, tmp_path):
        yield database


def test_every_command_has_its_row_and_every_row_its_command() -> None:
    assert all_commands().keys() == DEMANDS.keys()
    assert DEMANDS.keys() >= OF_THE_REGION


def test_the_page_tells_of_every_permission_that_a_command_demands() -> None:
    page = (Path(__file__).parents[2] / "docs" / "accounts.md").read_text(encoding="utf-8")
    assert [each for each in DEMANDS.values() if f"`{each}`" not in page] == []


def test_each_role_begins_the_commands_that_it_may_and_no_others(accounts: Database) -> None:
    wrong = []
    for words, command in all_commands().items():
        for role in Role:
            may = DEMANDS[words] in GIVEN[role]
            said = let_in(command, f"{role}-k")
            expected = _refusal(DEMANDS[words]) if not may else "hela regionen" if words in OF_THE_REGION else None
            if (said is None) is not (expected is None) or (expected or "") not in (said or ""):
                wrong.append(f"{role} of {KARLSTAD}: {words}: {said}")
            if role in REGIONAL and (let_in(command, f"{role}-r") is None) is not may:
                wrong.append(f"{role} of the region: {words}")
    assert wrong == []


def test_the_operator_begins_every_command() -> None:
    assert [words for words, command in all_commands().items() if let_in(command) is not None] == []


def test_a_command_asks_for_its_permission_and_for_no_other(
    accounts: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = []
    for permission in GRANTABLE:
        asking = {words: command for words, command in all_commands().items() if DEMANDS[words] is permission}
        for scopes, may in (({permission}, True), (GRANTABLE - {permission}, False)):
            with as_token(accounts, monkeypatch, f"{permission}-{may}".lower(), frozenset(scopes)):
                wrong += [words for words, command in asking.items() if (let_in(command) is None) is not may]
    assert wrong == []


def test_no_role_and_no_token_operates_the_machine(accounts: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(Permission.OPERATE not in given for given in GIVEN.values())
    with pytest.raises(TokenRefused, match="maskinen"), as_token(accounts, monkeypatch, "t", frozenset(Permission)):
        pass
    with as_token(accounts, monkeypatch, "t", GRANTABLE):
        begun = {words for words, command in all_commands().items() if let_in(command) is None}
    assert begun == {words for words, permission in DEMANDS.items() if permission is not Permission.OPERATE}


def test_who_is_nobody_begins_nothing(accounts: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with accounts.transaction() as tx:
        disable(tx, find_account(tx, "hms-k"), by="test")
    orders = all_commands()["orders"]
    for login in ("hms-k", "nobody.1", "200001011494"):
        assert (
            let_in(orders, login) == "Kontot finns inte eller är stängt (there is no such account, or it is disabled)\n"
        )
    with as_token(accounts, monkeypatch, "ends", frozenset({Permission.READ_ORDERS})):
        assert let_in(orders) is None
        with accounts.transaction() as tx:
            revoke_token(tx, "ends", by="test")
        assert let_in(orders) == "Token i ORDERFLODE_TOKEN gäller inte (the token does not hold)\n"


def test_where_the_operator_is_off_only_the_machine_is_run_namelessly(
    accounts: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORDERFLODE_OPERATOR", "off")
    settings.cache_clear()
    begun = {words for words, command in all_commands().items() if let_in(command) is None}
    assert begun == {words for words, permission in DEMANDS.items() if permission is Permission.OPERATE}
    assert let_in(all_commands()["orders"], "hms-k") is None
    assert "--as LOGIN" in (let_in(all_commands()["orders"]) or "")


def test_the_option_goes_before_the_setting(accounts: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORDERFLODE_AS", "admin-k")
    settings.cache_clear()
    assert let_in(all_commands()["account list"]) is None
    assert let_in(all_commands()["orders"]) == _refusal(Permission.READ_ORDERS) + "\n"
    assert let_in(all_commands()["orders"], "HMS-K") is None


def test_a_name_that_was_left_empty_is_not_the_operators(accounts: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    orders = all_commands()["orders"]
    assert "Kontot finns inte" in (let_in(orders, "") or "")
    for variable in ("ORDERFLODE_AS", "ORDERFLODE_TOKEN"):
        with monkeypatch.context() as here:
            here.setenv(variable, "")
            settings.cache_clear()
            assert let_in(orders) is not None, variable


def test_one_is_not_a_login_and_a_token(accounts: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with as_token(accounts, monkeypatch, "both", frozenset({Permission.READ_ORDERS})):
        assert call("orders", "hms-k").status == 2


def test_who_is_kept_from_a_patient_is_known_to_the_reviewer(accounts: Database) -> None:
    for login in ("tekniker-k", "hms-k"):
        assert let_in(all_commands()["patient show"], login)
    assert let_in(all_commands()["orders"], "admin-k")
    with accounts.session() as owner:
        rows = owner.execute("SELECT actor, role, kommun, action, why FROM access_log ORDER BY id").fetchall()
    assert rows == [(f"{role}-k", role, KARLSTAD, "denied", "orderflode patient show") for role in ("tekniker", "hms")]


@contextmanager
def as_token(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str, scopes: frozenset[Permission]
) -> Iterator[None]:
    """Within, the environment names a token of these scopes for the whole region."""
    with database.transaction() as tx:
        secret = issue_token(
            tx,
            name,
            source="x",
            scopes=scopes,
            kommun=None,
            expires_at=datetime.now(UTC) + timedelta(days=1),
            by="test",
        )
    with monkeypatch.context() as here:
        here.setenv("ORDERFLODE_TOKEN", secret)
        settings.cache_clear()
        yield
    settings.cache_clear()


def _refusal(permission: Permission) -> str:
    return f"Behörigheten {permission} saknas (the permission {permission} is missing)"
