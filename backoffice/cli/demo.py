"""`orderflode demo`: everything on one machine. Sample data, thousands of orders, real workers, and a verification."""

import os
import shlex
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from psycopg.conninfo import conninfo_to_dict

from backoffice.cli.demo_day import Day, live_a_day
from backoffice.cli.environment import Environment, opened
from backoffice.cli.health import print_verification, verification_json
from backoffice.cli.output import Steps, fail, print_json, print_table, print_text, progress, say
from backoffice.cli.processes import start_dispatcher, start_workers, wait_until_done
from backoffice.json_text import STOCKHOLM
from backoffice.supervisor import Supervisor
from config.garbage import look_seldom
from config.log_setup import set_up_logging
from config.server_urls import forget_keys
from config.settings import Settings, settings
from exchange.demo_data.writing import write_demo_data
from exchange.import_file import Importer, ImportResult
from exchange.incoming.incoming_file import open_incoming
from exchange.load_master import load_master
from exchange.master_files import read_master_files
from workflows.demo_summary import Summary, summarise
from workflows.machines import swedish_name
from workflows.order_counts import OrderCount, count_orders
from workflows.verify.checking import Verification, verify

LONGEST_STANDSTILL = 120.0
"""Seconds without any order moving after which the demo gives up and says so."""


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("demo")(demo)


def demo(
    orders: Annotated[int, typer.Option(min=1, max=1_000_000, help="Antal ordrar (orders)")] = 10_000,
    seed: Annotated[int, typer.Option(help="Frö för exempeldata (seed of the sample data)")] = 1,
    keep: Annotated[bool, typer.Option("--keep", help="Behåll databasen efteråt (keep the data)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Visa allt på en maskin: läs in, importera, arbeta, kontrollera (everything on one machine). Exit 1: broken."""
    set_up_logging("WARNING")
    with (
        _place(keep=keep) as place,
        progress() as steps,
        opened(
            need_redis=True, throw_away=not keep, using=place, progress=lambda doing: steps.show(doing)
        ) as environment,
    ):
        result, seconds, day = _run(environment, orders, seed, steps)
        steps.show("kontrollerar (verifying)")
        verification = verify(environment.database)
        with environment.database.transaction(snapshot=True) as tx:
            summary = replace(summarise(tx, result.batch), seconds=seconds)
        note = None if as_json else _one_delivery_note(environment, summary, keep=keep)
        offer = how_to_see_it(environment.settings, keep=keep)
    if as_json:
        document = summary.as_json(result.accepted, result.refused) | {"day": day.as_json()}
        print_json(document | {"verify": verification_json(verification)})
    else:
        _print(result, summary, day, verification, note)
        print_text()
        print_text(offer)
    if verification.broken or not summary.adds_up(result.accepted):
        raise typer.Exit(1)


@contextmanager
def _place(*, keep: bool) -> Iterator[Settings]:
    """Where the demo runs: a home of its own that is thrown away, or a kept one beside the user's. On a given server
    it makes a database of its own, and keys in Redis of its own: nobody's data are touched."""
    current = settings()
    own_name = f"orderflode_demo_{uuid.uuid4().hex[:8]}"
    changes: dict[str, Any] = {"keys": None, "documents": None}
    if current.redis_url:
        changes["key_prefix"] = f"{own_name}:"
    if current.database_url:
        _administer(current.database_url, f"CREATE DATABASE {own_name}")
        changes |= {"database_url": _with_database(current.database_url, own_name), "database_owner_url": None}
    home = current.home / "demo" if keep else Path(tempfile.mkdtemp(prefix="orderflode-demo-"))
    try:
        yield current.model_copy(update=changes | {"home": home})
    finally:
        if current.database_url and not keep:
            _administer(current.database_url, f"DROP DATABASE IF EXISTS {own_name} WITH (FORCE)")
        if current.redis_url:
            forget_keys(current.redis_url, f"{own_name}:")
        if not keep:
            shutil.rmtree(home, ignore_errors=True)


def _administer(url: str, statement: str) -> None:
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(statement.encode())
    except psycopg.errors.InsufficientPrivilege:
        fail("Demon behöver få skapa en databas (the demo needs the right to create a database)", 2)
    except psycopg.OperationalError:
        fail("DATABASE_URL: databasen kan inte nås (the database cannot be reached)", 2)


def _with_database(url: str, name: str) -> str:
    """The same server's conninfo with another database, as URL."""
    scheme, rest = url.split("://", 1)
    authority, _, path = rest.partition("/")
    _, mark, query = path.partition("?")
    if "dbname" in query or ("dbname" not in conninfo_to_dict(url) and not authority):
        fail("DATABASE_URL: skriv databasen som /namn (write the database as /name)", 2)
    return f"{scheme}://{authority}/{name}{mark}{query}"


def _run(environment: Environment, orders: int, seed: int, steps: Steps) -> tuple[ImportResult, float, Day]:
    """Load, import and work, then live a day beside; returns what was imported, the seconds that its work took, and the
    day. The workers boot while the import runs, and begin when the dispatcher starts."""
    with (
        Supervisor(environment.for_children()) as supervisor,
        tempfile.TemporaryDirectory(prefix="orderflode-") as folder,
    ):
        start_workers(supervisor, documents=False)
        steps.show("skapar exempeldata (making sample data)")
        files = write_demo_data(Path(folder), orders=orders, seed=seed, today=datetime.now(STOCKHOLM).date())
        load_master(environment.database, read_master_files(Path(folder)), actor="demo")
        look_seldom()
        importer = Importer(
            environment.database, environment.keys(), "demo", "demo",
            progress=lambda _, count: steps.show("importerar (importing)", count, orders),
        )  # fmt: skip
        result = importer.run(files.orders, open_incoming(files.orders))
        start_dispatcher(supervisor)
        wait_until_done(
            environment,
            supervisor,
            lambda _, due: steps.show("arbetar (working)", max(result.accepted - due, 0), result.accepted),
            _standstill(environment),
        )
        with environment.database.transaction(snapshot=True) as tx:
            seconds = summarise(tx, result.batch).seconds
        steps.show("makulerar, tar emot, tar tillbaka och fyller på (cancels, receives, takes back, refills)")
        day = live_a_day(environment.database, result.batch)
        wait_until_done(
            environment, supervisor, lambda _, due: steps.show(f"{due} att göra (due)"), _standstill(environment)
        )
    return result, seconds, day


def _standstill(environment: Environment) -> Callable[[], bool]:
    """Whether no order has moved for long."""
    seen: list[OrderCount] = []
    since = time.monotonic()

    def stands_still() -> bool:
        nonlocal seen, since
        if time.monotonic() - since < LONGEST_STANDSTILL / 10:
            return False
        with environment.database.transaction() as tx:
            found = count_orders(tx)
        if found != seen:
            seen, since = found, time.monotonic()
        if time.monotonic() - since > LONGEST_STANDSTILL:
            say("Inget händer längre: avbryter (nothing moves any more: giving up)")
            return True
        return False

    return stands_still


def _one_delivery_note(environment: Environment, summary: Summary, *, keep: bool) -> Path | None:
    """Write one delivery note, readable by this user alone, to look at: in the kept home or the temporary folder."""
    if not summary.numbers:
        return None
    pdf = environment.documents().delivery_note(
        summary.numbers[0], environment.look("visning av en följesedel (showing a delivery note)")
    )
    if pdf is None:
        return None
    folder = environment.settings.home if keep else None
    descriptor, name = tempfile.mkstemp(prefix=f"foljesedel-{summary.numbers[0]}-", suffix=".pdf", dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pdf)
    return Path(name)


def how_to_see_it(place: Settings, *, keep: bool) -> str:
    """How to look at the orders as pages: by a command to copy, where the data are still there."""
    command = "orderflode" if shutil.which("orderflode") else sys.argv[0]
    if not keep:
        return f"Se ordrarna i webbläsaren (see the orders in the browser): {command} demo --keep"
    where = f"ORDERFLODE_HOME={shlex.quote(str(place.home))}"
    if place.database_url:
        # Its address may hold a password.
        name = conninfo_to_dict(place.database_url)["dbname"]
        where = f"DATABASE_URL=…/{name} REDIS_URL=… {where}"
    return f"Se ordrarna i webbläsaren (see the orders in the browser): {where} {command} up"


def _print(result: ImportResult, summary: Summary, day: Day, verification: Verification, note: Path | None) -> None:
    print_table(
        ("ordertyp", "läge", "antal"),
        ((order_type, swedish_name(state), count) for order_type, state, count in summary.by_state),
        title="Ordrar efter typ och läge (orders by type and state)",
    )
    print_text()
    print_table(("kod", "antal"), summary.refusals, title="Avvisade efter regel (rejected by the rules, by code)")
    print_text()
    print_table(
        ("lager", "artikel", "ordrar som väntar"), summary.backordered_articles,
        title="Restnoterade artiklar (backordered articles)",
    )  # fmt: skip
    print_text()
    print_text(
        f"Vid sidan av (beside): {summary.partial} delleveranser med restorder (partial), "
        f"{summary.resumed} restnoterade som fått sitt gods (backorders gone on), "
        f"{day.cancelled} makulerade (cancelled), "
        f"{day.returned} returer (returns), {day.refills} påfyllnader (refills)"
    )
    print_text(f"Utleveranser: {summary.utleveranser}, t.ex. {', '.join(summary.numbers)}")
    if note:
        print_text(f"En följesedel (a delivery note): {note}")
    print_text(f"Nekade vid intaget (malformed, refused at the door): {result.refused}")
    print_text(
        f"{result.accepted} ordrar på {summary.seconds:.1f} s: {summary.orders_per_second(result.accepted)} ordrar/s"
    )
    print_text()
    print_verification(verification)
