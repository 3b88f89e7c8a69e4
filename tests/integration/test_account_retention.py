"""How long is it kept who came and went? Five years at least; what made an account what it is, as long as the account.

Next: workflows/log_retention.py; test_patient_erasure.py, how long looks are kept.
"""

import psycopg
import pytest
from builders import a_world
from web_world import an_account

from config.database import Database
from workflows.log_retention import COMING_AND_GOING, outlived, remove_account_events
from workflows.master_data import Role

AGES = {"old": 6, "young": 4}


@pytest.fixture
def asa(database: Database) -> int:
    """An account, every kind of whose events happened six years ago and four."""
    a_world(database)
    account = an_account(database, "asa", Role.HMS)
    with database.session() as owner:
        for detail, years in AGES.items():
            for event in (*COMING_AND_GOING, "created", "roles", "disabled", "enabled", "password", "invited"):
                owner.execute(
                    "INSERT INTO account_event (at, account, event, by_whom, detail) "
                    "VALUES (now() - make_interval(years => %s), %s, %s, 'test', %s)",
                    (years, account, event, detail),
                )
    return account


def kept(database: Database, age: str) -> set[str]:
    with database.transaction() as tx:
        return {event for (event,) in tx.execute("SELECT event FROM account_event WHERE detail = %s", (age,))}


def found(database: Database, years: int) -> int:
    with database.transaction() as tx:
        return outlived(tx, years_of_looks=years, years_of_records=10).account_events


def removed(database: Database, years: int) -> int:
    with database.transaction() as tx:
        return remove_account_events(tx, years=years, by="drift")


@pytest.mark.usefixtures("asa")
def test_logins_and_logouts_go_when_their_time_has_passed_and_what_changed_the_account_stays(
    database: Database,
) -> None:
    young = kept(database, "young")

    assert found(database, 5) == removed(database, 5) == len(COMING_AND_GOING)

    assert kept(database, "old") == {"created", "roles", "disabled", "enabled", "password", "invited"}
    assert kept(database, "young") == young
    assert found(database, 5) == removed(database, 5) == 0
    with database.transaction() as tx:
        told = tx.execute("SELECT by_whom, detail FROM account_event WHERE event = 'events_removed'").fetchall()
    assert [(by, detail.split()[0]) for by, detail in told] == [("drift", str(len(COMING_AND_GOING)))]


@pytest.mark.usefixtures("asa")
def test_they_are_kept_longer_where_it_is_said_and_never_shorter_than_five_years(database: Database) -> None:
    assert (found(database, 7), removed(database, 7)) == (0, 0)
    assert (found(database, 0), removed(database, 0)) == (len(COMING_AND_GOING), len(COMING_AND_GOING))
    assert set(COMING_AND_GOING) <= kept(database, "young")


@pytest.mark.usefixtures("asa")
def test_nobody_who_asks_over_http_lets_them_go(database: Database) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction(kommun="*") as tx:
        remove_account_events(tx, years=5, by="web")
    assert set(COMING_AND_GOING) <= kept(database, "old")
