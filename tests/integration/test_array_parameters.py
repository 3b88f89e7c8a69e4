"""Do lists reach PostgreSQL and come back as they were? config/array_parameters.py beside psycopg's own way."""

from datetime import UTC, datetime

import psycopg
import pytest

from config.database import Database

_MOMENT = datetime(2026, 11, 20, 14, 59, 59, 999_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("bigint", []),
        ("bigint", [1, -2, 2**62]),
        ("bigint", [1, None]),
        ("numeric", [10**30]),
        ("boolean", [True, False]),
        ("text", ["", " ", "NULL", "null", "a,b", "{a}", "å ö", "'; --", "\t\n"]),
        ("text", ['"', 'a"b', "\\", "a\\b", "plain"]),
        ("text", [None, "NULL", None]),
        ("text", [None, None]),
        ("text", [["a", "b"], ["c", None]]),
        ("timestamptz", [_MOMENT, _MOMENT, datetime(1, 1, 2, tzinfo=UTC)]),
        ("timestamptz", [_MOMENT, None]),
        ("bytea", [b"", b'"\\', b"a"]),
    ],
)
def test_a_list_comes_back_as_it_was_sent(database: Database, kind: str, values: list[object]) -> None:
    query = f"SELECT %s::{kind}[]".encode()
    with database.transaction() as tx, psycopg.connect(database.url) as plain:
        sent = tx.execute(query, (values,)).fetchone()
        assert sent == plain.execute(query, (values,)).fetchone()
    assert sent is not None
    assert sent[0] == values


def test_a_text_with_a_zero_byte_is_refused(database: Database) -> None:
    with pytest.raises(psycopg.DataError), database.transaction() as tx:
        tx.execute("SELECT %s::text[]", (["a\x00b"],))
