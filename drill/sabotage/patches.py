"""What does Python guard? Each guard of the running processes as if it had never been thought of."""

import sys
from collections.abc import Sequence
from typing import Any

import psycopg
import structlog

import tasks.dispatcher
from config.database import Connection, is_transient
from config.settings import settings
from workflows import cohort
from workflows.journal import Worker
from workflows.machines import Group
from workflows.patients import Keys
from workflows.steps.moving import move

log = structlog.get_logger(__name__)

NEVER = 100_000.0


def replace(where: Any, name: str, value: object) -> None:
    """Put `value` in the place of what is called so. Raises AttributeError where there is no such guard any more."""
    getattr(where, name)
    setattr(where, name, value)


def no_safety_poll() -> None:
    """The dispatcher looks when it is told to, and never else."""
    replace(tasks.dispatcher, "POLL", NEVER)


def publish_before_commit() -> None:
    """The one hint is out before what it speaks of is committed."""
    no_safety_poll()
    session: list[Connection] = []

    def at_once(_: Connection) -> None:
        if not session or session[0].closed:
            session[:] = [psycopg.connect(settings().database_url or "", autocommit=True)]
        session[0].execute(f"NOTIFY {cohort.DUE}".encode())

    notify = cohort.notify
    for module in list(sys.modules.values()):
        if getattr(module, "notify", None) is notify:
            replace(module, "notify", at_once)


def no_attempt_journal() -> None:
    """Nobody writes down what it is about to work, so nobody knows what it died of."""

    def write_nothing(_worker: Worker, _event: str, _order_ids: Sequence[int]) -> None:
        return

    replace(Worker, "write", write_nothing)


def machine_swallows_exceptions() -> None:
    """An exception inside a step is swallowed, and the order stands in its next state all the same."""
    searching = cohort.run_searching

    def swallowing(step: cohort.Step, work: cohort.Work) -> int:
        if len(work.ids) != 1:
            return searching(step, work)
        work.tx.execute("SAVEPOINT swallowed")
        try:
            step.run(work)
        except Exception as error:
            if is_transient(error):
                raise
            work.tx.execute("ROLLBACK TO SAVEPOINT swallowed")
            move(work, step.event, Group(step.from_states[0], has_utleverans=True), work.ids, due=True)
        return 0

    replace(cohort, "run_searching", swallowing)


def log_arguments() -> None:
    """Whoever seals or opens something logs what it was called with."""
    seal, unseal = Keys.seal, Keys.unseal

    def logged_seal(keys: Keys, text: bytes, belongs_to: str) -> bytes:
        log.info("keys.seal", arguments=(text.decode("utf-8", "replace"), belongs_to))
        return seal(keys, text, belongs_to)

    def logged_unseal(keys: Keys, sealed: bytes, belongs_to: str) -> bytes:
        text = unseal(keys, sealed, belongs_to)
        log.info("keys.unseal", result=text.decode("utf-8", "replace"))
        return text

    replace(Keys, "seal", logged_seal)
    replace(Keys, "unseal", logged_unseal)
