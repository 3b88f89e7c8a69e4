"""What do the logs look like? One line an event on standard error; JSON unless a person reads at a terminal.

Values of fields that could tell of a patient are replaced, whoever logs them.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

QUOTING = frozenset({"exc", "traceback", "args", "kwargs", "return_value"})
"""What Celery puts into the line of a failed task: it may quote a row."""

PRIVATE_FIELDS = frozenset({"personnummer", "patient", "receiver_id", "recipient", "name", "address", "phone", "note"})


def set_up_logging(level: str) -> None:
    """Route both structlog and the standard library's logging through one formatter."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_private_fields,
        _name_errors_only,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    handler.addFilter(_quote_nothing)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # Celery's own word for every task received and done would be the longest log of all.
    logging.getLogger("celery").setLevel(max(logging.WARNING, root.level))
    logging.getLogger("kombu").setLevel(max(logging.WARNING, root.level))
    # It would name every address it speaks to, and what stands in it may be a receiver's secret.
    logging.getLogger("httpx2").setLevel(max(logging.WARNING, root.level))


def hide_private_fields(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the values of private fields."""
    return {key: "***" if key in PRIVATE_FIELDS else value for key, value in event.items()}


def _name_errors_only(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception is named by its type alone: its text and its frames may quote a row."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["error"] = type(error).__name__
    return {key: type(value).__name__ if isinstance(value, BaseException) else value for key, value in event.items()}


def _quote_nothing(record: logging.LogRecord) -> bool:
    """Name exceptions among the arguments of somebody else's log line by their type."""
    error = record.exc_info[1] if isinstance(record.exc_info, tuple) else None
    if isinstance(record.args, tuple):
        record.args = tuple(type(each).__name__ if isinstance(each, BaseException) else each for each in record.args)
    elif isinstance(record.args, dict):
        record.args = {key: type(error).__name__ if key in QUOTING else each for key, each in record.args.items()}
    return True
