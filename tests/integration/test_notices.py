"""Does each store get one notice a day, and what if its receiver is slow, wrong or gone?

By a real HTTP server (receivers.py). Next: test_notices_by_mail.py.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import psycopg
import pytest
from at_once import at_once
from builders import in_state
from command_line import free_port
from notices_world import a_standing_world, given, let_the_pause_pass, rows, tell
from receivers import Posted, a_link

from config.database import Database
from config.settings import STANDING_HOURS
from exchange.outgoing import notice as outgoing
from exchange.outgoing.notice import Sent, send_notices
from workflows.notices import MOST_TRIES, claim_notice, compose_notices, failed_notices, unsent_notices
from workflows.overview import status


@pytest.fixture
def link() -> Iterator[Posted]:
    with a_link() as posted:
        yield posted


@pytest.fixture
def world(database: Database) -> Database:
    return a_standing_world(database)


def test_a_store_gets_one_post_with_all_that_stands(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    assert send_notices(world, given()) == Sent(1, 1, 0)
    ((path, headers, body),) = link.requests
    assert path == "/notice?who=lager"
    assert headers["Content-Type"] == "application/json"
    told = json.loads(body)
    assert (told["store"], told["count"]) == ("10", 2)
    ((kind,),) = (told["kinds"],)
    assert (kind["kind"], kind["count"]) == ("validated", 2)
    assert [each["external_id"] for each in kind["orders"]] == ["L-1", "L-2"]
    assert datetime.fromisoformat(kind["oldest"]) < datetime.now(UTC) - timedelta(days=2)
    assert rows(world) == [("10", 1, True, link.url, None, False)]


def test_nothing_of_a_patient_is_told(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    send_notices(world, given())
    ((_, _, body),) = link.requests
    told = json.loads(body)
    assert set(told) == {"store", "day", "count", "kinds"}
    assert {key for kind in told["kinds"] for each in kind["orders"] for key in each} == {"id", "source", "external_id"}


def test_a_store_is_told_once_a_day_however_often_it_runs(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    assert send_notices(world, given()) == Sent(1, 1, 0)
    assert send_notices(world, given()) == Sent(0, 0, 0)
    assert len(link.requests) == 1
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert compose_notices(world, STANDING_HOURS, tomorrow) == 1


def test_two_that_send_at_the_same_moment_send_each_notice_once(
    world: Database, database_url: str, link: Posted
) -> None:
    tell(world, lager_10=link.url, lager_50301=link.url)
    sent = at_once(database_url, *[lambda database: send_notices(database, given())] * 4)
    assert sum(each.sent for each in sent if isinstance(each, Sent)) == 2
    assert sorted(json.loads(body)["store"] for _, _, body in link.requests) == ["10", "50301"]


def test_the_database_refuses_a_second_notice_of_a_day(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    send_notices(world, given())
    with pytest.raises(psycopg.errors.UniqueViolation), world.transaction() as tx:
        tx.execute("INSERT INTO notice (store, day, content) SELECT store, day, content FROM notice")


def test_no_transaction_is_open_while_a_notice_is_sent(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    seen: list[int] = []

    def look() -> None:
        with world.session() as session:
            row = session.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND state LIKE 'idle in transaction%'"
            ).fetchone()
        seen.append(row[0] if row else -1)

    link.before = look
    send_notices(world, given())
    assert seen == [0]


def test_a_store_with_nothing_standing_or_no_address_is_left_in_peace(world: Database, link: Posted) -> None:
    tell(world, lager_50401=link.url)
    assert send_notices(world, given()) == Sent(0, 0, 0)
    assert link.requests == []


def test_a_receiver_that_fails_is_tried_again_with_the_same_key_a_bounded_number_of_times(
    world: Database, link: Posted
) -> None:
    tell(world, lager_10=link.url)
    link.status = 503
    assert send_notices(world, given()) == Sent(1, 0, 1)
    assert send_notices(world, given()) == Sent(0, 0, 0)
    for _ in range(MOST_TRIES + 2):
        let_the_pause_pass(world)
        send_notices(world, given())
    assert len(link.requests) == MOST_TRIES
    assert len({headers["Idempotency-Key"] for _, headers, _ in link.requests}) == 1
    assert rows(world) == [("10", MOST_TRIES, False, None, "HTTP 503", False)]
    with world.transaction() as tx:
        assert status(tx)["notices"] == {"waiting": 0, "given_up": 1}
        (failed,) = failed_notices(tx)
    assert (failed["store"], failed["attempts"], failed["failure"]) == ("10", MOST_TRIES, "HTTP 503")


def test_the_pauses_between_tries_grow(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    link.status = 500
    pauses = []
    for _ in range(MOST_TRIES - 1):
        send_notices(world, given())
        with world.transaction() as tx:
            row = tx.execute("SELECT extract(epoch FROM next_try_at - now())::float8 FROM notice").fetchone()
        assert row is not None
        pauses.append(round(row[0] / 60))
        let_the_pause_pass(world)
    assert pauses == [1, 4, 16, 64]


def test_a_receiver_that_recovers_gets_it_at_the_next_try(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    link.status = 500
    send_notices(world, given())
    link.status = 200
    let_the_pause_pass(world)
    assert send_notices(world, given()) == Sent(0, 1, 0)
    assert rows(world) == [("10", 2, True, link.url, None, False)]


def test_a_crash_between_the_sending_and_the_mark_sends_the_same_key_again(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    compose_notices(world, STANDING_HOURS, datetime.now(UTC))
    claimed = claim_notice(world)
    assert claimed is not None
    outgoing.send(claimed, given())
    # The process ends here. Another finds nothing before the pause has passed, and then the same notice.
    assert claim_notice(world) is None
    let_the_pause_pass(world)
    assert send_notices(world, given()) == Sent(0, 1, 0)
    first, second = link.requests
    assert first[1]["Idempotency-Key"] == second[1]["Idempotency-Key"] == str(claimed.key)
    assert first[2] == second[2]


def test_a_crash_at_the_last_try_is_given_up_and_shown(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    compose_notices(world, STANDING_HOURS, datetime.now(UTC))
    for _ in range(MOST_TRIES):
        assert claim_notice(world) is not None
        let_the_pause_pass(world)
    assert claim_notice(world) is None
    with world.transaction() as tx:
        assert unsent_notices(tx) == {"waiting": 0, "given_up": 1}


def test_a_redirect_is_not_followed(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    link.status, link.headers = 302, {"Location": link.url.replace("/notice", "/elsewhere")}
    assert send_notices(world, given()).failed == 1
    assert [path for path, _, _ in link.requests] == ["/notice?who=lager"]
    assert rows(world)[0][4] == "HTTP 302"


def test_a_receiver_that_never_answers_is_left_after_a_while(
    world: Database, link: Posted, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(world, lager_10=link.url)
    monkeypatch.setattr(outgoing, "TIMEOUT", 0.3)
    over = Event()
    link.before = lambda: over.wait(20)
    try:
        assert send_notices(world, given()).failed == 1
    finally:
        over.set()
    assert rows(world)[0][4] == "TimeoutError"


def test_one_receiver_that_is_gone_does_not_stop_the_others(world: Database, link: Posted) -> None:
    tell(world, lager_10=f"http://127.0.0.1:{free_port()}/", lager_50301=link.url)
    assert send_notices(world, given()) == Sent(2, 1, 1)
    assert [row[4] for row in rows(world)] == ["ConnectionRefusedError", None]


def test_an_address_that_is_mended_counts_at_the_next_try(world: Database, link: Posted) -> None:
    tell(world, lager_10=f"http://127.0.0.1:{free_port()}/")
    send_notices(world, given())
    tell(world, lager_10=link.url)
    let_the_pause_pass(world)
    assert send_notices(world, given()).sent == 1


def test_an_address_that_is_taken_away_is_said(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    compose_notices(world, STANDING_HOURS, datetime.now(UTC))
    tell(world, lager_10=None)
    assert send_notices(world, given()).failed == 1
    assert "the store has no address" in rows(world)[0][4]


def test_what_is_told_of_a_day_stays_as_it_was_composed(world: Database, link: Posted) -> None:
    tell(world, lager_10=link.url)
    compose_notices(world, STANDING_HOURS, datetime.now(UTC))
    in_state(world, "rejected", ("A1", 1))
    with pytest.raises(psycopg.errors.InsufficientPrivilege), world.transaction() as tx:
        tx.execute("UPDATE notice SET content = '{}'")
    send_notices(world, given())
    assert json.loads(link.requests[0][2])["count"] == 2
