"""What may a log say? One line an event, nothing of a patient, and of an exception its type alone (P7).

Whoever logs: structlog, the standard library, or Celery about a task that failed. Next: config/log_setup.py.
"""

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from celery import Celery

from config.celery_settings import celery_settings
from config.log_setup import PRIVATE_FIELDS, set_up_logging

NUMBER = "200001011493"
WRITTEN = "20000101-1493"


class Stream(io.StringIO):
    """A standard error that is a terminal, or is not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self._terminal = terminal

    def isatty(self) -> bool:
        """What it was made as."""
        return self._terminal


@pytest.fixture(params=[False, True], ids=["a file", "a terminal"])
def stderr(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stream]:
    """Standard error with logging set up on it; the process's logging is as it was afterwards."""
    stream = Stream(terminal=request.param)
    monkeypatch.setattr(sys, "stderr", stream)
    loggers = [logging.getLogger(name) for name in ("", "celery", "kombu")]
    before = [(logger.level, logger.handlers[:]) for logger in loggers]
    set_up_logging("INFO")
    yield stream
    for logger, (level, handlers) in zip(loggers, before, strict=True):
        logger.setLevel(level)
        logger.handlers[:] = handlers
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def events(stream: Stream) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


not_on_a_terminal = pytest.mark.parametrize("stderr", [False], indirect=True)


@not_on_a_terminal
def test_each_event_is_one_line_of_json_with_its_level_logger_and_time(stderr: Stream) -> None:
    structlog.get_logger("orders").warning("step\ninterrupted", event_name="pick", orders=3)
    logging.getLogger("elsewhere").info("told %s", "so")
    ours, theirs = events(stderr)
    assert (ours["event"], ours["level"], ours["logger"]) == ("step\ninterrupted", "warning", "orders")
    assert (ours["event_name"], ours["orders"]) == ("pick", 3)
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("told so", "info", "elsewhere")
    assert ours["timestamp"].endswith("Z")


@pytest.mark.parametrize("field", sorted(PRIVATE_FIELDS))
def test_a_private_field_is_hidden_whoever_logs_it(stderr: Stream, field: str) -> None:
    structlog.get_logger("orders").info("arrived", order_id=7, **{field: NUMBER})
    structlog.get_logger("orders").bind(**{field: NUMBER}).info("arrived")
    structlog.contextvars.bind_contextvars(**{field: NUMBER})
    structlog.get_logger("orders").info("arrived")
    logging.getLogger("elsewhere").warning("arrived")
    if field != "name":  # the standard library keeps the name for the logger's own
        logging.getLogger("elsewhere").warning("arrived", extra={field: NUMBER})
    assert stderr.getvalue().count("arrived") == 4 + (field != "name")
    assert NUMBER not in stderr.getvalue()
    assert "7" in stderr.getvalue()


def test_the_fields_that_tell_of_a_patient_are_the_private_ones() -> None:
    assert {"personnummer", "patient", "receiver_id", "recipient", "name", "address", "phone", "note"} <= PRIVATE_FIELDS


class RowRefused(Exception):
    """An error whose text quotes a row."""


def raise_quoting_a_row() -> None:
    patient = NUMBER
    try:
        raise ValueError(f"Key (number)=({WRITTEN}) already exists.")
    except ValueError as cause:
        raise RowRefused(f"no {patient}") from cause


def test_an_exception_is_named_by_its_type_alone(stderr: Stream) -> None:
    try:
        raise_quoting_a_row()
    except RowRefused as error:
        structlog.get_logger("orders").exception("failed")
        structlog.get_logger("orders").warning("failed", exc_info=error)
        structlog.get_logger("orders").warning("failed", exc_info=True)
        logging.getLogger("elsewhere").exception("failed")
        logging.getLogger("elsewhere").error("failed", exc_info=error)
        logging.getLogger("elsewhere").error("failed", exc_info=sys.exc_info())
    said = stderr.getvalue()
    assert said.count("failed") == said.count("RowRefused") == 6
    assert NUMBER not in said
    assert WRITTEN not in said
    assert "Traceback" not in said
    assert "raise_quoting_a_row" not in said


def test_an_exception_that_is_written_into_a_message_is_named_by_its_type_alone(stderr: Stream) -> None:
    error = RowRefused(f"no {NUMBER}")
    logging.getLogger("elsewhere").error("it failed: %s", error)
    logging.getLogger("elsewhere").error("it failed: %r", error)
    structlog.get_logger("orders").error("it failed", error=error)
    assert stderr.getvalue().count("it failed") == 3
    assert stderr.getvalue().count("RowRefused") == 3
    assert NUMBER not in stderr.getvalue()


def test_what_celery_says_of_a_failed_task_does_not_quote_the_row(stderr: Stream) -> None:
    app = Celery("test", set_as_current=False)
    app.conf.update(celery_settings("redis://127.0.0.1:6379/0", "test:", ()))
    app.task(name="orders.fail", shared=False)(raise_quoting_a_row).apply()
    said = stderr.getvalue()
    assert "orders.fail" in said
    assert "RowRefused" in said
    assert NUMBER not in said
    assert WRITTEN not in said


def test_nothing_is_written_below_the_level_and_little_by_celery(stderr: Stream) -> None:
    structlog.get_logger("orders").debug("unheard")
    logging.getLogger("celery.app.trace").info("unheard")
    logging.getLogger("kombu.connection").info("unheard")
    assert stderr.getvalue() == ""


def test_setting_up_again_writes_no_line_twice(stderr: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stderr)
    set_up_logging("INFO")
    logging.getLogger("elsewhere").warning("once")
    structlog.get_logger("orders").warning("once")
    assert stderr.getvalue().count("once") == 2
