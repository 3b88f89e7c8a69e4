"""How do tests hear of each statement before the product sends it? A database that tells them.

Next: interleaving.py (which holds statements back), integration/test_sql_shape.py (which reads them).
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psycopg

from config.database import Connection, Database

Teller = Callable[[Connection, str], None]
"""Is told the connection and the text of a statement that is about to be sent on it."""


def telling_cursor(tell: Teller) -> type[psycopg.Cursor[Any]]:
    """A cursor that tells of everything it sends."""

    class TellingCursor(psycopg.Cursor[Any]):
        def _told(self, query: Any) -> None:
            text = query.decode() if isinstance(query, bytes) else str(query)
            if text.strip():  # The pool looks with an empty one whether a connection lives.
                tell(self.connection, text)

        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            self._told(query)
            return super().execute(query, *args, **kwargs)

        def executemany(self, query: Any, *args: Any, **kwargs: Any) -> None:
            self._told(query)
            super().executemany(query, *args, **kwargs)

        def copy(self, statement: Any, *args: Any, **kwargs: Any) -> AbstractContextManager[psycopg.Copy]:
            self._told(statement)
            return super().copy(statement, *args, **kwargs)

    return TellingCursor


class TellingDatabase(Database):
    """The product's database, that tells of every statement of its transactions and sessions."""

    def __init__(self, url: str, tell: Teller) -> None:
        super().__init__(url)
        self._cursor = telling_cursor(tell)
        self._pool.kwargs = {**dict(self._pool.kwargs or {}), "cursor_factory": self._cursor}

    def session(self) -> Connection:
        """A session that tells as well."""
        session = super().session()
        session.cursor_factory = self._cursor
        return session
