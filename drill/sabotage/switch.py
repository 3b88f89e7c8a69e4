"""What is a sabotage? A guard that is taken away, and how that is to show."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.database import Connection
from drill.load import Load
from drill.processes import Wrap


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A guard that is taken away: by SQL on the drill's own database, by a patch in every process, or both; with the
    load and the fault classes that reveal it, and what the judge must find: one of these at least."""

    name: str
    tells: str
    reveals: tuple[str, ...]
    classes: tuple[str, ...] = ()
    sql: tuple[str, ...] = ()
    patch: Callable[[], None] | None = None
    load: Load = field(default_factory=Load)

    def spoil(self, session: Connection) -> None:
        """Take the guards of the database away."""
        for statement in self.sql:
            session.execute(statement.encode())

    def around(self, wrap: Wrap) -> Wrap:
        """A command as it runs with the patch of this sabotage."""
        if self.patch is None:
            return wrap

        def patched(command: Sequence[str]) -> list[str]:
            inner = list(wrap(command))
            place = inner.index(sys.executable)
            return [*inner[: place + 1], "-m", "drill.sabotage", self.name, "--", *inner[place + 2 :]]

        return patched
