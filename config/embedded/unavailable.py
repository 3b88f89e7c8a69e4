"""What does a person read when no usable PostgreSQL or Redis can be had? One line, Swedish first.

Raised all through config/embedded and by config/server_urls.py; the command line prints it and exits 2.
"""


class ServerUnavailable(Exception):
    """No usable server. `str()` is one line: the Swedish sentence, then the English; it never holds a password."""

    def __init__(self, swedish: str, english: str) -> None:
        super().__init__(swedish, english)
        self.swedish = swedish
        self.english = english

    def __str__(self) -> str:
        return " ".join(f"{self.swedish} {self.english}".split())
