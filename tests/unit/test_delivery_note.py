"""Does a delivery note say what it should, to people and to scanners, and nothing that it should not?"""

import io
import multiprocessing
import unicodedata
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime

import pypdf
import pytest
from unit.document_reading import barcodes_on, everything_in, metadata_of, text_of_pages, words_of

from exchange.outgoing.delivery_note import (
    DeliveryNote,
    DeliveryNoteLine,
    Party,
    delivery_note_sheet,
    render_delivery_note,
)
from exchange.outgoing.printable import PRINTABLE_RANGES, printable
from exchange.outgoing.typesetting import Sheet, TypesettingError, to_pdf, to_png

# The first of Skatteverket's test numbers.
TEST_NUMBER = "18900101-9802"
SCANNED_DPI = 150


def line(line_no: int = 1, **changes: object) -> DeliveryNoteLine:
    """An order line of which two were ordered and one comes."""
    usual = DeliveryNoteLine(line_no, f"2{line_no:04}", "Duschstol med armstöd", 2, 1, 1, (), None)
    return replace(usual, **changes)  # type: ignore[arg-type]


def delivery_note(**changes: object) -> DeliveryNote:
    """A förskrivning from lager 10 to a patient at home."""
    usual = DeliveryNote(
        utleverans_number="10-2026-000042",
        order_number=123456,
        source="sesam",
        external_id="BP-2026-001234",
        order_type="forskrivning",
        customer_order_type="forskrivning",
        created_on=date(2026, 10, 14),
        sender=Party("Hjälpmedelsservice", ("Lagergatan 12", "852 31 Sundsvall"), "060-12 34 56"),
        receiver=Party("Åsa Öberg-Ångström", ("Björkvägen 1 lgh 1203", "851 72 Sundsvall"), "070-987 65 43"),
        orderer_unit="Solgårdens vårdboende",
        reference="Ring Eva innan ni kommer",
        priority="normal",
        lines=(line(1, serial_numbers=("SN-0O1Il", "SN-77")), line(2, sent_instead_of="20999")),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_both_barcodes_are_read_back_from_the_rendered_page() -> None:
    (page,) = to_png(delivery_note_sheet(delivery_note()), SCANNED_DPI)
    assert barcodes_on(page) == ["10-2026-000042", "ORDER-123456"]


def test_barcodes_of_long_numbers_are_still_read_back_from_the_rendered_page() -> None:
    note = delivery_note(utleverans_number="KOMMUN-503010000-2026-1000042", order_number=2**63 - 1)
    (page,) = to_png(delivery_note_sheet(note), 2 * SCANNED_DPI)
    assert barcodes_on(page) == ["KOMMUN-503010000-2026-1000042", "ORDER-9223372036854775807"]


def test_the_note_prints_the_order_its_lines_and_both_parties() -> None:
    words = words_of(render_delivery_note(delivery_note()))
    for printed in (
        "Följesedel",
        "Delivery note",
        "Hjälpmedelsservice Lagergatan 12 852 31 Sundsvall Tel. 060-12 34 56",
        "Åsa Öberg-Ångström Björkvägen 1 lgh 1203 851 72 Sundsvall",
        "070-987 65 43",
        "2026-10-14",
        "Förskrivning",
        "Solgårdens vårdboende",
        "BP-2026-001234",
        "Ring Eva innan ni kommer",
        "20001 Duschstol med armstöd Individnr: SN-0O1Il, SN-77 2 1 1",
        "20002 Duschstol med armstöd I stället för artikel 20999 2 1 1",
        "Summa 4 2 2",
        "Mottaget av",
        "Sida 1 av 1",
    ):
        assert printed in words


def test_only_an_urgent_note_is_marked_urgent() -> None:
    assert "AKUT" in words_of(render_delivery_note(delivery_note(priority="akut")))
    assert "AKUT" not in words_of(render_delivery_note(delivery_note()))


def test_what_an_order_lacks_leaves_no_empty_heading() -> None:
    bare = delivery_note(
        order_type="bestallning",
        customer_order_type=None,
        reference=None,
        receiver=Party("Solgården", ("851 72 Sundsvall",), None),
    )
    words = words_of(render_delivery_note(bare))
    assert "Beställning" in words
    for heading in ("Kundordertyp", "Referens", "Mottagarens telefon", "None"):
        assert heading not in words


def test_a_protected_identity_prints_nothing_that_identifies() -> None:
    pdf = render_delivery_note(delivery_note(receiver=None))
    words = words_of(pdf)
    assert "Skyddade uppgifter – leverans enligt särskild rutin" in words
    for secret in ("Åsa", "Öberg", "Björkvägen", "987 65 43", "Eva", "Solgården", "BP-2026-001234", "sesam"):
        assert secret not in words
        assert secret not in metadata_of(pdf)
        for encoding in ("utf-8", "latin-1", "utf-16-be", "utf-16-le"):
            assert secret.encode(encoding) not in everything_in(pdf)


def test_a_protected_note_is_the_same_whoever_ordered_for_whomever() -> None:
    one = delivery_note(receiver=None, reference="Åsa Öberg", external_id="ASA-1", orderer_unit="Solgården")
    other = delivery_note(receiver=None, reference=None, external_id="B2", orderer_unit="Havet", source="x")
    assert render_delivery_note(one) == render_delivery_note(other)


def test_a_protected_receiver_is_not_asked_to_write_a_name() -> None:
    words = words_of(render_delivery_note(delivery_note(receiver=None)))
    assert "Namnförtydligande" not in words
    assert "Överlämnat av" in words


def test_metadata_names_the_document_and_nobody() -> None:
    pdf = render_delivery_note(delivery_note())
    document = pypdf.PdfReader(io.BytesIO(pdf))
    assert document.metadata is not None
    assert document.metadata.title == "Följesedel 10-2026-000042"
    assert document.metadata.author == "Orderflöde"
    assert document.metadata.creation_date == datetime(2026, 10, 14, tzinfo=UTC)
    for personal in ("Åsa", "Öberg", "Björkvägen", "Eva", "Solgården"):
        assert personal not in metadata_of(pdf)


def test_the_note_is_archival_and_accessible() -> None:
    metadata = metadata_of(render_delivery_note(delivery_note()))
    assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
    assert "sv-SE" in metadata


def test_the_shipped_font_is_the_one_used() -> None:
    assert b"AtkinsonHyperlegibleNext-Regular" in everything_in(render_delivery_note(delivery_note()))


def test_the_same_note_gives_the_same_bytes_in_any_process() -> None:
    here = render_delivery_note(delivery_note())
    render_delivery_note(delivery_note(utleverans_number="10-2026-000043"))
    assert render_delivery_note(delivery_note()) == here
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as elsewhere:
        assert elsewhere.submit(render_delivery_note, delivery_note()).result(timeout=60) == here


def test_threads_may_render_at_the_same_time() -> None:
    notes = [delivery_note(order_number=number) for number in range(16)]
    alone = [render_delivery_note(note) for note in notes]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(render_delivery_note, notes)) == alone


def test_five_hundred_lines_run_over_pages_with_the_table_header_on_each() -> None:
    pages = text_of_pages(render_delivery_note(delivery_note(lines=tuple(map(line, range(1, 501))))))
    assert len(pages) > 5
    assert all("Artikelnr" in page for page in pages[:-1])
    assert all(f"Sida {number} av {len(pages)}" in page for number, page in enumerate(pages, start=1))
    assert all("Följesedel 10-2026-000042, forts." in page for page in pages[1:])
    printed = "\n".join(pages)
    assert all(f"{number} 2{number:04} Duschstol" in printed for number in range(1, 501))
    assert "Summa 1000 500 500" in printed


MARKUP = ('#read("/etc/passwd")', "$x$", "*bold*", "#pagebreak()", "<a> @a", "`raw` // b", '"} \\ \\u{41} &amp;')


@pytest.mark.parametrize("markup", MARKUP)
def test_markup_in_a_text_is_printed_as_it_was_written(markup: str) -> None:
    note = delivery_note(
        reference=markup,
        orderer_unit=markup,
        receiver=Party(markup, (markup,), markup),
        lines=(line(article=markup, name=markup, serial_numbers=(markup,), sent_instead_of=markup),),
    )
    pages = text_of_pages(render_delivery_note(note))
    assert len(pages) == 1
    without_breaks = "".join(pages[0].split())
    assert without_breaks.count("".join(markup.split())) == 9
    assert "root:" not in without_breaks


@pytest.mark.parametrize(
    "name", ["محمد علي", "Иван Петров", "Γιώργος", "Nguyễn Văn", "נעמי", "👩‍🦽 Åsa 🦼", "李娜", "\ud83d"]
)
def test_a_name_in_any_script_can_be_printed(name: str) -> None:
    note = delivery_note(receiver=Party(name, (name,), name), lines=(line(name=name),))
    assert render_delivery_note(note).startswith(b"%PDF")


def test_every_character_called_printable_has_a_glyph() -> None:
    characters = [chr(code) for first, last in PRINTABLE_RANGES for code in range(first, last + 1)]
    shown = [c for c in characters if unicodedata.category(c)[0] not in "CZ" and printable(c) == c]
    assert len(shown) > 2000
    names = ["".join(shown[start : start + 60]) for start in range(0, len(shown), 60)]
    render_delivery_note(delivery_note(lines=tuple(line(name=name) for name in names)))


def test_a_personal_number_in_a_text_is_not_printed() -> None:
    spellings = (TEST_NUMBER, "189001019802", "900101-9802", "9001019802", "900101+9802", "900101\u200b-9802")
    for spelling in spellings:
        note = delivery_note(
            reference=f"Brukare {spelling}, hemma",
            external_id=f"BP{spelling}",
            receiver=Party(f"Åsa {spelling}", (spelling,), None),
        )
        digits = "".join(filter(str.isdigit, words_of(render_delivery_note(note))))
        assert "9001019802" not in digits


def test_a_repr_shows_nothing_of_the_receiver() -> None:
    shown = repr(delivery_note()) + repr(delivery_note_sheet(delivery_note()))
    for personal in ("Åsa", "Öberg", "Björkvägen", "987 65 43", "Eva"):
        assert personal not in shown


def test_an_error_quotes_nothing_that_stands_on_the_page() -> None:
    broken = Sheet("delivery_note", datetime(2026, 10, 14, tzinfo=UTC), {"sender": "Åsa Öberg"})
    with pytest.raises(TypesettingError) as refused:
        to_pdf(broken)
    assert str(refused.value) == "the delivery_note could not be typeset"


def test_the_longest_texts_keep_their_columns_and_every_character() -> None:
    code = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" * 2
    serial_numbers = tuple(f"SERIENUMMER-{number:012}" for number in range(60))
    note = delivery_note(
        reference=code,
        external_id=code[:64],
        source=code[:32],
        receiver=Party("Åsa " * 30, ("Gata " * 30, "c/o", "851 72 Sundsvall"), None),
        lines=(line(line_no=1000, article=code, name=code, ordered=9999, serial_numbers=serial_numbers),),
    )
    pages = text_of_pages(render_delivery_note(note))
    printed = "".join("".join(pages).split())
    assert printed.count(code) == 3
    assert all(serial_number in printed for serial_number in serial_numbers)
