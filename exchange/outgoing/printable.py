"""What of a text from outside may stand on paper?

Texts reach the templates as data, never as markup; here they lose what a page cannot show or must not obey:
control and bidi characters, characters none of our fonts has, and numbers that look like a personnummer.
Next: typesetting.py, which applies `printable` to every text of a document.
"""

import re
import unicodedata
from functools import lru_cache

from workflows.identity import is_personal_number

# Every assigned character in these ranges has a glyph in the shipped or typst's embedded fonts: a missing
# glyph would make the PDF break PDF/A, and typst refuses it. A test typesets them all.
PRINTABLE_RANGES = (
    (0x0020, 0x04FF),  # Latin, Greek, Cyrillic
    (0x0531, 0x05F4),  # Armenian, Hebrew
    (0x0621, 0x063A),  # Arabic letters
    (0x0640, 0x0652),
    (0x1E00, 0x1FFF),  # Latin with double accents (Vietnamese), Greek with accents
    (0x2010, 0x2027),  # dashes, quotation marks, bullets
    (0x2030, 0x2040),
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20AC, 0x20AC),  # €
    (0x2116, 0x2116),  # №
    (0x2122, 0x2122),  # ™
    (0x2150, 0x2150),  # fractions
    (0x2153, 0x215F),
    (0x2190, 0x22FF),  # arrows, mathematical signs
    (0x2500, 0x25FF),  # boxes and shapes
)
UNPRINTABLE = "□"
HIDDEN_NUMBER = "[dolt nummer]"

_MAY_BE_PERSONAL = re.compile(r"(?<!\d)(?:\d{2})?\d{6}[-+ \u2010-\u2015\u2212]?\d{4}(?!\d)")


def printable(text: str) -> str:
    """The text in NFC on one line, with `□` for what no font can show.

    Control, format and bidi characters are dropped, and accents that belong to no letter.
    """
    kept = (_as_printed(character) for character in unicodedata.normalize("NFC", text))
    return " ".join("".join(kept).split())


def without_personal_numbers(text: str) -> str:
    """The printable text with `[dolt nummer]` for every personnummer or samordningsnummer in it.

    A second line of defence for free text: such numbers are refused where orders arrive (P7).
    """
    return _MAY_BE_PERSONAL.sub(
        lambda found: HIDDEN_NUMBER if is_personal_number(found[0]) else found[0],
        printable(text),
    )


def is_printable(character: str) -> bool:
    """Whether one of our fonts can show the character."""
    return any(first <= ord(character) <= last for first, last in PRINTABLE_RANGES)


@lru_cache(maxsize=1024)
def _as_printed(character: str) -> str:
    category = unicodedata.category(character)
    if category in ("Zs", "Zl", "Zp") or character in "\t\n\r\v\f":
        return " "
    # An accent that NFC could not join to its letter may fall to another font, and have no glyph there.
    if category in ("Cc", "Cf", "Cs", "Mn", "Me", "Mc"):
        return ""
    if category in ("Cn", "Co") or not is_printable(character):
        return UNPRINTABLE
    return character
