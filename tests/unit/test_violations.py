"""Every code of the interface has its two sentences, and no sentence names what it should hide."""

import string

import pytest

from workflows.violations import SENTENCES, violation

INTERFACE_CODES = [
    "kundordertyp-not-used",
    "orderer-unit",
    "bestallning-creator",
    "forskrivning-creator",
    "lagerflytt-creator",
    "lagerflytt-sender",
    "lagerflytt-receiver",
    "between-kommuner-disabled",
    "between-kommuner-instruction",
    "between-kommuner-parties",
    "bestallning-receiver",
    "bestallning-sender",
    "bestallning-medical-decision",
    "forskrivning-receiver",
    "forskrivning-prescriber",
    "forskrivning-licence",
    "forskrivning-right",
    "forskrivning-medical-decision",
    "direktforskrivning-sender",
    "forskrivning-sender",
    "patient-id",
    "store-unknown",
    "unit-unknown",
    "person-unknown",
    "vardenhet-unknown",
    "article-unknown",
    "article-withdrawn",
    "lines-missing",
    "quantity",
    "serial-numbers",
    "accessory-main-device",
    "field-missing",
    "field-unknown",
    "field-format",
    "rows-disagree",
    "external-id-reused",
    "not-permitted",
]


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_the_codes_are_exactly_those_of_the_interface() -> None:
    assert list(SENTENCES) == INTERFACE_CODES


@pytest.mark.parametrize("code", SENTENCES)
def test_every_code_has_a_swedish_and_an_english_sentence(code: str) -> None:
    swedish, english = SENTENCES[code]
    assert swedish != english
    assert swedish.endswith(".") and english.endswith(".")


@pytest.mark.parametrize("code", SENTENCES)
def test_both_sentences_are_filled_by_the_same_values(code: str) -> None:
    swedish, english = (placeholders(sentence) for sentence in SENTENCES[code])
    assert {name.removesuffix("_sv") for name in swedish} == {name.removesuffix("_en") for name in english}


def test_the_sentence_about_a_patients_id_has_no_room_for_the_id() -> None:
    assert placeholders("".join(SENTENCES["patient-id"])) == set()


@pytest.mark.parametrize(
    "code",
    ["patient-id", "lines-missing", "quantity", "serial-numbers", "field-missing", "field-unknown"]
    + ["rows-disagree", "external-id-reused"],
)
def test_the_codes_of_a_malformed_order_need_nothing_but_the_field(code: str) -> None:
    assert violation(code, "lines[2].quantity").code == code


def test_a_violation_in_json_has_the_four_keys_of_the_interface() -> None:
    found = violation("store-unknown", "sender", value="999")
    assert found.as_json() == {
        "code": "store-unknown",
        "field": "sender",
        "sv": "Lager 999 finns inte.",
        "en": "There is no store 999.",
    }


def test_an_unknown_code_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        violation("no-such-code", "sender")
