"""Does the yardstick of reads read what there is? On a small world, and never by how long it takes."""

from broken_invariants import a_busy_world

from benchmarks.reads import measure_reads
from config.database import Database


def test_every_read_is_measured_on_the_database_given(database: Database) -> None:
    a_busy_world(database)

    measured = measure_reads(database.url, calls=3)

    names = [what for what, _, _ in measured]
    assert {"order page", "search by external id", "status", "list", "list by state, store"} <= set(names)
    assert all(0 < p50 <= p99 for _, p50, p99 in measured)
