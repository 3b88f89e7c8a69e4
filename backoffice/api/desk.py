"""What do the routes work with? The database, the keys and the settings of this web process.

A request acts for somebody: their transactions are opened with `seen_by`, in which only their kommun's rows are there.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any

from fastapi import Depends, Request

from backoffice.json_text import STOCKHOLM
from config.database import EVERYTHING, Connection, Database
from config.settings import Settings
from workflows.access_log import Look
from workflows.keyring import keys_of
from workflows.patient_records import index_of_number
from workflows.patients import Keys
from workflows.permissions import Actor


@dataclass(frozen=True)
class Desk:
    """One web process's database and settings; its keys are read at first use."""

    database: Database
    settings: Settings

    @cached_property
    def keys(self) -> Keys:
        """The keys; raises KeysUnusable."""
        return keys_of(self.database, self.settings.key_file)

    @contextmanager
    def seen_by(self, actor: Actor, **timeouts: Any) -> Iterator[Connection]:
        """A transaction in which only what the actor's kommun may see is there."""
        with self.database.transaction(kommun=_kommun_of(actor), **timeouts) as tx:
            yield tx

    @contextmanager
    def storing_for(self, actor: Actor, **timeouts: Any) -> Iterator[Connection]:
        """A transaction that stores new orders: the database refuses one that is not of the actor's kommun."""
        with self.database.transaction(kommun=_kommun_of(actor), writes=True, **timeouts) as tx:
            yield tx

    def index_of(self, number: str) -> bytes:
        """The keyed index of a person's number, as the region's numbers may be today. Raises NotANumber."""
        return index_of_number(
            number, self.keys, today=datetime.now(STOCKHOLM).date(),
            reservnummer_patterns=self.settings.reservnummer_patterns,
        )  # fmt: skip

    def look(self, actor: Actor, why: str, request: Request, unit: str | None = None) -> Look:
        """The actor's look at a patient, for the access log. `unit` is the one acted for, where they have several."""
        units = actor.units & {unit} if unit is not None else actor.units
        return Look(
            actor.name, why, self.keys,
            role=", ".join(sorted(actor.roles)) or None,
            unit=next(iter(units)) if len(units) == 1 else None,
            kommun=actor.kommun,
            request_id=getattr(request.state, "request_id", None),
        )  # fmt: skip


def _kommun_of(actor: Actor) -> str:
    """An empty name is nobody's, not the whole region's."""
    return EVERYTHING if actor.kommun is None else actor.kommun


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


DeskOf = Annotated[Desk, Depends(_desk)]
