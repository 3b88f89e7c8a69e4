"""Which rows does a statement lock, and may it? Read from its text, and the keys from the database it runs in.

Two who lock several of the same rows must lock them in one order, or each waits for the other; and who skips a balance
that is locked, counts without it. Next: integration/test_sql_shape.py.
"""

import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from config.database import Connection

Keys = dict[str, list[frozenset[str]]]
"""The keys of each table: sets of columns that one row alone has."""

BALANCES = frozenset({"stock_balance", "number_counter"})
"""Rows that are counted in: nobody may decide without them because they are locked."""

_LOCK = re.compile(
    r"\bFOR (?:NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)\b(?: OF (\w+))?(?: (SKIP LOCKED|NOWAIT))?", re.IGNORECASE
)
_NOISE = re.compile(r"--[^\n]*|'(?:[^']|'')*'")
_TABLE = re.compile(r"\b(?:FROM|JOIN) (\w+)(?: (?:AS )?(?!WHERE|JOIN|ORDER|ON|USING|LEFT|CROSS|LIMIT|FOR\b)(\w+))?")
_EQUAL = re.compile(r"(?:\b(\w+)\.)?\b(\w+) = (?!ANY\b)(?:%s|%\(\w+\)s|\$\d+|[\w.]+)(?! ?\()")


class Lock(NamedTuple):
    """A clause that locks rows, and the query it belongs to, without what stands in brackets."""

    query: str
    of: str | None
    skips: bool


def keys_of(tx: Connection) -> Keys:
    """The primary and unique keys of the database's tables."""
    keys: Keys = {}
    for table, columns in tx.execute(
        "SELECT i.indrelid::regclass::text, array_agg(a.attname::text) FROM pg_index i JOIN pg_attribute a "
        "ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey) JOIN pg_class c ON c.oid = i.indrelid "
        "WHERE i.indisunique AND i.indpred IS NULL AND c.relnamespace = 'public'::regnamespace "
        "GROUP BY i.indexrelid, i.indrelid"
    ):
        keys.setdefault(table, []).append(frozenset(columns))
    return keys


def locks_in(text: str) -> Iterator[Lock]:
    """The locks that a statement, or the body of a function, takes."""
    plain = re.sub(r"\s+", " ", _NOISE.sub("''", text))
    for found in _LOCK.finditer(plain):
        yield Lock(_query_before(plain, found.start()), found[1], (found[2] or "").upper() == "SKIP LOCKED")


def _query_before(text: str, end: int) -> str:
    """The query that ends there: back to the bracket or semicolon that it begins after."""
    depth, kept = 0, []
    for character in reversed(text[:end]):
        if character == ")":
            depth += 1
        elif character == "(":
            depth -= 1
        if depth < 0 or (character == ";" and depth == 0):
            break
        if depth == 0 and character != "(":
            kept.append(character)
    return "".join(reversed(kept))


def faults_in(text: str, keys: Keys) -> list[str]:
    """What is wrong with the locks of a statement, or of a function's body; nothing, if all are as they must be."""
    faults = []
    for lock in locks_in(text):
        tables = {alias or table: table for table, alias in _TABLE.findall(lock.query)}
        locked = {lock.of: tables.get(lock.of, "")} if lock.of else tables
        if lock.skips and BALANCES.intersection(tables.values()):
            faults.append(f"skips a balance that is locked: {lock.query}")
        if not ("ORDER BY" in lock.query or _is_one_row(lock.query, locked, keys)):
            faults.append(f"locks several rows in no order: {lock.query}")
    return faults


def _is_one_row(query: str, locked: dict[str, str], keys: Keys) -> bool:
    """Whether each table that is locked is asked for one row by a key."""
    return bool(locked) and all(
        _has_key({column for of, column in _EQUAL.findall(query) if of in ("", alias)}, keys.get(table, []))
        for alias, table in locked.items()
    )


def _has_key(columns: Collection[str], keys: list[frozenset[str]]) -> bool:
    return any(key <= set(columns) for key in keys)
