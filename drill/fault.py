"""What is a fault? Something that breaks a part of the world on purpose, sees that it broke, and heals it.

A fault whose effect was not seen proves nothing, so every strike returns its evidence. Next: faults/, the classes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from drill.world import World


@dataclass(frozen=True, slots=True)
class Evidence:
    """Whether the effect of a strike was seen, and what was seen: `pid 4711 of worker-1 is gone`. Never a value that
    may tell of a patient."""

    observed: bool
    what: str


class Fault(Protocol):
    """One class of faults."""

    @property
    def name(self) -> str:
        """What it is called on the command line: `kill-worker`."""

    @property
    def tells(self) -> str:
        """One sentence: what it does, and what must hold nevertheless."""

    def strike(self, world: World, rng: random.Random) -> Evidence:
        """Break something, see that it took effect, and heal it before returning. All chance comes from `rng`.

        May raise: then the strike counts as not observed. Whatever it raises, what it broke is healed.
        """
