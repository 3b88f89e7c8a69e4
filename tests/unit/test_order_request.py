"""Which bodies are orders, and when are two the same? Shape alone: every violation at once, in its place."""

import json
import random
from copy import deepcopy
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from request_bodies import CENTENARIAN, PERSONNUMMER, TODAY, a_body, faults, refused, taken, with_line

from exchange.order_request import OrderRequest, RequestLine, canonical_body
from exchange.order_shape import MOST_LINES, read_order

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)


def test_a_whole_order_is_read_field_by_field() -> None:
    request = taken(a_body())
    assert (request.order_type, request.customer_order_type) == ("forskrivning", "direktforskrivning")
    assert (request.ordered_on, request.wanted_date) == (date(2026, 11, 1), date(2026, 12, 1))
    assert (request.receiver_kind, request.receiver_identity_kind) == ("patient", "personnummer")
    assert request.receiver_id == PERSONNUMMER
    assert request.recipient == {
        "name": "Åsa Öberg",
        "address": {"street": "Storgatan 1", "postal_code": "652 24", "city": "Karlstad"},
        "phone": "054-12 34 56",
    }
    assert request.lines == (RequestLine("12345", 1), RequestLine("00890", 2, ("SN-1", "SN-2")))
    assert (request.priority, request.partial, request.note) == ("akut", True, "Ring först")


def test_what_may_be_left_out_has_its_default() -> None:
    order = taken(
        {
            "external_id": "B-1",
            "order_type": "bestallning",
            "sender": "10",
            "receiver": {"kind": "vardenhet", "id": "03-05"},
            "orderer": {"person": "best-1", "unit": "03-05"},
            "lines": [{"article": "1", "quantity": 1}],
        }
    )
    assert (order.priority, order.partial, order.protected) == ("normal", False, False)
    assert {order.ordered_on, order.medical_decision_date, order.source, order.note} == {None}
    assert order.recipient is None


def test_every_violation_is_found_at_once_where_it_stands() -> None:
    assert faults({}) == [
        ("field-missing", field) for field in ("external_id", "order_type", "sender", "receiver", "orderer")
    ] + [("lines-missing", "lines")]
    body = a_body(
        order_type="hyra",
        receiver={"kind": "patient", "id": "123"},
        medical_decision={"date": "i går"},
        lines=[{"article": "A", "quantity": 0}, "rad", {"quantity": 1, "price": 5}],
    )
    assert faults(body) == [
        ("field-format", "order_type"),
        ("field-format", "medical_decision.date"),
        ("field-missing", "medical_decision.reference"),
        ("patient-id", "receiver.id"),
        ("quantity", "lines[0].quantity"),
        ("field-format", "lines[1]"),
        ("field-missing", "lines[2].article"),
        ("field-unknown", "lines[2].price"),
    ]


@pytest.mark.parametrize("quantity", [0, -1, 1.5, 1.0, "3", True, False, 10**9, 2**63, 10_000, [1], {}])
def test_a_quantity_is_a_whole_number_from_1_to_9999(quantity: object) -> None:
    assert faults(with_line(quantity=quantity)) == [("quantity", "lines[0].quantity")]


@pytest.mark.parametrize("quantity", [1, 9999])
def test_the_first_and_last_quantity_are_taken(quantity: int) -> None:
    assert taken(with_line(quantity=quantity)).lines[0].quantity == quantity


def test_the_same_article_may_stand_on_two_lines() -> None:
    line = {"article": "12345", "quantity": 1}
    assert len(taken(a_body(lines=[line, line])).lines) == 2


@pytest.mark.parametrize("lines", [[], None, ""])
def test_an_order_without_lines_is_refused(lines: object) -> None:
    assert faults(a_body(lines=lines)) == [("lines-missing", "lines")]


def test_a_thousand_lines_are_taken_and_one_more_is_refused() -> None:
    line = {"article": "12345", "quantity": 1}
    assert len(taken(a_body(lines=[line] * MOST_LINES)).lines) == 1000
    assert faults(a_body(lines=[line] * (MOST_LINES + 1))) == [("field-format", "lines")]
    assert faults(a_body(lines={"0": line})) == [("field-format", "lines")]


def test_unknown_fields_are_refused_wherever_they_stand() -> None:
    body = a_body(state="delivered", kommun_id=1, version=7)
    body["receiver"]["price"] = 1
    body["receiver"]["address"]["country"] = "SE"
    assert faults(body) == [
        ("field-unknown", field)
        for field in ("state", "kommun_id", "version", "receiver.price", "receiver.address.country")
    ]


@pytest.mark.parametrize("name", [PERSONNUMMER, "2000 01 01 14 93", "x" * 41, "a\u202eb", "a\nb"])
def test_a_field_name_that_may_identify_is_not_repeated(name: str) -> None:
    violations = refused(a_body(**{name: 1}))
    assert [(one.code, one.field) for one in violations] == [("field-unknown", "?")]
    assert name not in str(violations)


@pytest.mark.parametrize(
    ("serial_numbers", "fault"),
    [
        (["a", "b", "c", "d"], "serial-numbers"),
        (["a", "a"], "serial-numbers"),
        (["a", ""], "field-format"),
        (["a", 7], "field-format"),
        (["x" * 65], "field-format"),
        ("a", "field-format"),
    ],
)
def test_serial_numbers_are_distinct_texts_and_no_more_than_the_pieces(serial_numbers: object, fault: str) -> None:
    assert faults(with_line(serial_numbers=serial_numbers)) == [(fault, "lines[0].serial_numbers")]


def test_a_serial_number_stands_once_in_an_order() -> None:
    line = {"article": "12345", "quantity": 1, "serial_numbers": ["SN-1"]}
    assert faults(a_body(lines=[line, line])) == [("serial-numbers", "lines[1].serial_numbers")]


def test_a_repr_never_shows_who_the_patient_is() -> None:
    shown = repr(taken(a_body()))
    assert not any(secret in shown for secret in (PERSONNUMMER, "Åsa", "Storgatan", "054", "Ring först"))


def test_the_canonical_body_tells_orders_apart_by_everything_but_the_source() -> None:
    order = canonical_body(taken(a_body()))
    assert canonical_body(taken(a_body(source="sesam"))) == order
    changes: list[dict[str, object]] = [
        {"external_id": "F-2"}, {"ordered_on": None}, {"sender": "10"}, {"prescriber": "forsk-2"},
        {"medical_decision": None}, {"priority": "normal"}, {"partial": False}, {"note": None},
        {"instruction": {"reference": "I", "approved_by": "chef"}}, {"wanted_date": "2026-12-02"},
        {"receiver": {**a_body()["receiver"], "protected": True}},
        {"receiver": {**a_body()["receiver"], "id": CENTENARIAN}},
        {"lines": list(reversed(a_body()["lines"]))}, {"lines": a_body()["lines"][:1]},
    ]  # fmt: skip
    assert len({order, *(canonical_body(taken(a_body(**change))) for change in changes)}) == len(changes) + 1


@settings(deadline=None)
@given(st.integers())
def test_the_canonical_body_does_not_depend_on_the_order_of_the_keys(seed: int) -> None:
    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return [shuffled(item) for item in value] if isinstance(value, list) else value
        return {key: shuffled(value[key]) for key in random.Random(seed).sample(sorted(value), len(value))}

    assert canonical_body(taken(shuffled(a_body()))) == canonical_body(taken(a_body()))


@settings(deadline=None)
@given(JSON)
def test_no_json_makes_the_reader_raise(body: object) -> None:
    assert isinstance(read_order(body, today=TODAY), list)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(a_body())), st.sampled_from(["", "id", "kind", "date", "address", 0, 1]), JSON)
def test_any_value_anywhere_gives_an_order_or_its_violations(name: str, inner: str | int, value: object) -> None:
    body = deepcopy(a_body())
    fits = isinstance(inner, int) if name == "lines" else isinstance(body[name], dict) and isinstance(inner, str)
    if fits:
        body[name][inner] = value
    else:
        body[name] = value
    request = read_order(body, today=TODAY)
    if isinstance(request, OrderRequest):
        assert json.loads(canonical_body(request))
    else:
        assert request and all(violation.sv and violation.en for violation in request)


def test_a_body_of_a_hundred_thousand_faults_is_refused_with_the_first_of_them() -> None:
    assert len(refused({f"x{number:06}": 1 for number in range(100_000)})) == 5_000
