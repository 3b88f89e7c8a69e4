"""Do people read and write Swedish, where interfaces have codes? Next: backoffice/cli/order_words.py."""

import pytest
import typer

from backoffice.cli.confirmation import in_both
from backoffice.cli.order_words import event_word, receiver_word, state_code, type_code, type_word
from backoffice.cli.violation_words import refusal_text
from workflows.machines import OrderMachine, all_transitions, swedish_name
from workflows.order_reference import not_found, shown_reference
from workflows.order_types import OrderType, ReceiverKind
from workflows.returns.machine import all_return_transitions
from workflows.violations import violation

STATES = [str(state.value) for state in OrderMachine.states]


@pytest.mark.parametrize("state", STATES)
def test_a_state_is_named_by_its_code_and_in_swedish(state: str) -> None:
    name = swedish_name(state)
    assert [state_code(each) for each in (state, name, name.upper(), f" {name.lower()} ")] == [state] * 4


@pytest.mark.parametrize(
    ("given", "code"),
    [("beställning", "bestallning"), ("bestallning", "bestallning"), ("Förskrivning", "forskrivning"),
     ("fo\u0308rskrivning", "forskrivning"), ("lagerflyttsorder", "lagerflyttsorder")],
)  # fmt: skip
def test_an_order_type_is_named_with_and_without_its_dots(given: str, code: str) -> None:
    assert type_code(given) == code


@pytest.mark.parametrize("given", ["", "x", "levererat", "back", "None"])
def test_what_names_no_state_or_type_is_a_wrong_call_that_lists_them(
    given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for read, named in ((state_code, "restnoterad (backordered)"), (type_code, "förskrivning (forskrivning)")):
        with pytest.raises(typer.Exit) as end:
            read(given)
        assert end.value.exit_code == 2
        assert named in capsys.readouterr().err


def test_every_event_type_and_receiver_has_a_word() -> None:
    events = {each.event for each in all_transitions()} | {f"return_{each.event}" for each in all_return_transitions()}
    for event in events | {"create", "return_request"}:
        assert "_" not in event_word(event) and event_word(event) != event, event
    assert [type_word(each) for each in OrderType] == ["lagerflyttsorder", "beställning", "förskrivning"]
    assert [receiver_word(each) for each in ReceiverKind] == ["kommunlager", "vårdenhet", "patient"]


def test_a_refusal_says_its_field_once_and_counts_lines_from_one() -> None:
    wrong = violation("quantity", "lines[0].quantity").as_json()
    assert refusal_text(wrong) == (
        "quantity: orderrad 1 quantity: antalet ska vara ett heltal från 1 till 9999. "
        "(order line 1 quantity: the quantity must be a whole number from 1 to 9999.)"
    )
    unknown = violation("article-unknown", "lines[11].article", value="X-1").as_json()
    assert refusal_text(unknown).startswith("orderrad 12 article article-unknown: ")
    assert refusal_text(violation("field-missing", "rows[17].article").as_json()).startswith(
        "field-missing: Fältet rad 17 article"
    )


@pytest.mark.parametrize(
    ("given", "shown"),
    [("A-4", "A-4"), ("import:FOO", "import:FOO"), ("4711", "4711"), ("import:2026-11-000123", "import:2026-11-000123"),
     ("200001011493", ""), ("import:000101-1493", ""), ("20000101 1494", ""), ("A\n4", "")],
)  # fmt: skip
def test_a_reference_is_said_again_unless_it_may_be_somebodys_number(given: str, shown: str) -> None:
    assert shown_reference(given) == shown
    told = not_found(given)
    assert told.startswith(f"{shown}: ordern finns inte; skriv vårt nummer eller källa:nummer" if shown else "Ordern")
    assert shown or not any(len(part) >= 4 and part.isdigit() for part in given.split() if part in told)


def test_a_bare_external_id_is_shown_how_it_is_written() -> None:
    assert "t.ex. import:A-4 (there is no such order" in not_found("A-4")


@pytest.mark.parametrize(
    ("sentence", "sv", "en"),
    [
        ("Ordern finns (inte) (no (such) order)", "Ordern finns (inte)", "no (such) order"),
        ("En orsak måste anges (a reason is required).", "En orsak måste anges", "a reason is required"),
        ("Bara svenska", "Bara svenska", "Bara svenska"),
        (")", ")", ")"),
    ],
)
def test_a_sentence_in_both_languages_is_told_apart(sentence: str, sv: str, en: str) -> None:
    assert in_both(sentence) == {"sv": sv, "en": en}
