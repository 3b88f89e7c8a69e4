"""Does a pick list tell the person in the store what to pick, on one order's pages at a time?"""

import io
from dataclasses import replace
from datetime import UTC, datetime

import pypdf
import pytest
from unit.document_reading import barcodes_on, metadata_of, text_of_pages, words_of

from exchange.outgoing.pick_list import PickList, PickListLine, pick_list_sheet, render_pick_list
from exchange.outgoing.typesetting import to_png

SUMMER = datetime(2026, 7, 1, 11, 5, tzinfo=UTC)
WINTER = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


def pick_list(order_number: int = 4711, **changes: object) -> PickList:
    """A direktförskrivning to pick in a kommunlager."""
    usual = PickList(
        order_number=order_number,
        external_id="BP-2026-001234",
        store="50301",
        store_name="Kommunlager Timrå",
        created_at=SUMMER,
        order_type="forskrivning",
        priority="normal",
        receiver_kind="patient",
        lines=(
            PickListLine("20001", "Rollator för inomhusbruk", 3, ()),
            PickListLine("20002", "Eldriven rullstol", 1, ("SN-0O1Il", "SN-77")),
        ),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]


def test_each_order_starts_a_page_in_the_order_given_with_its_own_barcode() -> None:
    pages = to_png(pick_list_sheet([pick_list(30), pick_list(10), pick_list(20)]), 150)
    assert [barcodes_on(page) for page in pages] == [["ORDER-30"], ["ORDER-10"], ["ORDER-20"]]


def test_the_list_prints_the_store_the_order_and_its_lines() -> None:
    words = words_of(render_pick_list([pick_list()]))
    for printed in (
        "Plocklista",
        "Pick list",
        "Lager 50301 Kommunlager Timrå",
        "ORDER-4711",
        "BP-2026-001234",
        "Förskrivning",
        "Patient",
        "20001 Rollator för inomhusbruk 3",
        "20002 Eldriven rullstol Individnr: SN-0O1Il, SN-77 1",
        "Plockat av",
    ):
        assert printed in words


@pytest.mark.parametrize(("moment", "printed"), [(SUMMER, "2026-07-01 kl. 13:05"), (WINTER, "2027-01-01 kl. 00:30")])
def test_the_moment_is_printed_as_the_clock_shows_in_stockholm(moment: datetime, printed: str) -> None:
    assert printed in words_of(render_pick_list([pick_list(created_at=moment)]))


def test_a_moment_without_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        render_pick_list([pick_list(created_at=SUMMER.replace(tzinfo=None))])


def test_no_list_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no pick list"):
        render_pick_list([])


def test_only_an_urgent_order_is_marked_urgent() -> None:
    calm, urgent = text_of_pages(render_pick_list([pick_list(1), pick_list(2, priority="akut")]))
    assert "AKUT" not in calm
    assert "AKUT" in urgent


def test_pages_are_counted_for_each_order_and_the_table_header_is_repeated() -> None:
    many = tuple(PickListLine(f"{number:05}", "Rollator", 1, ()) for number in range(1, 501))
    pages = text_of_pages(render_pick_list([pick_list(1), pick_list(2, lines=many), pick_list(3)]))
    long_list = pages[1:-1]
    assert len(long_list) > 5
    assert "Order 1 Sida 1 av 1" in pages[0]
    assert "Order 3 Sida 1 av 1" in pages[-1]
    for number, page in enumerate(long_list, start=1):
        assert f"Order 2 Sida {number} av {len(long_list)}" in page
    assert all("Artikelnr" in page for page in long_list[:-1])
    assert all(f"{number} {number:05} Rollator" in "".join(long_list) for number in range(1, 501))


def test_the_same_lists_give_the_same_bytes() -> None:
    lists = [pick_list(1), pick_list(2)]
    before = render_pick_list(lists)
    render_pick_list([pick_list(3)])
    assert render_pick_list(lists) == before


def test_metadata_names_the_document_and_the_moment_of_the_newest_list() -> None:
    pdf = render_pick_list([pick_list(1, created_at=WINTER), pick_list(2)])
    document = pypdf.PdfReader(io.BytesIO(pdf))
    assert document.metadata is not None
    assert document.metadata.title == "Plocklista, 2 ordrar"
    assert document.metadata.author == "Orderflöde"
    assert document.metadata.creation_date == WINTER
    assert "BP-2026-001234" not in metadata_of(pdf)


def test_markup_in_a_text_is_printed_as_it_was_written() -> None:
    markup = '#read("/etc/passwd") $x$ *bold* <label>'
    hostile = pick_list(store_name=markup, external_id=markup, lines=(PickListLine(markup, markup, 1, (markup,)),))
    (page,) = text_of_pages(render_pick_list([hostile]))
    assert "".join(page.split()).count("".join(markup.split())) == 5


def test_a_personal_number_used_as_the_orderers_number_is_not_printed() -> None:
    # The first of Skatteverket's test numbers.
    words = words_of(render_pick_list([pick_list(external_id="18900101-9802")]))
    assert "9802" not in words
    assert "[dolt nummer]" in words
