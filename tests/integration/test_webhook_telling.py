"""Does every receiver hear what it is to be told, signed, whatever becomes of it and of us meanwhile?"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from builders import a_world, an_order, run_all, store
from command_line import free_port, plain_environment
from receivers import Posted, a_link
from waiting import wait_for
from webhooks_world import a_webhook, heard, is_ours, let_pauses_pass, look_for_all, rows

from config.database import Database
from config.settings import Settings
from exchange.outgoing import webhook_post
from tasks.webhooks import Teller
from workflows import resealing, rotating
from workflows.keyring import keys_of
from workflows.overview import status
from workflows.patients import Keys
from workflows.webhooks.deliveries import claim, forget_heard, list_deliveries, mark_failed, mark_heard, try_again
from workflows.webhooks.subscribers import Event, pause_webhook, remove_webhook, resume_webhook, secret_of

LOOPBACK = '["127.0.0.0/8"]'


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 50})
    return database


@pytest.fixture
def receiver() -> Iterator[Posted]:
    with a_link() as posted:
        yield posted


@contextmanager
def telling(database: Database, tmp_path: Path) -> Iterator[None]:
    """A process's loop that tells, on a thread of its own."""
    given = Settings(ORDERFLODE_WEBHOOK_NETWORKS=json.loads(LOOPBACK), ORDERFLODE_KEYS=str(tmp_path / "keys.json"))
    tellers: list[tuple[Teller, asyncio.AbstractEventLoop]] = []

    async def tell() -> None:
        tellers.append((Teller(database, given), asyncio.get_running_loop()))
        await tellers[0][0].run()

    thread = threading.Thread(target=lambda: asyncio.run(tell()))
    thread.start()
    try:
        yield
    finally:
        wait_for(lambda: tellers)
        tellers[0][1].call_soon_threadsafe(tellers[0][0].stop)
        thread.join(30)
        assert not thread.is_alive()


def all_heard(database: Database, name: str = "w") -> bool:
    found = rows(database, name)
    return bool(found) and all(each["delivered_at"] for each in found)


def test_a_receiver_hears_what_happened_and_knows_that_it_is_ours(
    world: Database, keys: Keys, receiver: Posted, tmp_path: Path
) -> None:
    secret = a_webhook(world, keys, Event.ACCEPTED, url=receiver.url)
    with telling(world, tmp_path):
        (order_id,) = store(world, an_order(("A1", 1), external_id="E-1"))
        wait_for(lambda: all_heard(world))
    ((path, headers, body),) = receiver.requests
    assert path == "/notice?who=lager"
    assert is_ours(secret, headers, body)
    assert not is_ours(secret, headers, body + b" ")
    (said,) = heard(receiver)
    assert (said["type"], said["data"]["order"]["id"]) == ("order.accepted", order_id)
    assert rows(world)[0]["answer"] == "HTTP 204"


def test_a_message_that_was_not_taken_is_sent_again_with_the_same_number(
    world: Database, keys: Keys, receiver: Posted, tmp_path: Path
) -> None:
    secret = a_webhook(world, keys, Event.ACCEPTED, url=receiver.url)
    receiver.status = 500
    store(world, an_order(("A1", 1)))
    with telling(world, tmp_path):
        wait_for(lambda: rows(world) and rows(world)[0]["answer"] == "HTTP 500")
        receiver.status = 204
        wait_for(lambda: all_heard(world))
    assert len({headers["webhook-id"] for _, headers, _ in receiver.requests}) == 1
    assert len({body for _, _, body in receiver.requests}) == 1
    assert len(receiver.requests) >= 2
    assert all(is_ours(secret, headers, body) for _, headers, body in receiver.requests)


def test_a_receiver_that_is_not_there_is_told_when_it_is(world: Database, keys: Keys, tmp_path: Path) -> None:
    a_webhook(world, keys, Event.ACCEPTED, url=f"http://127.0.0.1:{free_port()}/")
    store(world, an_order(("A1", 1)))
    with telling(world, tmp_path):
        wait_for(lambda: rows(world) and rows(world)[0]["answer"] == "ConnectError")
        with a_link() as receiver:
            with world.session() as owner:
                owner.execute("UPDATE webhook SET url = %s", (receiver.url,))
            wait_for(lambda: all_heard(world))
            assert len(receiver.requests) == 1


def test_a_redirect_is_not_followed(world: Database, keys: Keys, receiver: Posted, tmp_path: Path) -> None:
    receiver.status, receiver.headers = 302, {"Location": "/elsewhere"}
    a_webhook(world, keys, Event.ACCEPTED, url=receiver.url)
    store(world, an_order(("A1", 1)))
    with telling(world, tmp_path):
        wait_for(lambda: rows(world) and rows(world)[0]["answer"] == "HTTP 302")
    assert {path for path, _, _ in receiver.requests} == {"/notice?who=lager"}


def test_slow_receivers_do_not_delay_others_and_are_given_up_on_in_time(
    world: Database, keys: Keys, receiver: Posted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_post, "LONGEST", 3.0)
    released = threading.Event()
    with a_link() as slow:
        slow.before = lambda: released.wait(20)
        a_webhook(world, keys, Event.ACCEPTED, url=slow.url, name="slow")
        a_webhook(world, keys, Event.ACCEPTED, url=receiver.url)
        store(world, *(an_order(("A1", 1)) for _ in range(10)))
        with telling(world, tmp_path):
            wait_for(lambda: all_heard(world))
            assert not any(each["answer"] for each in rows(world, "slow"))
            wait_for(lambda: any(each["answer"] == "TimeoutError" for each in rows(world, "slow")))
            released.set()
        # Four under way at once, whatever waits.
        assert len(receiver.requests) == 10


def test_who_is_killed_between_sending_and_noting_it_is_sent_again_with_the_same_number(
    world: Database, keys: Keys, receiver: Posted, database_url: str, tmp_path: Path
) -> None:
    a_webhook(world, keys, Event.ACCEPTED, url=receiver.url)
    store(world, an_order(("A1", 1)))
    environment = plain_environment(
        DATABASE_URL=database_url, ORDERFLODE_KEYS=str(tmp_path / "keys.json"), ORDERFLODE_WEBHOOK_NETWORKS=LOOPBACK
    )
    teller = subprocess.Popen([sys.executable, "-m", "tasks.webhooks"], env=environment)
    receiver.before = lambda: os.kill(teller.pid, signal.SIGKILL)
    try:
        assert teller.wait(60) == -signal.SIGKILL
    finally:
        teller.kill()
    (killed,) = rows(world)
    assert (killed["delivered_at"], killed["attempts"]) == (None, 1)
    receiver.before = bool
    let_pauses_pass(world)  # the claim, which outlives whoever made it
    with telling(world, tmp_path):
        wait_for(lambda: all_heard(world))
    first, second = receiver.requests
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[2] == second[2]


def test_a_claim_outlives_whoever_made_it_and_is_nobody_elses_meanwhile(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED)
    store(world, an_order(("A1", 1)))
    look_for_all(world)
    (claimed,) = claim(world, 10, 4, {})
    assert claim(world, 10, 4, {}) == []
    let_pauses_pass(world)
    (again,) = claim(world, 10, 4, {})
    assert (again.message, again.attempt) == (claimed.message, 2)
    # Who was slow and failed says nothing of the second try.
    mark_failed(world, claimed, "too late")
    assert rows(world)[0]["answer"] is None
    mark_heard(world, claimed, "HTTP 200")
    assert claim(world, 10, 4, {}) == []


def test_of_one_order_the_second_message_waits_for_the_first(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED, Event.DELIVERED)
    one, other = store(world, an_order(("A1", 1)), an_order(("A1", 1)))
    run_all(world)
    look_for_all(world)
    first = claim(world, 10, 4, {})
    assert [each.payload["type"] for each in first] == ["order.accepted"] * 2
    mark_failed(world, first[0], "HTTP 500")
    mark_heard(world, first[1], "HTTP 200")
    (next_one,) = claim(world, 10, 4, {})
    assert next_one.payload["data"]["order"]["id"] == first[1].payload["data"]["order"]["id"]
    assert next_one.payload["type"] == "order.delivered"
    assert {one, other} == {each.payload["data"]["order"]["id"] for each in first}


def test_a_receiver_has_so_many_places_and_no_more(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED, name="one")
    a_webhook(world, keys, Event.ACCEPTED, name="two")
    store(world, *(an_order(("A1", 1)) for _ in range(6)))
    look_for_all(world)
    claimed = claim(world, 64, 4, {})
    assert sorted(each.name for each in claimed) == ["one"] * 4 + ["two"] * 4
    number_one = next(each.webhook for each in claimed if each.name == "one")
    more = claim(world, 64, 4, {number_one: 4})
    assert [each.name for each in more] == ["two"] * 2


def test_the_pauses_grow_to_an_hour_and_after_three_days_it_is_failed_and_seen(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED)
    store(world, an_order(("A1", 1)))
    look_for_all(world)
    pauses = []
    for _ in range(14):
        let_pauses_pass(world)
        (claimed,) = claim(world, 1, 4, {})
        mark_failed(world, claimed, "HTTP 503")
        with world.transaction() as tx:
            row = tx.execute(
                "SELECT round(extract(epoch FROM next_try_at - clock_timestamp())) FROM webhook_delivery"
            ).fetchone()
        assert row is not None
        pauses.append(int(row[0]))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]
    with world.transaction() as tx:
        tx.execute("UPDATE webhook_delivery SET first_tried_at = now() - interval '3 days', next_try_at = now()")
    (claimed,) = claim(world, 1, 4, {})
    mark_failed(world, claimed, "HTTP 503")
    assert rows(world)[0]["failed_at"] is not None
    with world.transaction() as tx:
        assert status(tx)["webhooks"] == {"waiting": 0, "failed": 1}
        (failed,) = list_deliveries(tx, "w", "failed")
        assert (failed["state"], failed["answer"]) == ("failed", "HTTP 503")
        assert try_again(tx, "w", failed["message"]) == 1
    (claimed,) = claim(world, 1, 4, {})
    assert claimed.attempt == 1


def test_a_paused_receiver_is_told_of_all_that_happened_when_it_is_resumed(
    world: Database, keys: Keys, receiver: Posted, tmp_path: Path
) -> None:
    a_webhook(world, keys, Event.ACCEPTED, url=receiver.url)
    a_webhook(world, keys, Event.ACCEPTED, url=receiver.url + "2", name="other")
    with world.transaction() as tx:
        assert pause_webhook(tx, "w")
    ids = store(world, *(an_order(("A1", 1)) for _ in range(3)))
    with telling(world, tmp_path):
        wait_for(lambda: all_heard(world, "other"))
        assert {path for path, _, _ in receiver.requests} == {"/notice?who=lager2"}
        with world.transaction() as tx:
            assert resume_webhook(tx, "w")
        wait_for(lambda: all_heard(world))
    told = [each["data"]["order"]["id"] for each in heard(receiver)]
    assert sorted(told) == sorted(ids * 2)


def test_who_is_removed_is_told_nothing_and_what_was_heard_long_ago_is_forgotten(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED)
    store(world, *(an_order(("A1", 1)) for _ in range(2)))
    look_for_all(world)
    (claimed,) = claim(world, 1, 4, {})
    mark_heard(world, claimed, "HTTP 200")
    forget_heard(world)
    assert len(rows(world)) == 2
    with world.transaction() as tx:
        tx.execute(
            "UPDATE webhook_delivery SET delivered_at = now() - interval '31 days' WHERE delivered_at IS NOT NULL"
        )
    forget_heard(world)
    assert len(rows(world)) == 1
    with world.transaction() as tx:
        assert remove_webhook(tx, "w")
        assert not remove_webhook(tx, "w")
    assert claim(world, 10, 4, {}) == []


def test_a_secret_is_the_same_when_the_keys_have_been_changed(world: Database, keys: Keys, tmp_path: Path) -> None:
    secret = a_webhook(world, keys, Event.ACCEPTED)
    keys_of(world, tmp_path / "keys.json")
    new = rotating.begin(world, tmp_path / "keys.json")
    assert resealing.left(world, new) == {"webhook.secret_sealed": 1}
    resealing.reseal(world, new)
    assert resealing.left(world, new) == {}
    rotating.finish(world, tmp_path / "keys.json")
    store(world, an_order(("A1", 1)))
    look_for_all(world)
    (claimed,) = claim(world, 1, 4, {})
    sealed, bound = bytes(claimed.secret_sealed), secret_of(claimed.name)
    assert keys_of(world, tmp_path / "keys.json").unseal(sealed, bound).decode() == secret
