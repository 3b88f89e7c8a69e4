"""What can somebody choose when they fill in an order? Units, stores, people and articles, by code and name.

Master data, never an order: each list is as long as the register at most, and cut off at MOST. `kommun` is whose places
are offered, None the whole region. Next: rules/, which judge what was chosen.
"""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from psycopg.rows import class_row

from config.database import Connection

MOST = 300
"""Places or people of a list."""
MOST_FOUND = 20
"""What a search gives."""


class Named(NamedTuple):
    """Something by its code, and what people call it."""

    code: str
    name: str


class Unit(NamedTuple):
    """A vårdenhet, and the store that follows from it, where it has one of its own."""

    code: str
    name: str
    own_store: str | None
    store_name: str | None


class Found(NamedTuple):
    """An article as a search gives it."""

    code: str
    name: str
    individual: bool


_NAMED = class_row(Named)


def unit_of(tx: Connection, code: str, kommun: str | None) -> Unit | None:
    """The unit of that code, if it is there for the kommun."""
    with tx.cursor(row_factory=class_row(Unit)) as cursor:
        return cursor.execute(
            "SELECT u.code, u.name, s.code AS own_store, s.name AS store_name FROM vardenhet u "
            "LEFT JOIN store s ON s.code = u.own_store AND s.kind = 'kommun' "
            "WHERE u.code = %(code)s AND (%(kommun)s::text IS NULL OR u.kommun = %(kommun)s)",
            {"code": code, "kommun": kommun},
        ).fetchone()


def units_named(tx: Connection, codes: Collection[str], kommun: str | None) -> list[Named]:
    """Those of the units of these codes that are there for the kommun."""
    with tx.cursor(row_factory=_NAMED) as cursor:
        return cursor.execute(
            "SELECT code, name FROM vardenhet WHERE code = ANY(%(codes)s) "
            "AND (%(kommun)s::text IS NULL OR kommun = %(kommun)s) ORDER BY code LIMIT %(limit)s",
            {"codes": list(codes), "kommun": kommun, "limit": MOST},
        ).fetchall()


def units_found(tx: Connection, words: str, kommun: str | None) -> list[Named]:
    """The units whose code or name holds every one of the words; without words the first of them."""
    with tx.cursor(row_factory=_NAMED) as cursor:
        return cursor.execute(
            "SELECT code, name FROM vardenhet "
            "WHERE (%(kommun)s::text IS NULL OR kommun = %(kommun)s) "
            "AND (SELECT coalesce(bool_and(strpos(lower(code || ' ' || name), word) > 0), true) "
            "     FROM unnest(%(words)s::text[]) word) "
            "ORDER BY code LIMIT %(limit)s",
            {"kommun": kommun, "words": words.lower().split(), "limit": MOST_FOUND},
        ).fetchall()


def kommunlager(tx: Connection, kommun: str | None) -> list[Named]:
    """The kommunlager of the kommun, or all."""
    with tx.cursor(row_factory=_NAMED) as cursor:
        return cursor.execute(
            "SELECT code, name FROM store WHERE kind = 'kommun' "
            "AND (%(kommun)s::text IS NULL OR kommun = %(kommun)s) ORDER BY code LIMIT %(limit)s",
            {"kommun": kommun, "limit": MOST},
        ).fetchall()


def people_with_roles(tx: Connection, unit: str, roles: Collection[str]) -> list[Named]:
    """Who of the unit has any of the roles."""
    with tx.cursor(row_factory=_NAMED) as cursor:
        return cursor.execute(
            "SELECT p.id AS code, p.name FROM person_unit u JOIN person p ON p.id = u.person "
            "WHERE u.unit = %s AND p.roles && %s::text[] ORDER BY p.name, p.id LIMIT %s",
            (unit, list(roles), MOST),
        ).fetchall()


def prescribers_at(tx: Connection, unit: str, on: date) -> list[Named]:
    """Who is licensed and holds a right to prescribe for the unit that day."""
    with tx.cursor(row_factory=_NAMED) as cursor:
        return cursor.execute(
            "SELECT p.id AS code, p.name FROM person p WHERE p.licensed AND EXISTS ("
            "SELECT FROM prescribing_right r WHERE r.person = p.id AND r.unit = %(unit)s "
            "AND coalesce(r.valid_from <= %(on)s, true) AND coalesce(%(on)s <= r.valid_to, true)) "
            "ORDER BY p.name, p.id LIMIT %(limit)s",
            {"unit": unit, "on": on, "limit": MOST},
        ).fetchall()


def articles_found(tx: Connection, words: str) -> list[Found]:
    """Articles to order whose number or name holds every one of the words, those whose number begins so first."""
    with tx.cursor(row_factory=class_row(Found)) as cursor:
        return cursor.execute(
            "SELECT number AS code, name, individual FROM article WHERE NOT withdrawn "
            "AND (SELECT bool_and(strpos(lower(number || ' ' || name), word) > 0) FROM unnest(%(words)s::text[]) word) "
            "ORDER BY NOT starts_with(lower(number), %(begin)s), length(number), number LIMIT %(limit)s",
            {"words": words.lower().split(), "begin": words.lower().strip(), "limit": MOST_FOUND},
        ).fetchall()


def articles_named(tx: Connection, numbers: Collection[str]) -> dict[str, Found]:
    """The articles of these numbers, by number."""
    with tx.cursor(row_factory=class_row(Found)) as cursor:
        rows = cursor.execute(
            "SELECT number AS code, name, individual FROM article WHERE number = ANY(%s)", (list(numbers),)
        ).fetchall()
    return {each.code: each for each in rows}


def people_named(tx: Connection, ids: Collection[str]) -> dict[str, str]:
    """What these people are called, by id."""
    return dict(tx.execute("SELECT id, name FROM person WHERE id = ANY(%s)", (list(ids),)).fetchall())
