"""Is personal data anywhere it must not be? The load's canary numbers and names are looked for, wherever text may lie.

Process logs, servers' logs, Redis and its log of commands, every column of the database, documents' metadata. In clear
they may stand nowhere; sealed they look like nothing.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from config.database import Database
from drill.judge.finding import Finding, found
from drill.load import PATIENT_NAME, PATIENT_STREET
from exchange.demo_data.patients import official_test_numbers

_WRITTEN = re.compile(r"(?=(?<!\d)((?:\d{2})?\d{6})[-+ ]?(\d{4})(?!\d))")
_NUMBERS = frozenset(number[2:] for number in official_test_numbers())
_NAMES = (PATIENT_NAME, PATIENT_STREET)
_ESCAPED_NAMES = tuple(name.encode("unicode_escape").decode() for name in _NAMES)
"""As JSON and Python's repr write them."""


def tells_of_a_patient(text: str) -> bool:
    """Whether a canary's number, in any form people write, or its name or street is in the text."""
    if any(name in text for name in (*_NAMES, *_ESCAPED_NAMES)):
        return True
    return any(found[1][-6:] + found[2] in _NUMBERS for found in _WRITTEN.finditer(text))


def judge_privacy(
    logs: Iterable[Path], redis_dumps: Iterable[str], database: Database, documents: Iterable[tuple[str, bytes]]
) -> list[Finding]:
    """Look everywhere. `documents`: name and content of each, as it was rendered."""
    where = [
        *(f"log {path.name}" for path in logs if tells_of_a_patient(path.read_text("utf-8", "replace"))),
        *(f"redis, look {number}" for number, dump in enumerate(redis_dumps) if tells_of_a_patient(dump)),
        *_in_database(database),
        *(f"document {name[:12]}" for name, content in documents if tells_of_a_patient(content.decode("latin-1"))),
    ]
    return [found("personal-data", "a canary's number or name in clear where it must not be", where)]


def _in_database(database: Database) -> Iterator[str]:
    """Every column of every table, as text; what is sealed too: nothing in clear may hide in it."""
    with database.transaction(snapshot=True, statement_timeout_ms=0) as tx:
        columns = tx.execute(
            "SELECT c.relname, a.attname, a.atttypid = 'bytea'::regtype FROM pg_class c "
            "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped "
            "WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace "
            "AND a.atttypid = ANY ('{text, text[], jsonb, json, varchar, bytea}'::regtype[]) ORDER BY 1, 2"
        ).fetchall()
        for table, column, is_bytes in columns:
            shown = f"encode({column}, 'escape')" if is_bytes else f"{column}::text"
            rows = tx.execute(f"SELECT DISTINCT {shown} FROM {table} WHERE {column} IS NOT NULL".encode())
            if any(tells_of_a_patient(value) for (value,) in rows):
                yield f"database {table}.{column}"
