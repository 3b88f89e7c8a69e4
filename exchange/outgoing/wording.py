"""Which Swedish words are printed for the coded values of an order?

The codes are ASCII (rules.md, Words); paper carries å, ä and ö. A code we do not know is printed as it is.
Next: delivery_note.py and pick_list.py, which print them.
"""

ORDER_TYPES = {
    "lagerflyttsorder": "Lagerflyttsorder",
    "bestallning": "Beställning",
    "forskrivning": "Förskrivning",
}
CUSTOMER_ORDER_TYPES = {
    "lagerflytt": "Lagerflytt",
    "lagerflytt_mellan_kommuner": "Lagerflytt mellan kommuner",
    "direktforskrivning": "Direktförskrivning",
    "forskrivning": "Förskrivning",
}
RECEIVER_KINDS = {
    "kommunlager": "Kommunlager",
    "vardenhet": "Vårdenhet",
    "patient": "Patient",
}
PRIORITIES = {"normal": "Normal", "akut": "Akut"}


def worded(words: dict[str, str], code: str) -> str:
    """The printed word for `code`, or the code itself where there is none."""
    return words.get(code, code)
