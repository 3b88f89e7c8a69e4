"""How often does a process that works in bulk look for garbage? Seldom, and not among what it has loaded.

A cohort, like a chunk of an import, makes some ten thousand objects and keeps none, and Python then went through all
that is loaded again and again: a fifth of a worker's own time, and a quarter of an import's (measured).
"""

import gc

MADE = 50_000
"""Objects made since the last look before the next one: a few megabytes at most."""


def look_seldom() -> None:
    """Take what is loaded by now out of every later look for garbage, and look seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(MADE, 10, 10)
