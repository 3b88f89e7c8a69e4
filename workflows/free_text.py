"""What may a person write that is stored in clear? Anything but somebody's number: reasons and document numbers."""

from workflows.identity import holds_personal_number


class PersonalNumberInText(Exception):
    """Texten innehåller ett personnummer; skriv den utan (the text holds a personal identity number; leave it out)."""


def refuse_personal_number(text: str | None) -> None:
    """Raise PersonalNumberInText, which does not repeat it, for text with somebody's number in it (P7)."""
    if text and holds_personal_number(text):
        raise PersonalNumberInText(PersonalNumberInText.__doc__)
