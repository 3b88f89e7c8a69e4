"""Which commands are there? The command line put together, and how its errors end: one clear line and an exit code.

Exit codes: 0 done; 1 refused, broken or held, as each command says; 2 it could not be tried (a wrong call, an
unusable file, a server that cannot be reached).
"""

import sys

import psycopg
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from backoffice.cli import (
    backorders,
    counts,
    demo,
    devices,
    differences,
    documents,
    exports,
    health,
    imports,
    intake,
    orders,
    patients,
    processes,
    recall,
    reduce,
    refill,
    returns,
    stock,
    swaps,
    watch,
)
from backoffice.cli.environment import SchemaOutdated
from backoffice.cli.output import say
from config.server_urls import ServerUnavailable
from config.settings import wrong_settings
from exchange.incoming.raw_row import UnusableFile
from workflows.migrations import SchemaError
from workflows.patients import KeysUnusable

app = typer.Typer(
    name="orderflode",
    help="Orderflöde: hjälpmedelsordrar från fil till leverans (orders of assistive devices, from file to delivery).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for group in (
    demo,
    processes,
    intake,
    imports,
    orders,
    reduce,
    backorders,
    returns,
    stock,
    patients,
    recall,
    counts,
    differences,
    refill,
    devices,
    swaps,
    documents,
    watch,
    exports,
    health,
):
    group.add_to(app)


def main() -> None:
    """Run the command line."""
    try:
        app()
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
