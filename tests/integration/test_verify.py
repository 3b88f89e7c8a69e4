"""Does verify see each thing that may not be? A healthy database is broken in one way at a time, by its owner.

The owner switches off what the database would refuse. Next: broken_invariants.py, workflows/verify/invariants.py.
"""

from collections.abc import Sequence

from broken_invariants import BREAKS, a_busy_world
from builders import a_world, an_order, receive, run_all, store

from config.database import Connection, Database
from workflows.verify.checking import SHOWN, verify
from workflows.verify.invariants import INVARIANTS
from workflows.verify.returns_invariants import RETURNS


def seen_when(owner: Connection, statements: Sequence[str], ids: dict[str, int]) -> set[str]:
    """The names of the invariants that are broken after `statements`, which are then taken back."""
    owner.execute("BEGIN")
    owner.execute("SET LOCAL session_replication_role = replica")
    for statement in statements:
        assert owner.execute(statement.format(**ids).encode()).rowcount != 0, statement
    found = {each.name for each in INVARIANTS if owner.execute(each.broken.encode()).fetchone()}
    owner.execute("ROLLBACK")
    return found


def test_verify_sees_what_is_broken_and_nothing_else(database: Database) -> None:
    ids = a_busy_world(database)

    with database.session() as owner:
        found = {name: seen_when(owner, statements, ids) for name, (statements, _) in BREAKS.items()}

    assert found == {name: {name, *also} for name, (_, also) in BREAKS.items()}


def test_every_invariant_has_been_seen_broken() -> None:
    # Those of returns are seen broken beside what they guard (test_returns.py).
    assert sorted(BREAKS) == sorted(invariant.name for invariant in INVARIANTS if invariant not in RETURNS)


def test_a_healthy_database_breaks_none(database: Database) -> None:
    a_busy_world(database)

    for _ in range(2):
        verification = verify(database)
        assert (verification.checked, verification.broken) == (len(INVARIANTS), ())
        run_all(database)
        receive(database, {("10", "A2"): 5, ("10", "A3"): 5})


def test_an_empty_database_breaks_none(database: Database) -> None:
    assert verify(database).broken == ()


OTHER_WAYS = [
    ("UPDATE orders SET state = 'delivered', ended_at = now() WHERE id = {utleverans}", "state-is-last-of-history"),
    ("DELETE FROM history WHERE order_id = {delivered} AND version = 3", "no-step-skipped"),
    ("DELETE FROM history WHERE order_id = {rejected}", "state-is-last-of-history"),
    ("DELETE FROM movement WHERE order_id = {delivered} AND kind = 'deliver'", "delivered-units-were-moved"),
    ("DELETE FROM movement WHERE kind = 'receive'", "balance-is-sum-of-movements"),
    ("DELETE FROM stock_balance", "balance-is-sum-of-movements"),
    ("DELETE FROM number_counter", "numbers-have-no-gaps"),
    ("UPDATE number_counter SET last = last + 1", "numbers-have-no-gaps"),
    ("DELETE FROM utleverans WHERE order_id = {delivered}", "no-delivery-without-utleverans"),
    ("DELETE FROM utleverans WHERE order_id = {failed}", "numbers-have-no-gaps"),
    ("UPDATE utleverans_line SET quantity = quantity + 1", "utleverans-lines-were-picked"),
    ("UPDATE order_line SET on_rest = 0 WHERE order_id = {in parts}", "rest-adds-up"),
    ("DELETE FROM orders WHERE id = {rest}", "rest-adds-up"),
    ("UPDATE waiting_line SET order_id = {draft} WHERE order_id = {backordered}", "queue-is-of-waiting-orders"),
    ("DELETE FROM orders WHERE id = {draft}", "state-is-last-of-history"),
    ("INSERT INTO utleverans_line VALUES (4711, 1, 'A1', 1)", "utleverans-lines-were-picked"),
    ("UPDATE history SET event = 'resume' WHERE order_id = {rest} AND version = 2", "no-step-skipped"),
    ("UPDATE history SET event = 'pick' WHERE order_id = {amended} AND version = 3", "no-step-skipped"),
    ("DELETE FROM movement WHERE kind = 'count'", "counts-booked-what-they-say"),
    ("DELETE FROM stock_count_line WHERE count_id = {count} AND article = 'A1'", "counts-booked-what-they-say"),
    ("UPDATE stock_count_line SET state = 'open' WHERE count_id = {count}", "counts-booked-what-they-say"),
]
"""More ways to break an invariant, by its name."""


def test_verify_sees_every_way_in_which_it_may_be_broken(database: Database) -> None:
    ids = a_busy_world(database)

    with database.session() as owner:
        unseen = [way for way, name in OTHER_WAYS if name not in seen_when(owner, [way], ids)]

    assert unseen == []


def test_all_breaks_are_counted_and_the_first_are_shown(database: Database) -> None:
    a_world(database)
    ids = store(database, *[an_order() for _ in range(SHOWN + 5)])
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE orders SET version = 2")

    (found,) = verify(database).broken

    assert (found.invariant.name, found.count, len(found.where)) == ("state-is-last-of-history", len(ids), SHOWN)
    assert found.as_json()["count"] == len(ids)
    assert found.invariant.sv and found.invariant.en
