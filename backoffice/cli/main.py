"""Which commands are there? The command line put together, and how its errors end: one clear line and an exit code.

Exit codes: 0 done; 1 refused, broken or held, as each command says; 2 it could not be tried (a wrong call, an
unusable file, a server that cannot be reached).
"""

import sys
from collections.abc import Iterable
from importlib import import_module

import psycopg
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from typer.core import TyperGroup
from typer.main import get_command

from backoffice.cli.acting import begin, guard
from backoffice.cli.environment import SchemaOutdated
from backoffice.cli.output import say
from config.server_urls import ServerUnavailable
from config.settings import wrong_settings
from exchange.incoming.raw_row import UnusableFile
from workflows.migrations import SchemaError
from workflows.patients import KeysUnusable

GROUPS = {
    "demo": ("demo",),
    "processes": ("up", "work", "worker", "dispatcher", "web", "webhooks", "migrate"),
    "intake": ("load", "import"),
    "imports": ("imports", "import-undo", "receipt"),
    "orders": ("orders", "order", "confirm", "fail-delivery"),
    "reduce": ("order",),
    "backorders": ("backorders",),
    "returns": ("return", "returns"),
    "stock": ("stock",),
    "patients": ("patient",),
    "erasure": ("patient",),
    "access_log": ("log",),
    "keys": ("keys",),
    "recall": ("recall", "lift-stop"),
    "counts": ("count", "counts"),
    "differences": ("differences",),
    "refill": ("refill",),
    "devices": ("device", "devices"),
    "swaps": ("device",),
    "documents": ("utleverans", "pick-list"),
    "watch": ("overdue", "watchdog", "schedule", "notices"),
    "webhooks": ("webhook",),
    "exports": ("export",),
    "health": ("verify", "status", "diagram"),
    "drill": ("drill",),
    "backup": ("backup",),
    "restore": ("restore",),
    "accounts": ("account",),
    "tokens": ("token",),
}
"""The modules with their commands, in the order of the help."""


def command_line(command: str | None = None) -> TyperGroup:
    """The command line with everything, or with what `command` needs: a call loads one group of twenty. Each command
    asks first who acts, and whether they may."""
    app = typer.Typer(
        name="orderflode",
        help="Orderflöde: hjälpmedelsordrar från fil till leverans (orders of assistive devices, from file to "
        "delivery).",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    # Without it a command line of one command would take its name for an argument.
    app.callback()(begin)
    for name in [name for name, commands in GROUPS.items() if command in commands] or GROUPS:
        import_module(f"backoffice.cli.{name}").add_to(app)
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    guard(group)
    return group


def command_in(call: Iterable[str]) -> str | None:
    """The command that a call's words name: the first that is no option, nor the value of `--as`."""
    words = iter(call)
    for word in words:
        if word == "--as":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def main() -> None:
    """Run the command line."""
    try:
        command_line(command_in(sys.argv[1:]))()
    except UnusableFile as unusable:
        say(f"{unusable.sv} ({unusable.en})")
    except (ServerUnavailable, SchemaOutdated, SchemaError, KeysUnusable) as error:
        say(str(error))
    except (ValidationError, SettingsError) as error:
        say(f"En inställning kan inte läsas: {wrong_settings(error)} (a setting cannot be read)")
    except UnicodeEncodeError:
        say("Ett argument är inte text (an argument is not text)")
    except psycopg.Error as error:
        # Its text may quote a row: only its kind is said.
        kind = f"{type(error).__name__} {error.sqlstate or ''}".strip()
        say(f"Databasen svarade med ett fel ({kind}); försök igen (the database answered with an error; try again)")
    except KeyboardInterrupt:
        sys.exit(130)
    sys.exit(2)
