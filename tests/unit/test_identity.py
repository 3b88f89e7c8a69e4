"""Numbers of people: the official test series, other projects' vectors, and what is nobody's number.

Only Skatteverket's test numbers and the 98x/99x test series stand or arise here: the random ones get a serial
of the test series too, so that none is a living person's.
"""

import csv
import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from personnummer import personnummer as oracle  # type: ignore[import-untyped]

from workflows.identity import Identity, IdentityKind, identity_of, is_personal_number

IDENTIFIERS = Path(__file__).resolve().parents[3] / "shared" / "samples" / "identifiers"
ON = date(2026, 6, 1)

needs_samples = pytest.mark.skipif(not IDENTIFIERS.is_dir(), reason="the shared samples of identifiers are not here")


def column(name: str) -> list[str]:
    with (IDENTIFIERS / name).open(encoding="utf-8", newline="") as file:
        return [row[0] for row in csv.reader(file)][1:]


def vectors(name: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads((IDENTIFIERS / name).read_text(encoding="utf-8"))
    return entries


def short_form(twelve_digits: str, on: date = ON) -> str:
    """YYMMDD-NNNN, with `+` from the year of the 100th birthday."""
    sign = "+" if on.year - int(twelve_digits[:4]) >= 100 else "-"
    return f"{twelve_digits[2:8]}{sign}{twelve_digits[8:]}"


@needs_samples
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("skatteverket_test_personnummer.csv", IdentityKind.PERSONNUMMER),
        ("skatteverket_test_samordningsnummer.csv", IdentityKind.SAMORDNINGSNUMMER),
    ],
)
def test_every_official_test_number_is_one_person_in_every_form(name: str, kind: IdentityKind) -> None:
    numbers = column(name)
    assert len(numbers) > 1000
    for number in numbers:
        person = Identity(kind, number)
        short = short_form(number)
        forms = [number, f"{number[:8]}-{number[8:]}", short, f" {short}\t"]
        forms += [short.replace("-", "")] if "-" in short else [f"{number[:8]}+{number[8:]}"]
        assert [identity_of(form, on=ON) for form in forms] == [person] * len(forms)
        assert all(is_personal_number(form) for form in forms)


@needs_samples
@pytest.mark.parametrize("name", ["skatteverket_test_personnummer.csv", "skatteverket_test_samordningsnummer.csv"])
def test_every_official_test_number_with_another_check_digit_is_refused(name: str) -> None:
    for number in column(name):
        mistyped = number[:-1] + str((int(number[-1]) + 1) % 10)
        assert identity_of(mistyped, on=ON) is identity_of(short_form(mistyped), on=ON) is None
        assert not is_personal_number(mistyped)


@needs_samples
def test_the_meta_vectors_are_answered_alike_in_all_their_formats() -> None:
    entries = vectors("personnummer_meta_list.json")
    assert len(entries) == 13
    for entry in entries:
        kind = IdentityKind.PERSONNUMMER if entry["type"] == "ssn" else IdentityKind.SAMORDNINGSNUMMER
        expected = Identity(kind, entry["long_format"]) if entry["valid"] else None
        for form in ("long_format", "separated_format", "separated_long"):
            assert identity_of(entry[form], on=ON) == expected, (entry["type"], form)
        if "+" not in entry["separated_format"]:
            assert identity_of(entry["short_format"], on=ON) == expected


@needs_samples
def test_ten_digits_without_a_sign_are_somebody_younger_than_100() -> None:
    [old] = [entry for entry in vectors("personnummer_meta_list.json") if "+" in entry["separated_format"]]
    read = identity_of(old["short_format"], on=ON)
    assert read is not None
    assert read.canonical == "20" + old["long_format"][2:]


@needs_samples
def test_interim_numbers_are_refused_in_every_form() -> None:
    for entry in vectors("personnummer_meta_interim.json"):
        for form in ("long_format", "short_format", "separated_format", "separated_long"):
            assert identity_of(entry[form], on=ON) is None
            assert not is_personal_number(entry[form])


@needs_samples
def test_the_stdnum_vectors_are_answered_as_expected() -> None:
    with (IDENTIFIERS / "vectors.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "se.personnummer"]
    assert rows
    for row in rows:
        assert (identity_of(row["value"], on=ON) is not None) == (row["expected"] == "valid")


@needs_samples
def test_organisation_numbers_and_other_codes_are_nobodys_number() -> None:
    with (IDENTIFIERS / "vectors.csv").open(encoding="utf-8", newline="") as file:
        codes = [row["value"] for row in csv.DictReader(file) if row["kind"] != "se.personnummer"]
    assert [code for code in codes if is_personal_number(code)] == []
    assert [
        code for code in ("10", "50301", "03-05", "", "rullstol", "ORDER-2026-000042") if is_personal_number(code)
    ] == []


def with_check_digit(first_nine: str) -> str:
    """The nine digits with the check digit that the oracle computes."""
    return first_nine + str(oracle._luhn(first_nine))


def in_12_digits(century: str, first_nine: str) -> str:
    return century + with_check_digit(first_nine)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (in_12_digits("20", "030231980"), "31 February"),
        (in_12_digits("19", "000229980"), "1900 was no leap year"),
        (in_12_digits("20", "031301980"), "month 13"),
        (in_12_digits("20", "030001980"), "month 00 is only a samordningsnummer's"),
        (in_12_digits("20", "030100980"), "day 00"),
        (in_12_digits("20", "030140980"), "day 40"),
        (in_12_digits("20", "030192980"), "day 92 less 60 is 32"),
        (in_12_digits("20", "030291980"), "31 February as samordningsnummer"),
        (in_12_digits("20", "030101000"), "serial 000 is never given"),
        (in_12_digits("20", "260602980"), "born tomorrow"),
        (in_12_digits("20", "260662980"), "born tomorrow, as samordningsnummer"),
        (in_12_digits("18", "390101980"), "older than anybody with a number"),
        (in_12_digits("16", "030101980"), "no century of births"),
        ("195704289999 9", "a digit too much"),
        ("19570428-999", "a digit missing"),
        ("570428999", "9 digits"),
        ("1957-04-28-9999", "separators elsewhere"),
        ("570428/9999", "another separator"),
        ("570428--9999", "two separators"),
        ("19570428 9999", "a blank inside"),
        ("１９５７０４２８９９９９", "full-width digits"),
        ("١٩٥٧٠٤٢٨٩٩٩٩", "Arabic digits"),
        ("5704289A99", "a letter"),
        ("", "nothing"),
        (" ", "a blank"),
    ],
)
def test_what_is_nobodys_number_is_refused(text: str, why: str) -> None:
    assert identity_of(text, on=ON) is None, why


def test_the_plus_comes_on_the_first_day_of_the_year_of_the_100th_birthday() -> None:
    digits = with_check_digit("260601980")
    assert canonical(f"{digits[:6]}-{digits[6:]}", date(2025, 12, 31)) == f"19{digits}"
    assert canonical(f"{digits[:6]}+{digits[6:]}", date(2026, 1, 1)) == f"19{digits}"
    assert canonical(f"{digits[:6]}-{digits[6:]}", date(2026, 6, 1)) == f"20{digits}"
    assert canonical(f"{digits[:6]}-{digits[6:]}", date(2026, 5, 31)) is None


def canonical(text: str, on: date) -> str | None:
    found = identity_of(text, on=on)
    return found.canonical if found else None


def test_a_false_plus_in_12_digits_is_refused_because_the_century_or_the_sign_is_mistyped() -> None:
    digits = in_12_digits("19", "570428999")
    assert identity_of(f"{digits[:8]}-{digits[8:]}", on=ON) is not None
    assert identity_of(f"{digits[:8]}+{digits[8:]}", on=ON) is None


@pytest.mark.parametrize("first_nine", ["150072980", "181260980", "750860980", "820060980"])
def test_a_samordningsnummer_may_have_an_unknown_month_or_day(first_nine: str) -> None:
    found = identity_of(in_12_digits("19", first_nine), on=ON)
    assert found is not None
    assert found.kind == IdentityKind.SAMORDNINGSNUMMER


STOCKHOLM = re.compile(r"99\d{10}")
SKANE = re.compile(r"\d{8}(?=.*[A-Z])[A-Z0-9]{4}")


def test_a_reservnummer_is_accepted_only_by_a_configured_pattern() -> None:
    assert identity_of("992601010017", on=ON) is None
    expected = Identity(IdentityKind.RESERVNUMMER, "992601010017")
    assert identity_of(" 992601010017 ", on=ON, reservnummer_patterns=[SKANE, STOCKHOLM]) == expected


def test_a_reservnummer_is_one_text_in_small_and_capital_letters() -> None:
    patterns = [SKANE]
    small, capital = (
        identity_of(text, on=ON, reservnummer_patterns=patterns) for text in ("19570428a1b2", "19570428A1B2")
    )
    assert small == capital == Identity(IdentityKind.RESERVNUMMER, "19570428A1B2")


@pytest.mark.parametrize("text", ["9926010100171", "x992601010017", "99２６０１０１００１７", "99260101001"])
def test_a_reservnummer_matches_its_pattern_whole_and_in_ascii(text: str) -> None:
    assert identity_of(text, on=ON, reservnummer_patterns=[STOCKHOLM]) is None


def test_a_personnummer_is_not_taken_for_a_reservnummer() -> None:
    found = identity_of("570428-9999", on=ON, reservnummer_patterns=[re.compile(".*")])
    assert found == Identity(IdentityKind.PERSONNUMMER, "195704289999")


@pytest.mark.parametrize(
    "text",
    [
        "570428-9999",
        "5704289999",
        "570428+9999",
        "19570428-9999",
        " 195704289999\n",
        "19570428 9999",
        "570428–9999",
    ]
    + ["５７０４２８９９９９", "19570428\u20119999", "19570428\u00a09999"],
)
def test_somebodys_number_is_recognised_however_it_is_hidden_in_a_code(text: str) -> None:
    assert is_personal_number(text)


@pytest.mark.parametrize("text", ["5704289998", "195713289999", "A5704289999", "57042899991", "210004289999"])
def test_what_only_resembles_a_number_may_be_a_code(text: str) -> None:
    assert not is_personal_number(text)


def test_the_number_is_in_no_repr() -> None:
    found = identity_of("570428-9999", on=ON)
    assert found is not None
    assert "9999" not in repr(found) and "9999" not in str(found)
