"""May this be a password, and is it the one? Next: workflows/passwords.py."""

import unicodedata

import pytest
from people import PERSONNUMMER

from workflows.passwords import PasswordRefused, check_password, new_hash


@pytest.mark.parametrize(
    "password",
    [
        "", "elva tecken", "x" * 1_001, "aaaaaaaaaaaaaaaa", "abababababab", "password1234", "Hjälpmedel123",
        "QWERTYUIOP12", "asa.berg", "asa.bergasa.berg", "Asa.Berg2026", PERSONNUMMER,
    ],
)  # fmt: skip
def test_a_password_that_is_short_or_easily_guessed_is_refused_without_being_repeated(password: str) -> None:
    with pytest.raises(PasswordRefused) as refused:
        new_hash(password, "asa.berg")
    assert len(password) < 5 or password.lower() not in str(refused.value).lower()


@pytest.mark.parametrize(
    "password", ["en bil i en allé", "tolv tecken!", "正しい馬の電池ホチキスです!", "å" * 8 + "bcdefgh"]
)
def test_any_other_password_is_taken_without_rules_of_digits_and_signs(password: str) -> None:
    kept = new_hash(password, "asa.berg")

    assert check_password(kept, password).right
    assert not check_password(kept, password + " ").right


def test_a_letter_typed_as_one_character_or_as_two_is_the_same() -> None:
    kept = new_hash(unicodedata.normalize("NFC", "åäö allé och café"), "asa.berg")

    assert check_password(kept, unicodedata.normalize("NFD", "åäö allé och café")).right


@pytest.mark.parametrize("kept", [None, "", "$argon2id$broken", "plain"])
def test_nothing_is_the_password_of_nobody_nor_of_a_broken_hash(kept: str | None) -> None:
    assert not check_password(kept, "nobody's password").right


def test_what_is_no_text_is_a_wrong_password() -> None:
    assert not check_password(new_hash("en bil i en allé", "x"), "\ud800 \x00").right
