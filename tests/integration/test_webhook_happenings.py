"""Is every receiver told once of all that happened, whenever it was committed, and of nothing else?"""

from contextlib import suppress

import pytest
from at_once import at_once, databases, working
from builders import CONFIRMED, a_world, an_order, in_state, run_all, store
from webhooks_world import a_webhook, look_for_all, messages, rows

from config.database import Connection, Database
from workflows.attempts import MOST_ATTEMPTS, count, release
from workflows.cohort import run_named
from workflows.intake import store_orders
from workflows.patients import Keys
from workflows.steps.main_line import STEPS
from workflows.webhooks.happenings import look
from workflows.webhooks.subscribers import Event


@pytest.fixture
def world(database: Database) -> Database:
    a_world(database, stock={("10", "A1"): 50, ("50301", "A1"): 50})
    return database


def test_an_order_is_told_of_from_accepted_to_delivered_in_its_order(world: Database, keys: Keys) -> None:
    a_webhook(world, keys)
    (order_id,) = store(world, an_order(("A1", 1), external_id="E-1"))
    run_all(world)
    look_for_all(world)
    assert messages(world) == [("accepted", order_id), ("utleverans", order_id), ("delivered", order_id)]
    last = rows(world)[-1]["payload"]
    assert last["type"] == "order.delivered"
    assert last["data"]["utleverans"].startswith("10-")
    assert last["data"]["order"]["external_id"] == "E-1"
    assert (last["data"]["from"], last["data"]["to"]) == ("utleverans", "delivered")
    assert last["data"]["order"]["version"] == 5
    assert look_for_all(world) == 0


def test_backordered_rejected_and_held_are_told(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.BACKORDERED, Event.REFUSED, Event.HELD)
    waiting = in_state(world, "backordered", ("A9", 1))
    refused = in_state(world, "rejected")
    (held,) = store(world, an_order(("A1", 1)))
    with world.transaction() as tx:
        for _ in range(MOST_ATTEMPTS):
            count(tx, held, "a fault")
    look_for_all(world)
    assert sorted(messages(world)) == sorted([("backordered", waiting), ("refused", refused), ("held", held)])
    (told,) = (each["payload"] for each in rows(world) if each["event"] == "refused")
    assert told["data"]["violations"] == ["article-unknown"]


def test_a_held_order_is_told_once_each_time_it_is_held(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.HELD)
    (held,) = store(world, an_order(("A1", 1)))
    for times in (1, 2):
        with world.transaction() as tx:
            for _ in range(MOST_ATTEMPTS):
                count(tx, held, "a fault")
        look_for_all(world)
        look_for_all(world)
        assert messages(world) == [("held", held)] * times
        with world.transaction() as tx:
            assert release(tx, held)


def test_a_transaction_that_commits_late_is_told_of_though_younger_ones_were_told_before(
    world: Database, keys: Keys, database_url: str
) -> None:
    a_webhook(world, keys, Event.ACCEPTED)
    with databases(database_url, 1) as (other,), other.transaction() as late:
        # Its number and its moment are the older ones.
        older = _stored_by(late, "late")
        (younger,) = store(world, an_order(("A1", 1)))
        look_for_all(world)
        assert messages(world) == [("accepted", younger)]
        look_for_all(world)
    look_for_all(world)
    assert messages(world) == [("accepted", younger), ("accepted", older)]
    assert older < younger


def _stored_by(tx: Connection, external_id: str) -> int:
    (answer,) = store_orders(tx, [an_order(("A1", 1), external_id=external_id)], actor="test")
    assert answer.order_id is not None
    return answer.order_id


def test_what_was_rolled_back_is_not_told(world: Database, keys: Keys) -> None:
    a_webhook(world, keys)
    with suppress(KeyError), world.transaction() as tx:
        _stored_by(tx, "gone")
        raise KeyError
    assert look_for_all(world) == 0


def test_what_happened_in_a_savepoint_is_told(world: Database, keys: Keys) -> None:
    """Whose own number is a savepoint's, which no snapshot knows."""
    a_webhook(world, keys, Event.ACCEPTED)
    with world.transaction() as tx:
        with tx.transaction():
            order_id = _stored_by(tx, "inside")
        look_for_all(world)
    look_for_all(world)
    assert messages(world) == [("accepted", order_id)]


def test_a_large_window_is_looked_at_in_parts_and_nothing_is_missed(
    world: Database, keys: Keys, database_url: str
) -> None:
    a_webhook(world, keys, Event.ACCEPTED, Event.DELIVERED)
    with databases(database_url, 1) as (other,), other.transaction() as late:
        older = _stored_by(late, "late")
        ids = [order_id for _ in range(7) for order_id in store(world, an_order(("A1", 1)), an_order(("A1", 1)))]
        run_all(world)
        looks = 1
        while look(world, 3).more:
            looks += 1
        assert looks > 3
    while look(world, 3).more:
        pass
    told = messages(world)
    assert sorted(told) == sorted(
        [("accepted", each) for each in [*ids, older]] + [("delivered", each) for each in ids]
    )
    for each in ids:
        assert told.index(("accepted", each)) < told.index(("delivered", each))


def test_orders_move_while_others_look_and_each_thing_is_told_once(
    world: Database, keys: Keys, database_url: str
) -> None:
    a_webhook(world, keys, Event.ACCEPTED, Event.DELIVERED)
    ids = [each for _ in range(20) for each in store(world, an_order(("A1", 1)), an_order(("A1", 1)))]

    def looks(database: Database) -> int:
        return sum(look(database, 5).messages for _ in range(30))

    at_once(database_url, working(3), working(3), looks, looks)
    run_all(world)
    look_for_all(world)
    told = messages(world)
    assert len(told) == len(set(told)) == 2 * len(ids)


def test_who_is_told_of_one_kommun_hears_of_its_orders_alone(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED, name="karlstad", kommun="Karlstad")
    a_webhook(world, keys, Event.ACCEPTED, name="kil", kommun="Kil")
    a_webhook(world, keys, Event.ACCEPTED, name="region")
    of_karlstad, of_kil = store(
        world, an_order(("A1", 1)), an_order(("A1", 1), receiver_code="04-01", orderer_unit="04-01")
    )
    look_for_all(world)
    assert messages(world, "karlstad") == [("accepted", of_karlstad)]
    assert messages(world, "kil") == [("accepted", of_kil)]
    assert sorted(messages(world, "region")) == sorted([("accepted", of_karlstad), ("accepted", of_kil)])


def test_what_happened_before_somebody_listened_is_not_told(world: Database, keys: Keys) -> None:
    store(world, an_order(("A1", 1)))
    a_webhook(world, keys, Event.ACCEPTED)
    assert look_for_all(world) == 0
    a_webhook(world, keys, Event.ACCEPTED, name="later")
    store(world, an_order(("A1", 1)))
    assert look_for_all(world) == 2


def test_after_a_restore_all_that_was_not_looked_at_is_told_and_nothing_twice(world: Database, keys: Keys) -> None:
    a_webhook(world, keys, Event.ACCEPTED)
    store(world, an_order(("A1", 1)))
    look_for_all(world)
    store(world, an_order(("A1", 1)))
    with world.session() as owner:
        # As a restore leaves it: the numbers of transactions are those of another server.
        owner.execute("UPDATE webhook_cursor SET seen = NULL")
        owner.execute("ALTER TABLE history DISABLE TRIGGER USER")
        owner.execute("UPDATE history SET tx = pg_current_xact_id()")
    assert look_for_all(world) == 1
    assert len(messages(world)) == 2


def test_confirmed_deliveries_are_told_when_they_are_confirmed(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 5}, **CONFIRMED)
    a_webhook(database, keys, Event.UTLEVERANS, Event.DELIVERED)
    (order_id,) = store(database, an_order(("A1", 1)))
    run_all(database)
    assert look_for_all(database) == 0
    run_named(database, STEPS["pick"], order_id, actor="lager")
    run_all(database)
    look_for_all(database)
    run_named(database, STEPS["deliver"], order_id, actor="lager")
    look_for_all(database)
    assert messages(database) == [("utleverans", order_id), ("delivered", order_id)]
