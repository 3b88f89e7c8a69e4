"""Which sabotages are there? Every switch by its name; `make drill-sabotage` runs them all."""

from typing import Final

from drill.load import Load
from drill.sabotage import database, patches
from drill.sabotage.switch import Sabotage

_HOT = Load(orders=14, articles=2, scarce=0.2, receipts=2.0)
"""Everybody asks for the same goods."""

_ALL = (
    Sabotage(
        "acknowledge-before-durable",
        "COMMIT is answered before the disk has it: a crash forgets what was acknowledged.",
        ("lost",),
        ("postgres-crash",),
        sql=database.ACKNOWLEDGE_BEFORE_DURABLE,
    ),
    Sabotage(
        "no-unique-cause",
        "A delivery from the supplier that is told twice is booked twice.",
        ("duplicated", "moved-twice"),
        sql=database.NO_UNIQUE_CAUSE,
        load=Load(receipts=3.0),
    ),
    Sabotage(
        "read-then-write-stock",
        "Balances are read, reckoned with and written, without a lock: updates are lost.",
        ("ledger", "oversold", "invariants"),
        sql=database.READ_THEN_WRITE_STOCK,
        load=_HOT,
    ),
    Sabotage(
        "publish-before-commit",
        "The hint goes out before the commit, and never again: what it spoke of is not found.",
        ("stuck", "held"),
        ("kill-worker", "kill-worker-child"),
        patch=patches.publish_before_commit,
    ),
    Sabotage(
        "no-safety-poll",
        "The dispatcher looks only when told: what nobody tells of waits for ever.",
        ("stuck", "held"),
        ("kill-worker", "kill-worker-child"),
        patch=patches.no_safety_poll,
    ),
    Sabotage(
        "no-attempt-journal",
        "Nobody knows what a process died of: an order that kills goes on killing.",
        ("held", "stuck"),
        ("kill-worker",),
        patch=patches.no_attempt_journal,
    ),
    Sabotage(
        "skip-locked-balances",
        "A balance that others have locked is passed over, as if there were none.",
        ("held", "invariants", "ledger", "stuck"),
        ("hot-rows-held",),
        sql=database.SKIP_LOCKED_BALANCES,
        load=_HOT,
    ),
    Sabotage(
        "machine-swallows-exceptions",
        "A step that fails moves its order on all the same.",
        ("held", "skipped", "invariants"),
        patch=patches.machine_swallows_exceptions,
    ),
    Sabotage(
        "number-from-sequence",
        "Numbers come from a sequence: what is rolled back leaves a gap.",
        ("numbers",),
        sql=database.NUMBER_FROM_SEQUENCE,
    ),
    Sabotage(
        "log-arguments",
        "Functions are logged with their arguments.",
        ("personal-data",),
        ("kill-worker",),
        patch=patches.log_arguments,
    ),
)

SABOTAGES: Final = {each.name: each for each in _ALL}
"""The switches by name."""
MINUTES: Final = 0.4
"""How long a drill with a sabotage lasts."""
