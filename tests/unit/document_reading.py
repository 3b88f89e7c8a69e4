"""How do the tests read a rendered document? Barcodes from the pixels of a page, text from the PDF."""

import io
import re
import struct
import zlib
from itertools import accumulate

import pypdf
import zxingcpp

_RGBA = 4


def barcodes_on(png: bytes) -> list[str]:
    """The texts a barcode reader finds on a page, from top to bottom."""
    width, height, pixels = _red_channel(png)
    page = memoryview(pixels).cast("B", shape=[height, width])
    found = zxingcpp.read_barcodes(page)
    return [barcode.text for barcode in sorted(found, key=lambda barcode: barcode.position.top_left.y)]


def text_of_pages(pdf: bytes) -> list[str]:
    """The text of each page, with the invisible break opportunities of long words left out."""
    return [page.extract_text().replace("\u200b", "") for page in pypdf.PdfReader(io.BytesIO(pdf)).pages]


def words_of(pdf: bytes) -> str:
    """All text on one line, as it reads, whatever the line breaks of the page."""
    return " ".join(" ".join(text_of_pages(pdf)).split())


def metadata_of(pdf: bytes) -> str:
    """Everything the PDF says about itself: the information dictionary and the XMP packet."""
    document = pypdf.PdfReader(io.BytesIO(pdf))
    packet = document.xmp_metadata
    return f"{document.metadata}{packet.stream.get_data().decode() if packet else ''}"


def everything_in(pdf: bytes) -> bytes:
    """The raw bytes, followed by every compressed stream unpacked."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(_unpacked(stream) for stream in streams)


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def _red_channel(png: bytes) -> tuple[int, int, bytes]:
    """Width, height and one byte a pixel of a PNG with 8-bit RGBA: black bars on white need no more."""
    width, height, depth, colour = struct.unpack(">IIBB", png[16:26])
    assert (depth, colour) == (8, 6), "the page is not 8-bit RGBA"
    packed = b""
    position = 8
    while position < len(png):
        size, kind = struct.unpack(">I4s", png[position : position + 8])
        if kind == b"IDAT":
            packed += png[position + 8 : position + 8 + size]
        position += 12 + size
    raw = zlib.decompress(packed)
    stride = 1 + width * _RGBA
    row = bytes(width)
    rows = []
    for start in range(0, height * stride, stride):
        row = _unfiltered(raw[start], raw[start + 1 : start + stride : _RGBA], row)
        rows.append(row)
    return width, height, b"".join(rows)


def _unfiltered(kind: int, line: bytes, above: bytes) -> bytes:
    """Undo a PNG row filter on one channel (PNG specification, 9.2)."""
    if kind == 0 or (kind == 2 and not any(line)):
        return line if kind == 0 else above
    if kind == 1:
        return bytes(total & 255 for total in accumulate(line))
    if kind == 2:
        return bytes((value + up) & 255 for value, up in zip(line, above, strict=True))
    result = bytearray()
    left = corner = 0
    for value, up in zip(line, above, strict=True):
        predicted = (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
        left, corner = (value + predicted) & 255, up
        result.append(left)
    return bytes(result)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda neighbour: abs(guess - neighbour))
