"""How does the command line speak? Results on standard output, as a plain table or one JSON document; the rest,
progress included, on standard error. Times are in Europe/Stockholm."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from backoffice.json_text import STOCKHOLM, json_text

REFUSED = 1
UNUSABLE = 2


def say(message: str) -> None:
    """A line to the person, on standard error."""
    print(message, file=sys.stderr, flush=True)  # noqa: T201


def fail(message: str, status: int = REFUSED) -> NoReturn:
    """Say why not, and end with `status`."""
    say(message)
    raise typer.Exit(status)


@contextmanager
def refusals_told(*kinds: type[Exception], status: int = REFUSED) -> Iterator[None]:
    """What is refused for one of these reasons ends the command with `status` and the reason's own sentence."""
    try:
        yield
    except kinds as refusal:
        fail(str(refusal), status)


def print_json(document: object) -> None:
    """One JSON document on standard output."""
    print(json_text(document, indent=2))  # noqa: T201


def print_text(text: str = "") -> None:
    """A line of the result."""
    print(text)  # noqa: T201


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None) -> None:
    """A plain table on standard output, without rules or colours; a dash where there is nothing."""
    table = Table(*columns, box=None, title=title, title_justify="left", pad_edge=False, header_style="bold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    Console(width=None if sys.stdout.isatty() else 200, highlight=False, emoji=False, markup=False).print(table)


def _cell(value: object) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, datetime):
        return shown_time(value)
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value) or "–"
    return str(value)


def or_more(number: int) -> str:
    """A number at which counting ended: `10 000 eller fler (or more)`."""
    return f"{number:,} eller fler (or more)".replace(",", " ")


def shown_time(moment: datetime) -> str:
    """A moment as people read it here, e.g. `2026-11-22 14:05:09`."""
    return moment.astimezone(STOCKHOLM).strftime("%Y-%m-%d %H:%M:%S")


class Steps:
    """The progress of long work: what is being done, and how much of it."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None)
        self._said = ""

    def show(self, doing: str, done: int = 0, total: int | None = None) -> None:
        """`doing`, with `done` of `total`. Off a terminal each new thing is a line."""
        if not self._progress.console.is_terminal and doing != self._said:
            say(doing)
        self._said = doing
        self._progress.update(self._task, description=doing, completed=done, total=total)


@contextmanager
def progress() -> Iterator[Steps]:
    """Show progress on standard error; on a terminal as a bar that goes when done."""
    console = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield Steps(bar)


def violation_lines(violations: Iterable[dict[str, Any]]) -> list[str]:
    """Violations as people read them: Swedish first, English beside."""
    return [f"{each['code']}: {each['sv']} ({each['en']})" for each in violations]
