"""Which places are a kommun's? Its units and its stores, and the stores of HMS, which deliver to every kommun."""

from dataclasses import dataclass
from typing import NamedTuple

from config.database import Connection


@dataclass(frozen=True, slots=True)
class Places:
    """The codes of a kommun's vårdenheter and stores; `stores` has those of HMS too."""

    units: frozenset[str]
    own_stores: frozenset[str]
    stores: frozenset[str]


def places_of(tx: Connection, kommun: str) -> Places:
    """The places of that kommun; none of its own where nobody has heard of it."""
    units = tx.execute("SELECT code FROM vardenhet WHERE kommun = %s", (kommun,)).fetchall()
    stores = tx.execute(
        "SELECT code, kommun = %(kommun)s FROM store WHERE kommun = %(kommun)s OR kind = 'hms'", {"kommun": kommun}
    ).fetchall()
    return Places(
        frozenset(code for (code,) in units),
        frozenset(code for code, is_own in stores if is_own),
        frozenset(code for code, _ in stores),
    )


def is_store_of(tx: Connection, code: str, kommun: str | None) -> bool:
    """Whether there is a store of that code for whoever sees `kommun` alone; None is the whole region."""
    return (
        tx.execute(
            "SELECT FROM store WHERE code = %(code)s AND (%(kommun)s::text IS NULL OR kommun = %(kommun)s)",
            {"code": code, "kommun": kommun},
        ).fetchone()
        is not None
    )


class StoreSeen(NamedTuple):
    """A store that delivers to a kommun, and whether a person confirms there."""

    code: str
    name: str
    picks_by_hand: bool
    delivers_by_hand: bool


def stores_seen(tx: Connection, kommun: str | None) -> list[StoreSeen]:
    """The kommun's stores, and then those of HMS; every store for the whole region (None)."""
    rows = tx.execute(
        "SELECT code, name, picking = 'confirmed', delivery = 'confirmed' FROM store "
        "WHERE %(kommun)s::text IS NULL OR kommun = %(kommun)s OR kind = 'hms' "
        "ORDER BY kommun IS NOT DISTINCT FROM %(kommun)s DESC, length(code), code",
        {"kommun": kommun},
    )
    return [StoreSeen(*row) for row in rows]


def kommuner(tx: Connection) -> list[str]:
    """The kommuner that have a store or a vårdenhet."""
    rows = tx.execute(
        "SELECT kommun FROM (SELECT kommun FROM store UNION SELECT kommun FROM vardenhet) known WHERE kommun <> ''"
    )
    return sorted(kommun for (kommun,) in rows)
