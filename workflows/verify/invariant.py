"""What is an invariant? A name, a sentence, and a query that selects what breaks it."""

from typing import NamedTuple


class Invariant(NamedTuple):
    """A name, what holds in Swedish and English, and a query whose one column describes each break."""

    name: str
    sv: str
    en: str
    broken: str
