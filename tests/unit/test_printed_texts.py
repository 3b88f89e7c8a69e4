"""What is left of a text before it is printed, and which texts can become a barcode?"""

import pytest

from exchange.outgoing.barcodes import UnreadableBarcode, code_128, order_barcode, utleverans_barcode
from exchange.outgoing.printable import printable, without_personal_numbers


def test_a_scanner_tells_an_utleverans_from_an_order_by_its_text() -> None:
    assert utleverans_barcode("50301-2026-000007").text == "50301-2026-000007"
    assert order_barcode(4711).text == "ORDER-4711"


@pytest.mark.parametrize("text", ["", "中-2026-000001", "1" * 257])
def test_a_number_that_cannot_become_a_barcode_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableBarcode):
        code_128(text)


def test_control_and_bidi_characters_never_reach_the_page() -> None:
    assert printable("Å\u0000sa \u202eneraK\u202c\r\n\u2028\u200fÖ\u00adberg\ufeff") == "Åsa neraK Öberg"


def test_a_text_is_composed_before_it_is_printed() -> None:
    assert printable("A\u030asa O\u0308berg") == "Åsa Öberg"


def test_an_accent_without_its_letter_is_left_out() -> None:
    assert printable("x\u0301\u05c3\u05c4") == "x\u05c3"


def test_numbers_that_are_nobodys_are_left_as_they_are() -> None:
    ordinary = "Art 9001019803, tel 070-123 45 67, order 4500123456, EAN 7310865004703"
    assert without_personal_numbers(ordinary) == ordinary


def test_only_the_personal_number_in_a_text_is_hidden() -> None:
    # The first of Skatteverket's test numbers.
    assert without_personal_numbers("Brukare 18900101-9802, hemma") == "Brukare [dolt nummer], hemma"


def test_a_character_no_font_has_is_shown_as_missing() -> None:
    assert printable("Åsa 🦼 李") == "Åsa □ □"
