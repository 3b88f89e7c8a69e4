"""What stands in our barcodes, and can it be read back?

Both are Code 128, and a scanner tells them apart by their text alone: an utleverans is its number
(`10-2026-000042`: store, year, sequence), an order is `ORDER-` and its id (`ORDER-4711`). No utleverans
number looks like that: it ends with a year of four digits, a hyphen and a sequence of at least six.
Next: typesetting.py, which puts the drawings on a page.
"""

from dataclasses import dataclass

import zxingcpp

_CODE_128 = zxingcpp.BarcodeFormat.Code128


class UnreadableBarcode(ValueError):
    """A barcode could not be drawn, or its reader found another text in it than was written."""


@dataclass(frozen=True, slots=True)
class Barcode:
    """A drawn and proven barcode: its text, its SVG, and its width in modules with the quiet zones."""

    text: str
    svg: str
    modules: int


def utleverans_barcode(utleverans_number: str) -> Barcode:
    """The barcode of an utleverans, its number as it is. Raises UnreadableBarcode."""
    return code_128(utleverans_number)


def order_barcode(order_number: int) -> Barcode:
    """The barcode of an order: `ORDER-` and its id. Raises UnreadableBarcode."""
    return code_128(f"ORDER-{order_number}")


def code_128(text: str) -> Barcode:
    """Draw `text` (Latin-1, 1–256 characters) as Code 128 and read the drawing back with zxing-cpp.

    Raises UnreadableBarcode when it cannot be drawn, or reads as anything but `text`.
    """
    try:
        drawn = zxingcpp.create_barcode(text, _CODE_128)
    except ValueError as refused:
        raise UnreadableBarcode(f"{text!r} cannot be written as Code 128") from refused
    image = drawn.to_image(scale=2)
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormats(_CODE_128))
    if [barcode.text for barcode in found] != [text]:
        raise UnreadableBarcode(f"the barcode of {text!r} reads as {[barcode.text for barcode in found]!r}")
    return Barcode(text=text, svg=drawn.to_svg(), modules=image.shape[1] // 2)
