"""What of an order is stored in clear, and what is sealed? A request made into the rows of a draft.

Next: test_order_request.py (which requests there are), test_import_file.py (the same in the database).
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from request_bodies import CENTENARIAN, PERSONNUMMER, a_body, taken, with_receiver

from exchange.order_rows import new_order
from workflows.intake import NewLine, NewOrder
from workflows.patients import Keys, KeysUnusable, load_keys, recipient_row

RECEIVED_AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
TODAY = date(2026, 11, 20)


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return load_keys(tmp_path / "keys.json")


def row_of(keys: Keys, body: dict[str, Any]) -> NewOrder:
    return new_order(taken(body), keys, source="import", received_at=RECEIVED_AT, today=TODAY)


def to_a_vardenhet(**changes: object) -> dict[str, Any]:
    return a_body(
        order_type="bestallning", customer_order_type=None, receiver={"kind": "vardenhet", "id": "03-05"},
        prescriber=None, medical_decision=None, note=None,
    ) | changes  # fmt: skip


def private_part(keys: Keys, order: NewOrder) -> dict[str, Any]:
    assert order.recipient is not None
    assert order.recipient_sealed is not None
    told = json.loads(keys.unseal(order.recipient_sealed, recipient_row(order.recipient)))
    assert isinstance(told, dict)
    return told


def test_what_does_not_tell_of_a_patient_is_stored_as_it_was_asked_for(keys: Keys) -> None:
    order = row_of(keys, a_body(source="cosmic"))
    assert (order.source, order.external_id, order.order_type) == ("cosmic", "F-1", "forskrivning")
    assert (order.customer_order_type, order.sender, order.receiver_kind) == ("direktforskrivning", "50301", "patient")
    assert (order.orderer_person, order.orderer_unit, order.prescriber) == ("forsk-1", "03-05", "forsk-1")
    assert (order.medical_decision_date, order.medical_decision_reference) == (date(2026, 11, 1), "J-17")
    assert (order.priority, order.partial, order.protected, order.reference) == (0, True, False, "Ref 1")
    assert (order.ordered_on, order.wanted_date) == (date(2026, 11, 1), date(2026, 12, 1))
    assert (order.received_at, order.instruction_reference) == (RECEIVED_AT, None)
    assert order.lines == (NewLine("12345", 1, ()), NewLine("00890", 2, ("SN-1", "SN-2")))


def test_what_the_request_leaves_open_has_its_default(keys: Keys) -> None:
    order = row_of(keys, to_a_vardenhet(ordered_on=None, priority=None, partial=None, wanted_date=None, reference=None))
    assert (order.source, order.ordered_on, order.priority, order.partial) == ("import", TODAY, 1, False)
    assert (order.wanted_date, order.reference) == (None, None)


def test_a_patients_number_is_sealed_and_found_by_its_index(keys: Keys) -> None:
    order = row_of(keys, a_body())
    assert order.patient is not None
    assert order.receiver_code is None
    assert order.patient.kind == "personnummer"
    assert order.patient.lookup == keys.index_of("patient.number", PERSONNUMMER.encode())
    row = f"patient.sealed {order.patient.lookup.hex()}"
    assert keys.unseal(order.patient.sealed, row) == PERSONNUMMER.encode()
    other = row_of(keys, with_receiver(id=CENTENARIAN)).patient
    assert other is not None
    with pytest.raises(KeysUnusable):
        keys.unseal(order.patient.sealed, f"patient.sealed {other.lookup.hex()}")


def test_one_patient_has_one_index_however_the_number_is_written(keys: Keys) -> None:
    orders = [row_of(keys, with_receiver(id=number)) for number in ("200001011493", "20000101-1493", "000101-1493")]
    assert len({order.patient.lookup for order in orders if order.patient}) == 1
    assert len({order.body_hash for order in orders}) == 1


def test_name_address_phone_and_note_are_sealed_together(keys: Keys) -> None:
    assert private_part(keys, row_of(keys, a_body())) == {
        "name": "Åsa Öberg",
        "address": {"street": "Storgatan 1", "postal_code": "652 24", "city": "Karlstad"},
        "phone": "054-12 34 56",
        "note": "Ring först",
    }


def test_a_note_to_a_vardenhet_is_sealed_too_and_its_code_is_not(keys: Keys) -> None:
    order = row_of(keys, to_a_vardenhet(note=f"till {PERSONNUMMER}"))
    assert (order.receiver_code, order.patient) == ("03-05", None)
    assert private_part(keys, order) == {"note": f"till {PERSONNUMMER}"}


def test_an_order_with_nothing_private_has_no_recipient_row(keys: Keys) -> None:
    order = row_of(keys, to_a_vardenhet())
    assert (order.recipient, order.recipient_sealed) == (None, None)


def test_a_recipient_cannot_be_read_in_another_orders_row(keys: Keys) -> None:
    one, other = row_of(keys, a_body()), row_of(keys, a_body())
    assert one.recipient is not None
    assert other.recipient is not None
    assert other.recipient_sealed is not None
    assert one.recipient != other.recipient
    with pytest.raises(KeysUnusable):
        keys.unseal(other.recipient_sealed, recipient_row(one.recipient))


@pytest.mark.parametrize(
    "change",
    [
        {"receiver": {"kind": "patient", "id": CENTENARIAN}},
        {"note": "Ring sedan"},
        {"priority": "normal"},
        {"lines": [{"article": "12345", "quantity": 2}]},
        {"ordered_on": None},
    ],
    ids=lambda change: ", ".join(change),
)
def test_the_hash_of_the_body_tells_two_orders_apart(keys: Keys, change: dict[str, Any]) -> None:
    assert row_of(keys, a_body(**change)).body_hash != row_of(keys, a_body()).body_hash


def test_the_hash_of_the_body_is_the_same_whenever_it_arrives_and_needs_the_key(keys: Keys, tmp_path: Path) -> None:
    request = taken(a_body(ordered_on=None))
    hashes = {
        new_order(request, each, source=source, received_at=RECEIVED_AT, today=today).body_hash
        for each, source, today in (
            (keys, "import", TODAY),
            (keys, "other", date(2026, 11, 21)),
            (load_keys(tmp_path / "others.json"), "import", TODAY),
        )
    }
    assert len(hashes) == 2
    assert {len(each) for each in hashes} == {32}


def test_nothing_of_the_patient_is_in_clear_in_the_row_nor_in_its_repr(keys: Keys) -> None:
    order = row_of(keys, a_body(note=f"Ring {PERSONNUMMER}"))
    shown = repr(order).casefold()
    for told in (PERSONNUMMER, PERSONNUMMER[2:], "20000101-1493", "öberg", "storgatan", "054-12", "ring"):
        assert told not in shown
