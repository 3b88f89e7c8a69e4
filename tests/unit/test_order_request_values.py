"""Which single values are well formed: patients' numbers, codes, texts, dates and the closed lists?"""

import re
from datetime import date

import pytest
from request_bodies import (
    CENTENARIAN,
    PERSONNUMMER,
    SAMORDNINGSNUMMER,
    TODAY,
    a_body,
    faults,
    refused,
    taken,
    with_receiver,
)

from exchange.order_request import OrderRequest, canonical_body
from exchange.order_shape import read_order


@pytest.mark.parametrize(
    "number",
    [
        "200001011494",  # its check digit is one too high
        "200002311496",  # 31 February
        "200001011",
        "20000101149A",
        "２００００１０１１４９３",
        "000101-T493",
        PERSONNUMMER + "0",
        "x" * 10_000,
        int(PERSONNUMMER),
        [PERSONNUMMER],
        {"number": PERSONNUMMER},
        True,
    ],
)
def test_a_number_that_is_no_patients_is_refused_and_not_repeated(number: object) -> None:
    violations = refused(with_receiver(id=number))
    assert [(one.code, one.field) for one in violations] == [("patient-id", "receiver.id")]
    assert str(number) not in repr(violations)


def test_a_patient_is_born_by_today() -> None:
    violations = read_order(with_receiver(id="202401022385"), today=date(2024, 1, 1))
    assert isinstance(violations, list)
    assert [violation.code for violation in violations] == ["patient-id"]


@pytest.mark.parametrize(
    ("forms", "kind"),
    [
        (["200001011493", "000101-1493", "0001011493", "20000101-1493", " 000101-1493 "], "personnummer"),
        ([CENTENARIAN, "900101+9802"], "personnummer"),
        ([SAMORDNINGSNUMMER, "140168+2396"], "samordningsnummer"),
    ],
)
def test_every_writing_of_a_number_is_one_patient(forms: list[str], kind: str) -> None:
    requests = [taken(with_receiver(id=form)) for form in forms]
    assert {request.receiver_id for request in requests} == {forms[0]}
    assert {request.receiver_identity_kind for request in requests} == {kind}
    assert len({canonical_body(request) for request in requests}) == 1


def test_a_reservnummer_is_taken_only_by_a_configured_pattern() -> None:
    body = with_receiver(id="17R-0042")
    assert faults(body) == [("patient-id", "receiver.id")]
    request = read_order(body, today=TODAY, reservnummer_patterns=[re.compile(r"17R-[0-9]{4}")])
    assert isinstance(request, OrderRequest)
    assert request.receiver_identity_kind == "reservnummer"


@pytest.mark.parametrize(
    "field",
    ["external_id", "source", "customer_order_type", "sender", "prescriber", "reference",
     "receiver.id", "orderer.person", "orderer.unit", "medical_decision.reference",
     "instruction.reference", "instruction.approved_by", "lines[0].article", "lines[0].serial_numbers"],
)  # fmt: skip
@pytest.mark.parametrize("number", [PERSONNUMMER, "000101-1493", "2000\u200b01011493", "900101+9802"])
def test_a_code_that_is_a_personnummer_is_refused_and_not_repeated(field: str, number: str) -> None:
    body = a_body(
        instruction={"reference": "I-1", "approved_by": "chef-1"},
        receiver={"kind": "vardenhet", "id": "03-05"},
    )
    if field.startswith("lines"):
        name = field.removeprefix("lines[0].")
        body["lines"] = [
            {"article": "12345", "quantity": 1, name: number if name == "article" else [number]},
        ]
    else:
        outer, _, inner = field.partition(".")
        body[outer] = {**body[outer], inner: number} if inner else number
    violations = refused(body)
    assert [(one.code, one.field) for one in violations] == [("field-format", field)]
    assert number not in repr(violations)


@pytest.mark.parametrize(
    "text",
    [
        "a\x00b",
        "a\x1bb",
        "a\x85b",
        "a\nb",
        "a\ud800b",
        "a\u202eb",
        "a\u2066b",
        "a\u2028b",
        7,
        True,
        ["a"],
        {},
    ],
)
def test_text_with_control_characters_surrogates_or_bidi_overrides_is_refused(text: object) -> None:
    for field in ("external_id", "reference", "note"):
        assert faults(a_body(**{field: text})) == [("field-format", field)]


@pytest.mark.parametrize(
    "text",
    [
        "'; DROP TABLE orders; --",
        "{{7*7}}",
        "{0.__class__}",
        "${jndi:ldap}",
        "<script>",
        '=HYPERLINK("x")',
        "😀",
    ],
)
def test_hostile_text_is_only_text(text: str) -> None:
    request = taken(with_receiver(name=text) | {"note": text, "reference": text, "external_id": text})
    assert (request.external_id, request.reference, request.note) == (text, text, text)
    assert request.recipient == {"name": text}


def test_text_is_normalised_stripped_and_measured() -> None:
    assert taken(a_body(reference="  A\u030asa ")).reference == "Åsa"
    assert taken(a_body(external_id="å" * 64)).external_id == "å" * 64
    assert faults(a_body(external_id="å" * 65)) == [("field-format", "external_id")]
    assert faults(a_body(note="n" * 501)) == [("field-format", "note")]
    assert faults(with_receiver(name="x" * 10_000)) == [("field-format", "receiver.name")]


def test_a_megabyte_of_combining_marks_is_refused_before_it_is_normalised() -> None:
    assert faults(a_body(reference="a" + "\u0327\u0301" * 500_000)) == [("field-format", "reference")]


def test_blank_text_is_the_same_as_no_value() -> None:
    body = a_body(reference=" ", note="", wanted_date="", partial="", priority=" ")
    assert canonical_body(taken(body)) == canonical_body(
        taken(a_body(reference=None, note=None, wanted_date=None, partial=None, priority=None))
    )
    assert faults(a_body(external_id="  ", sender="")) == [
        ("field-missing", "external_id"),
        ("field-missing", "sender"),
    ]


@pytest.mark.parametrize("day", ["2026-02-29", "20261101", "2026-W45-1", "2026-11-01T10:00:00", "01/11/2026", 20261101])
def test_a_date_is_a_real_day_in_iso_form(day: object) -> None:
    assert faults(a_body(ordered_on=day)) == [("field-format", "ordered_on")]


def test_the_29th_of_february_is_a_day_in_a_leap_year() -> None:
    assert taken(a_body(ordered_on="2024-02-29")).ordered_on == date(2024, 2, 29)


@pytest.mark.parametrize(("field", "value"), [("order_type", "hyra"), ("priority", "hög"), ("priority", 1)])
def test_a_value_of_a_closed_list_is_refused_with_the_list(field: str, value: object) -> None:
    (violation,) = refused(a_body(**{field: value}))
    assert (violation.code, violation.field) == ("field-format", field)
    assert ("bestallning" if field == "order_type" else "normal, akut") in violation.sv


@pytest.mark.parametrize("partial", ["true", 1, 0, "ja", []])
def test_a_truth_value_is_true_or_false_alone(partial: object) -> None:
    assert faults(a_body(partial=partial)) == [("field-format", "partial")]


@pytest.mark.parametrize("name", ["receiver", "orderer", "medical_decision", "instruction"])
def test_an_object_is_nothing_else(name: str) -> None:
    assert faults(a_body(**{name: ["03-05"]})) == [("field-format", name)]


def test_any_customer_order_type_is_well_formed_because_which_are_allowed_is_a_rule() -> None:
    assert taken(a_body(customer_order_type="hyra")).customer_order_type == "hyra"
