"""Which barcodes does a PDF show? Its filled rectangles are drawn on a canvas, and a barcode reader looks at that.

So the file itself is read, as a scanner would read its print, and not the drawing it was made from.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pypdf
import zxingcpp

PIXELS = 4
"""Per point (1/72 inch)."""

Corner = tuple[float, float]


def barcodes_in(pdf: bytes) -> list[str]:
    """The texts of the barcodes, page by page and from top to bottom."""
    return [text for page in pypdf.PdfReader(io.BytesIO(pdf)).pages for text in _barcodes_on(page)]


def _barcodes_on(page: pypdf.PageObject) -> list[str]:
    width, height = (int(side) * PIXELS for side in page.mediabox[2:])
    canvas = bytearray(b"\xff" * (width * height))
    for corners in _black_shapes(page):
        (left, right), (bottom, top) = (
            (round(min(side) * PIXELS), round(max(side) * PIXELS)) for side in zip(*corners, strict=True)
        )
        for row in range(height - top, height - bottom):
            canvas[row * width + left : row * width + right] = bytes(right - left)
    found = zxingcpp.read_barcodes(memoryview(canvas).cast("B", shape=[height, width]))
    return [barcode.text for barcode in sorted(found, key=lambda barcode: barcode.position.top_left.y)]


def _black_shapes(page: pypdf.PageObject) -> Iterator[list[Corner]]:
    """The corners of every shape filled with black, in points on the page."""
    operations: list[tuple[bytes, Sequence[Any], Sequence[float]]] = []
    page.extract_text(visitor_operand_before=lambda *operation: operations.append(operation[:3]))
    shapes: list[list[Corner]] = []
    is_black = True
    for operator, operands, (a, b, c, d, e, f) in operations:
        if operator in (b"m", b"l"):
            x, y = map(float, operands)
            if operator == b"m":
                shapes.append([])
            shapes[-1].append((a * x + c * y + e, b * x + d * y + f))
        elif operator in (b"scn", b"g", b"rg"):
            is_black = not any(map(float, operands))
        elif operator in (b"f", b"f*", b"S", b"n"):
            if operator.startswith(b"f") and is_black:
                yield from shapes
            shapes = []
