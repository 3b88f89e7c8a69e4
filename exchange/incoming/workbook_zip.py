"""Can the zip of a workbook be opened without harm? Its entries are counted, measured and inflated here, within limits.

What a zip declares of itself may be a lie: the directory is walked to its end, and every entry inflated with a
counter. Nobody else reads the zip; what is given on is what was inflated. Next: workbook.py.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from exchange.incoming.raw_row import UnusableFile

MOST_ENTRIES = 1_000
MOST_BYTES = 50 << 20
"""Unpacked, of all entries together."""
MOST_TIMES = 100
"""How many times its packed size an entry of more than a megabyte may unpack to."""

_FREELY_TIMES = 1 << 20
_END = struct.Struct("<4s4H2LH")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_ENCRYPTED = 0x1 | 0x40 | 0x2000
_UTF_8 = 0x800
_STORED, _DEFLATED = 0, 8
_PIECE = 1 << 16
_ZIP = b"PK\x03\x04"


class Entry(NamedTuple):
    """One file in the zip, as its directory tells of it; sizes in bytes."""

    name: str
    method: int
    crc: int
    packed: int
    unpacked: int
    offset: int


def damaged() -> UnusableFile:
    """The refusal of a workbook that is cut off or contradicts itself."""
    return UnusableFile(
        "Filen är ingen hel .xlsx-fil; den är avkortad eller skadad. Spara den igen.",
        "The file is no whole .xlsx file; it is cut off or damaged. Save it again.",
    )


def _refused(sv: str, en: str) -> UnusableFile:
    return UnusableFile(f"Arbetsboken packas inte upp: {sv}.", f"The workbook is not unpacked: {en}.")


def entries(content: bytes) -> list[Entry]:
    """Every entry of the zip. Raises UnusableFile for what could harm, before anything is unpacked."""
    found = list(_directory(content))
    _refuse_names(found)
    if sum(entry.unpacked for entry in found) > MOST_BYTES:
        raise _too_large()
    for entry in found:
        if entry.unpacked > _FREELY_TIMES and entry.unpacked > MOST_TIMES * entry.packed:
            raise _refused("en del av den är packad orimligt hårt", "a part of it is packed unreasonably tight")
    return found


def inflated(content: bytes, entry: Entry) -> bytes:
    """The entry unpacked, never more than it declares. Raises UnusableFile where it is not what it declares."""
    pieces, length, crc = [], 0, 0
    for piece in _pieces(_packed(content, entry), entry):
        length += len(piece)
        if length > entry.unpacked:
            raise _refused("en del av den är större än den säger sig vara", "a part of it is larger than it declares")
        crc = zlib.crc32(piece, crc)
        pieces.append(piece)
    if length != entry.unpacked or crc != entry.crc:
        raise damaged()
    unpacked = b"".join(pieces)
    if unpacked.startswith(_ZIP):
        raise _refused("en annan zip ligger i den", "another zip lies in it")
    return unpacked


def _directory(content: bytes) -> Iterator[Entry]:
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - _END.size - _LONGEST_COMMENT))
    if end < 0 or end + _END.size > len(content):
        raise damaged()
    _, disk, first_disk, _, number, size, position, comment = _END.unpack_from(content, end)
    if disk or first_disk or end + _END.size + comment != len(content) or position + size > end:
        raise damaged()
    if number > MOST_ENTRIES:
        raise _refused(f"den har fler än {MOST_ENTRIES} delar", f"it has more than {MOST_ENTRIES} parts")
    stop = position + size
    for _ in range(number):
        if position + _CENTRAL.size > stop:
            raise damaged()
        signature, *facts = _CENTRAL.unpack_from(content, position)
        flags, method, crc, packed, unpacked = facts[2], facts[3], *facts[6:9]
        name_length, offset = facts[9], facts[15]
        begins = position + _CENTRAL.size
        name = content[begins : begins + name_length]
        if signature != b"PK\x01\x02":
            raise damaged()
        if flags & _ENCRYPTED:
            raise locked()
        encoding = "utf-8" if flags & _UTF_8 else "cp437"
        yield Entry(name.decode(encoding, "replace"), method, crc, packed, unpacked, offset)
        position += _CENTRAL.size + name_length + facts[10] + facts[11]
    if position != stop:
        raise damaged()


def locked() -> UnusableFile:
    """The refusal of a workbook that a password protects."""
    return UnusableFile(
        "Arbetsboken är skyddad med lösenord. Spara den utan lösenord, som .xlsx.",
        "The workbook is protected by a password. Save it without one, as .xlsx.",
    )


def _too_large() -> UnusableFile:
    megabytes = MOST_BYTES >> 20
    return _refused(f"den är större än {megabytes} MB uppackad", f"it is larger than {megabytes} MB unpacked")


def _refuse_names(found: list[Entry]) -> None:
    names = [entry.name.replace("\\", "/") for entry in found]
    for name in names:
        if name.startswith("/") or ":" in name or "\0" in name or ".." in name.split("/"):
            raise _refused("en del av den pekar utanför den", "a part of it points outside it")
    if len({name.casefold() for name in names}) < len(names):
        raise _refused("två delar av den har samma namn", "two parts of it have the same name")


def _packed(content: bytes, entry: Entry) -> bytes:
    """The packed bytes of the entry, which its own header must know by the same name."""
    if entry.offset + _LOCAL.size > len(content):
        raise damaged()
    signature, *facts = _LOCAL.unpack_from(content, entry.offset)
    begins = entry.offset + _LOCAL.size
    name = content[begins : begins + facts[8]].decode("utf-8" if facts[1] & _UTF_8 else "cp437", "replace")
    begins += facts[8] + facts[9]
    packed = content[begins : begins + entry.packed]
    if signature != _ZIP or facts[2] != entry.method or name != entry.name or len(packed) != entry.packed:
        raise damaged()
    return packed


def _pieces(packed: bytes, entry: Entry) -> Iterator[bytes]:
    if entry.method == _STORED:
        yield packed
        return
    if entry.method != _DEFLATED:
        raise _refused("den är packad på ett ovanligt sätt", "it is packed in an unusual way")
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        for begins in range(0, len(packed), _PIECE):
            piece = packed[begins : begins + _PIECE]
            while piece and not inflate.eof:
                yield inflate.decompress(piece, _PIECE)
                piece = inflate.unconsumed_tail
    except zlib.error:
        raise damaged() from None
    # What lies packed behind its end nobody would see, and what never ends was cut off.
    if not inflate.eof or inflate.unused_data or begins + _PIECE < len(packed):
        raise damaged()
