"""Who gets which device at the pick? What a person names, else the oldest; who lacks one waits for a person.

Next: test_devices_at_once.py (two at the same moment), workflows/device_choice.py.
"""

import pytest
from builders import a_lagerflytt, an_order, everything, order_row, receive, rests_of, run_all, run_step, states, store
from devices_world import a_confirming_world, a_marked_world, arrive, life, naming, numbers_of, where

from config.database import Database
from workflows.cohort import run_named
from workflows.device_choice import SerialNumberRefused, SerialNumbersMissing
from workflows.intake import NewOrder
from workflows.picking import orders_to_pick
from workflows.steps import pick
from workflows.steps.cancel import CANCEL
from workflows.steps.reduce import reduce_by

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def waiting(database: Database, *orders: NewOrder) -> list[int]:
    """The orders, worked as far as they go by themselves."""
    ids = store(database, *orders)
    run_all(database)
    return ids


def goods_without_devices(database: Database, units: int, store_code: str = "10") -> None:
    """Units that the balance knows and the register does not, as before the register was kept."""
    receive(database, {(store_code, "A9"): units})


def test_what_nobody_names_is_allotted_the_oldest_first(database: Database) -> None:
    a_marked_world(database, {"10": "S9"})
    arrive(database, "10", "S1 S2")
    first, second = waiting(database, an_order(("A9", 1)), an_order(("A9", 2), ("A1", 1)))
    assert states(database, [first, second]) == ["delivered", "delivered"]
    assert numbers_of(database, first) == [["S9"]]
    assert numbers_of(database, second) == [["S1", "S2"], None]


def test_named_devices_go_to_who_named_them_and_the_rest_is_allotted(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2 S3"})
    first, second = waiting(database, an_order(("A9", 1)), naming("S1", 2))
    assert numbers_of(database, first) == [["S2"]]
    assert numbers_of(database, second) == [["S1", "S3"]]


def test_a_person_names_what_they_took_and_what_was_named_before_is_free_again(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2"})
    (order_id,) = waiting(database, naming("S1"))
    run_named(database, pick.STEP, order_id, actor="anna", serials={"A9": ["S2"]})
    assert (where(database, "S1"), where(database, "S2")) == (("store", "10", None), ("outbound", "10", order_id))
    assert numbers_of(database, order_id) == [["S2"]]
    assert life(database, "S1") == ["receive", "reserve", "release"]


def test_a_person_may_hold_a_device_that_the_register_does_not_know(database: Database) -> None:
    a_confirming_world(database)
    goods_without_devices(database, 1)
    (order_id,) = waiting(database, an_order(("A9", 1)))
    run_named(database, pick.STEP, order_id, actor="anna", serials={"A9": ["HELD"]})
    assert life(database, "HELD") == ["register", "pick"]


@pytest.mark.parametrize(
    ("serials", "refusal", "words"),
    [
        ({}, SerialNumbersMissing, "2 individnummer saknas för artikel A9"),
        ({"A9": ["X1"]}, SerialNumbersMissing, "1 individnummer saknas för artikel A9"),
        ({"A9": ["X1", "X2", "X3"]}, SerialNumberRefused, "fler"),
        ({"A9": ["X1", "X1"]}, SerialNumberRefused, "två gånger"),
        ({"A1": ["X1"]}, SerialNumberRefused, "ingen sådan"),
        ({"A9": ["ELSEWHERE", "X1"]}, SerialNumberRefused, "lager 50301"),
        ({"A9": ["RESERVED", "X1"]}, SerialNumberRefused, "reserverad för en annan order"),
    ],
)
def test_a_pick_without_enough_or_right_numbers_leaves_the_order_untouched(
    database: Database, serials: dict[str, list[str]], refusal: type[Exception], words: str
) -> None:
    a_confirming_world(database, {"50301": "ELSEWHERE", "10": "RESERVED"})
    goods_without_devices(database, 2)
    _, order_id = waiting(database, naming("RESERVED"), an_order(("A9", 2)))
    before = everything(database)
    with pytest.raises(refusal, match=words):
        run_named(database, pick.STEP, order_id, actor="anna", serials=serials)
    assert everything(database) == before


def test_a_short_pick_takes_the_named_and_books_the_missed_device_as_a_difference(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2 S3"})
    (order_id,) = waiting(database, naming("S1 S2 S3", 3))
    run_named(database, pick.STEP, order_id, actor="anna", short={"A9": 1}, serials={"A9": ["S1", "S3"]})
    (rest,) = rests_of(database, order_id)
    assert (numbers_of(database, order_id), numbers_of(database, rest)) == ([["S1", "S3"]], [["S2"]])
    assert where(database, "S2") == ("difference", "10", None)
    assert life(database, "S2")[-1] == "short_pick"
    # What is lost binds nobody: another is sent in its place.
    arrive(database, "10", "S4")
    run_all(database)
    run_named(database, pick.STEP, rest, actor="anna")
    assert numbers_of(database, rest) == [["S4"]]


def test_an_automatic_store_without_devices_parks_the_order_and_never_poisons_it(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    goods_without_devices(database, 3)
    ids = waiting(database, an_order(("A9", 2)), an_order(("A9", 1)), an_order(("A9", 1)))
    assert states(database, ids) == ["validated", "delivered", "validated"]
    row = order_row(database, ids[0])
    assert (row["due_at"], row["attempts"], row["held_since"]) == (None, 0, None)
    assert run_step(database, "pick").claimed == 0


def test_a_parked_order_goes_on_by_itself_when_devices_arrive(database: Database) -> None:
    a_marked_world(database)
    goods_without_devices(database, 3)
    ids = waiting(database, an_order(("A9", 2)), an_order(("A9", 1)))
    arrive(database, "10", "S1")
    run_all(database)
    assert states(database, ids) == ["validated", "delivered"]
    arrive(database, "10", "S2 S3")
    run_all(database)
    assert states(database, ids) == ["delivered", "delivered"]


def test_a_parked_order_goes_on_when_a_lagerflytt_or_a_cancelled_order_frees_devices(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    goods_without_devices(database, 1, "50401")
    with database.transaction() as tx:
        # An own-store order of before the article was marked: nobody was asked for the number.
        tx.execute("UPDATE article SET individual = false WHERE number = 'A9'")
    (parked,) = store(database, an_order(("A9", 1), sender="50401", orderer_unit="04-01", receiver_code="04-01"))
    run_step(database, "validate")
    with database.transaction() as tx:
        tx.execute("UPDATE article SET individual = true WHERE number = 'A9'")
    run_all(database)
    assert states(database, [parked]) == ["validated"]
    store(database, a_lagerflytt(("A9", 1), receiver_code="50401"))
    run_all(database)
    assert states(database, [parked]) == ["delivered"]


def test_a_cancelled_orders_device_goes_to_who_was_parked_for_it(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    (keeper,) = store(database, naming("S1"))
    run_step(database, "validate")
    goods_without_devices(database, 1)
    (parked,) = store(database, an_order(("A9", 1)))
    run_step(database, "validate")
    with database.transaction() as tx:
        tx.execute("UPDATE orders SET due_at = NULL WHERE id = %s", (keeper,))
    run_all(database)
    assert states(database, [keeper, parked]) == ["validated", "validated"]
    run_named(database, CANCEL, keeper, actor="anna", reason="ångrat")
    run_all(database)
    assert states(database, [parked]) == ["delivered"]


def test_a_parked_order_goes_on_by_itself_when_it_wants_no_more_than_there_are(database: Database) -> None:
    a_marked_world(database, {"10": "S1"})
    goods_without_devices(database, 1)
    ids = waiting(database, an_order(("A9", 2)))
    run_named(database, reduce_by({"A9": 1}), ids[0], actor="anna", reason="färre")
    run_all(database)
    assert states(database, ids) == ["delivered"]


def test_a_device_that_is_cancelled_out_of_an_order_goes_to_who_was_parked_for_it(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2"})
    (keeper,) = store(database, naming("S1 S2", 2))
    run_step(database, "validate")
    goods_without_devices(database, 1)
    (parked,) = store(database, an_order(("A9", 1)))
    with database.transaction() as tx:
        tx.execute("UPDATE store SET picking = 'automatic', delivery = 'automatic' WHERE code = '10'")
        tx.execute("UPDATE orders SET due_at = NULL WHERE id = %s", (keeper,))
    run_all(database)
    assert states(database, [keeper, parked]) == ["validated", "validated"]
    run_named(database, reduce_by({"A9": 1}, ["S2"]), keeper, actor="anna", reason="färre")
    run_all(database)
    assert states(database, [keeper, parked]) == ["delivered", "delivered"]


def test_a_device_that_another_took_while_the_order_waited_leaves_the_choice_to_a_person(database: Database) -> None:
    a_marked_world(database, {"10": "S1 S2"})
    ids = store(database, naming("S1", order=an_order(("A9", 1), ("A2", 1))), naming("S1"))
    run_all(database)
    assert states(database, ids) == ["backordered", "delivered"]
    receive(database, {("10", "A2"): 1})
    run_all(database)
    assert states(database, ids[:1]) == ["validated"]
    with pytest.raises(SerialNumbersMissing):
        run_named(database, pick.STEP, ids[0], actor="anna")
    run_named(database, pick.STEP, ids[0], actor="anna", serials={"A9": ["S2"]})
    assert numbers_of(database, ids[0])[0] == ["S2"]


def test_of_orders_that_waited_the_first_gets_the_device_it_names_whatever_their_types(database: Database) -> None:
    a_marked_world(database)
    later, first = store(database, naming("S1"), naming("S1", order=a_lagerflytt(("A9", 1), priority=0)))
    run_all(database)
    assert states(database, [later, first]) == ["backordered", "backordered"]
    goods_without_devices(database, 2)
    run_all(database)
    assert states(database, [later, first]) == ["validated", "delivered"]
    assert where(database, "S1") == ("store", "50301", None)


def test_the_pick_list_shows_what_a_confirmation_takes(database: Database) -> None:
    a_confirming_world(database, {"10": "S1 S2 S3"})
    ids = waiting(database, an_order(("A9", 1)), naming("S1", 2), an_order(("A1", 1)))
    with database.transaction() as tx:
        shown = {each.order_id: [line[3] for line in each.lines] for each in orders_to_pick(tx, "10", 10)}
    assert shown == {ids[0]: [("S2",)], ids[1]: [("S1", "S3")], ids[2]: [()]}
    for order_id in ids[:2]:
        run_named(database, pick.STEP, order_id, actor="anna")
        assert [tuple(serials or ()) for serials in numbers_of(database, order_id)] == shown[order_id]
