"""How do tests call many commands at little cost? In this process, one after the other, on one open environment.

What starts, ends and installs a command is not tried so: command_line.py runs the real one. Next:
integration/test_command_matrix.py.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import typer
from typer.core import TyperGroup

from backoffice.cli.acting import begin
from backoffice.cli.environment import Environment, standing
from backoffice.cli.main import command_line
from config.database import Database
from config.settings import Settings
from workflows.permissions import operator


@dataclass(frozen=True, slots=True)
class Called:
    """What a command ended with and said."""

    status: int
    out: str
    err: str


@contextmanager
def commands_on(database: Database, home: Path) -> Iterator[None]:
    """Within, commands of this process run on that database."""
    settings = Settings(DATABASE_URL=database.url, ORDERFLODE_HOME=home)  # type: ignore[call-arg]
    with standing(Environment(database, database.url, None, settings, operator("test"))):
        yield


def call(words: str, login: str | None = None) -> Called:
    """Call the command as the operator, or as the account of that login."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        status = _everything().main([*_as(login), *words.split()], "orderflode", standalone_mode=False)
    return Called(status or 0, out.getvalue(), err.getvalue())


def let_in(command: Any, login: str | None = None) -> str | None:
    """None where the command begins for that login; what was said where it does not. It is given what no command takes,
    a word without its name, so that none does anything."""
    begin(login)
    err = io.StringIO()
    try:
        with redirect_stderr(err):
            command.callback("no command takes this")
    except typer.Exit:
        return err.getvalue()
    except TypeError:
        return None
    raise AssertionError("a command took what none takes")


def all_commands() -> dict[str, Any]:
    """Every command by its words, as a call finds it."""
    return dict(_commands_of(_everything()))


@lru_cache(maxsize=1)
def _everything() -> TyperGroup:
    return command_line()


def _commands_of(command: Any, words: str = "") -> Iterator[tuple[str, Any]]:
    is_group = isinstance(command, TyperGroup)
    if words and (not is_group or command.invoke_without_command):
        yield words, command
    for name, each in command.commands.items() if is_group else ():
        yield from _commands_of(each, f"{words} {name}".lstrip())


def _as(login: str | None) -> list[str]:
    return [] if login is None else ["--as", login]
