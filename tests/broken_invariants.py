"""What does a world look like in which everything has happened, and what breaks each invariant in it?

The statements are the owner's: the database refuses them to the processes. Next: integration/test_verify.py.
"""

from collections.abc import Sequence

from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_world,
    an_order,
    balance,
    in_state,
    own_store_order,
    rests_of,
    store,
)
from devices_world import arrive, mark, naming
from swaps_world import SWAP_BREAKS, a_swap

from config.database import Database
from workflows.cohort import run_named
from workflows.counts.closing import close_count
from workflows.counts.entering import Entry, enter
from workflows.counts.opening import open_count
from workflows.steps.amend import amend_with
from workflows.steps.cancel import CANCEL, FAIL_DELIVERY
from workflows.steps.main_line import STEPS
from workflows.steps.reduce import reduce_by


def a_busy_world(database: Database) -> dict[str, int]:
    """Orders in every state, with differences, restorder and cancellations behind them; their ids by what they are."""
    a_world(database, stock={("10", "A1"): 50, ("10", "A2"): 2, ("10", "A4"): 3}, **CONFIRMED)
    ids = {state: in_state(database, state, ("A1", 2)) for state in ("draft", "validated", "picked", "utleverans")}
    ids["rejected"] = in_state(database, "rejected")
    ids["backordered"] = in_state(database, "backordered", ("A3", 1))
    ids["delivered"] = in_state(database, "delivered", ("A1", 2))
    ids["in parts"] = in_state(database, "delivered", ("A1", 1), ("A2", 4), partial=True)
    (ids["rest"],) = rests_of(database, ids["in parts"])
    ids["short"] = in_state(database, "validated", ("A4", 3))
    run_named(database, STEPS["pick"], ids["short"], actor="anna", short={"A4": 1})
    ids["amended"] = in_state(database, "rejected", external_id="BEST-1")
    run_named(database, amend_with(an_order(external_id="BEST-1")), ids["amended"], actor="anna")
    for name, state, ending in (("cancelled", "picked", CANCEL), ("failed", "utleverans", FAIL_DELIVERY)):
        ids[name] = in_state(database, state, ("A1", 2))
        run_named(database, ending, ids[name], actor="anna", reason="prov")
    ids["smaller"] = in_state(database, "picked", ("A1", 3))
    run_named(database, reduce_by({"A1": 1}), ids["smaller"], actor="anna", reason="prov")
    ids["own"], ids["lagerflytt"] = store(database, own_store_order(("A1", 2)), a_lagerflytt(("A1", 2)))
    ids["count"] = open_count(database, "10", articles=["A1", "A2"], actor="anna")
    enter(database, ids["count"], [Entry("A1", balance(database, "10", "A1")[0] - 1)], actor="anna")
    close_count(database, ids["count"], cause="prov", actor="anna")
    ids |= a_swap(database)
    mark(database, "A9")
    arrive(database, "10", "PICKED RESERVED FREE")
    ids["marked"], ids["reserved"] = store(database, naming("PICKED"), naming("RESERVED"))
    (ids["unnamed"],) = store(database, an_order(("A9", 1)))
    for step, name in (("validate", "marked"), ("validate", "reserved"), ("validate", "unnamed"), ("pick", "marked")):
        run_named(database, STEPS[step], ids[name], actor="anna")
    with database.transaction() as tx:
        tx.execute("INSERT INTO intake_batch (source, content_hash) VALUES ('test', 'x')")
        tx.execute("INSERT INTO intake_verdict VALUES (1, 1, 1, 'accepted', %s, NULL)", (ids["delivered"],))
    return ids


BREAKS: dict[str, tuple[Sequence[str], set[str]]] = {
    "balance-is-sum-of-movements": (
        ["UPDATE stock_balance SET on_hand = on_hand + 1 WHERE (store, article) = ('10', 'A1')"],
        set(),
    ),
    "never-oversold": (
        [
            "ALTER TABLE stock_balance DROP CONSTRAINT stock_balance_check",
            "UPDATE stock_balance SET reserved = on_hand + 1 WHERE (store, article) = ('10', 'A1')",
        ],
        {"reserved-for-validated-orders"},
    ),
    "reserved-for-validated-orders": (
        ["UPDATE stock_balance SET reserved = reserved - 1 WHERE (store, article) = ('10', 'A1')"],
        set(),
    ),
    "outbound-belongs-to-orders": (
        [
            "INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, document, "
            "actor) VALUES ('adjust', 'A1', 1, 'difference', '10', 'outbound', '10', 'forgotten', 'x')",
            "UPDATE stock_balance SET outbound = outbound + 1 WHERE (store, article) = ('10', 'A1')",
        ],
        set(),
    ),
    "delivered-units-were-moved": (
        [
            "UPDATE movement SET quantity = 1 WHERE kind = 'deliver' AND order_id = {delivered}",
            "UPDATE stock_balance SET outbound = outbound + 1 WHERE (store, article) = ('10', 'A1')",
        ],
        {"outbound-belongs-to-orders"},
    ),
    "delivered-to-the-receiver": (
        ["UPDATE movement SET to_store = '04-01' WHERE kind = 'deliver' AND order_id = {delivered}"],
        set(),
    ),
    "cancelled-units-are-back": (
        [
            "DELETE FROM movement WHERE kind = 'cancel' AND order_id = {cancelled}",
            "UPDATE stock_balance SET outbound = outbound + 2, on_hand = on_hand - 2 "
            "WHERE (store, article) = ('10', 'A1')",
        ],
        {"outbound-belongs-to-orders"},
    ),
    "movement-has-its-cause": (
        ["UPDATE movement SET order_version = 99 WHERE kind = 'pick' AND order_id = {delivered}"],
        set(),
    ),
    "state-is-last-of-history": (
        ["UPDATE orders SET version = version + 1 WHERE id = {delivered}"],
        set(),
    ),
    "counts-are-right": (
        ["UPDATE order_count_change SET orders = orders + 1 WHERE state = 'picked' AND orders < 0"],
        set(),
    ),
    "no-step-skipped": (
        ["UPDATE history SET event = 'resume' WHERE event = 'validate' AND order_id = {delivered}"],
        set(),
    ),
    "one-end-at-most": (
        [
            "DROP INDEX history_one_end",
            "UPDATE history SET to_state = 'delivered' WHERE to_state = 'utleverans' AND order_id = {delivered}",
        ],
        {"no-step-skipped"},
    ),
    "no-delivery-without-utleverans": (
        [
            "UPDATE orders SET utleverans = (SELECT utleverans FROM orders WHERE id = {utleverans}) "
            "WHERE id = {delivered}"
        ],
        set(),
    ),
    "utleverans-lines-were-picked": (
        ["DELETE FROM utleverans_line WHERE utleverans = (SELECT utleverans FROM orders WHERE id = {delivered})"],
        set(),
    ),
    "numbers-have-no-gaps": (["UPDATE utleverans SET sequence = 99 WHERE order_id = {delivered}"], set()),
    "rest-adds-up": (["UPDATE order_line SET quantity = quantity + 1 WHERE order_id = {rest}"], set()),
    "failing-orders-are-held": (["UPDATE orders SET attempts = 5 WHERE id = {draft}"], set()),
    "accepted-orders-exist": (["UPDATE intake_verdict SET order_id = 4711"], set()),
    "undone-orders-are-cancelled": (
        ["UPDATE intake_batch SET undone_at = now(), undone_by = 'x', undone_reason = 'x'"],
        set(),
    ),
    "queue-is-of-waiting-orders": (["DELETE FROM waiting_line WHERE order_id = {backordered}"], set()),
    "nobody-waits-beside-free-goods": (
        [
            "INSERT INTO movement (kind, article, quantity, from_place, from_store, to_place, to_store, document, "
            "actor) VALUES ('receive', 'A3', 1, 'supplier', '', 'store', '10', 'unseen', 'x')",
            "UPDATE stock_balance SET on_hand = on_hand + 1 WHERE (store, article) = ('10', 'A3')",
        ],
        set(),
    ),
    "cancelled-units-have-their-reason": (
        ["UPDATE history SET details = '[]' WHERE event = 'reduce' AND order_id = {smaller}"],
        set(),
    ),
    "no-open-order-is-empty": (
        ["DELETE FROM order_line WHERE order_id = {backordered}"],
        {"nobody-waits-beside-free-goods"},
    ),
    "equivalents-are-accepted": (
        ["UPDATE order_line SET ordered_article = 'A9' WHERE order_id = {delivered}"],
        set(),
    ),
    "counts-booked-what-they-say": (
        ["UPDATE stock_count_line SET booked = -2 WHERE count_id = {count} AND article = 'A1'"],
        set(),
    ),
    "device-is-where-its-life-ends": (
        ["UPDATE device SET store = '50401' WHERE serial_number = 'FREE'"],
        set(),
    ),
    "reserved-device-belongs-to-validated-order": (
        ["UPDATE order_line SET serial_numbers = '{{OTHER}}' WHERE order_id = {reserved}"],
        set(),
    ),
    "picked-devices-are-those-of-their-lines": (
        ["UPDATE order_line SET serial_numbers = array_append(serial_numbers, 'MORE') WHERE order_id = {marked}"],
        set(),
    ),
    "device-out-has-its-line": (
        [
            "UPDATE device SET place = 'receiver' WHERE order_id = {marked}",
            "UPDATE device_event SET place = 'receiver' WHERE event = 'pick' AND order_id = {marked}",
        ],
        {"picked-devices-are-those-of-their-lines"},
    ),
    "nobody-waits-beside-free-devices": (
        ["UPDATE store SET picking = 'automatic' WHERE code = '10'"],
        set(),
    ),
    "one-current-number": (
        [
            "INSERT INTO patient (lookup, kind, sealed) "
            "VALUES ('1', 'reservnummer', 'x'), ('2', 'samordningsnummer', 'x'), ('3', 'personnummer', 'x')",
            "INSERT INTO patient_link (old_patient, new_patient, joined_by, joined_why) SELECT a.id, b.id, 'x', 'x' "
            "FROM patient a JOIN patient b ON b.id = a.id + 1 WHERE a.lookup IN ('1', '2')",
        ],
        set(),
    ),
    "recalled-patients-are-logged": (
        [
            "INSERT INTO patient (lookup, kind, sealed) VALUES ('1', 'reservnummer', 'x')",
            "INSERT INTO recall (article, why, actor) VALUES ('A1', 'x', 'x')",
            "INSERT INTO recall_row (recall, row_no, units, place, store, patient_id, person, protected) "
            "SELECT r.id, 1, 1, 'receiver', '10', p.id, p.id, false FROM recall r, patient p",
            "INSERT INTO access_log (actor, patient_id, action, why, details) SELECT 'x', p.id, 'recall', 'x', "
            "jsonb_build_object('recall', r.id + 1) FROM recall r, patient p",
        ],
        set(),
    ),
    "stopped-articles-are-withdrawn": (
        [
            "INSERT INTO article_stop (article, withdrawn_by_master, stopped_by, stopped_why) "
            "VALUES ('A1', false, 'x', 'x')"
        ],
        set(),
    ),
} | SWAP_BREAKS
"""What breaks an invariant, and which others then see it too."""
