"""What do a recall's list and its file look like, and which numbers may lead to which? Without a database."""

import pytest

from exchange.outgoing.recall_file import as_written, contact
from workflows.patient_links import why_not_joined
from workflows.recalls import serial_order


def test_serial_numbers_stand_by_length_and_then_by_text() -> None:
    given = ["SN-100", "SN-9", "SN-10", "A", "SN-09"]
    assert sorted(given, key=serial_order) == ["A", "SN-9", "SN-09", "SN-10", "SN-100"]


def test_an_address_is_the_newest_that_was_told_and_what_it_leaves_out_is_the_orders_own() -> None:
    own = {"name": "Åsa", "phone": "08-465 004 01", "address": {"street": "Låtsasgatan 1", "city": "Kil"}}
    newest = {"note": "Ring först", "address": {"street": "Låtsasgatan 2", "postal_code": "652 24", "city": "Karlstad"}}

    assert contact(own, newest) == {
        "name": "Åsa",
        "phone": "08-465 004 01",
        "address": "Låtsasgatan 2, 652 24 Karlstad",
    }
    assert contact(own, {})["address"] == "Låtsasgatan 1, Kil"
    assert contact({}, {}) == {"name": None, "phone": None, "address": None}


def test_a_number_is_written_so_that_a_spreadsheet_shows_all_of_it() -> None:
    assert as_written("personnummer", "200001011493") == "20000101-1493"
    assert as_written("reservnummer", "17R-4711") == "17R-4711"


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("reservnummer", "personnummer"),
        ("samordningsnummer", "personnummer"),
        ("reservnummer", "samordningsnummer"),
    ],
)
def test_a_number_leads_to_one_of_a_more_lasting_kind_and_the_other_way_is_refused(earlier: str, later: str) -> None:
    assert why_not_joined(earlier, later) is None
    other_way = why_not_joined(later, earlier)
    assert other_way is not None and f"ange {earlier} som det tidigare" in other_way


@pytest.mark.parametrize("kind", ["personnummer", "samordningsnummer", "reservnummer"])
def test_two_numbers_of_one_kind_are_not_joined(kind: str) -> None:
    refusal = why_not_joined(kind, kind)
    assert refusal is not None and "det personnummer personen fick sedan" in refusal
