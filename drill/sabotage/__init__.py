"""Can the judge say no? The switches that take one guard away each, from outside the product."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from config.database import Connection
from drill.load import Load

Wrap = Callable[[Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Sabotage:
    """A guard that is taken away: by SQL on the drill's own database, by patches in its processes, or both; and the
    load and the fault classes that reveal it."""

    name: str
    tells: str
    classes: tuple[str, ...]
    sql: tuple[str, ...] = ()
    load: Load = field(default_factory=Load)

    def spoil(self, session: Connection) -> None:
        """Take the guards of the database away."""
        for statement in self.sql:
            session.execute(statement.encode())

    def around(self, wrap: Wrap) -> Wrap:
        """A command as it runs with the patches of this sabotage."""

        def both(command: Sequence[str]) -> Sequence[str]:
            inner = list(wrap(command))
            place = inner.index(sys.executable)
            return [*inner[: place + 1], "-m", "drill.sabotage", self.name, "--", *inner[place + 2 :]]

        return both
