"""Commands for webhooks: `webhook add|list|pause|resume|remove|deliveries|retry`. What sends is `webhooks`."""

import re
from collections.abc import Callable
from typing import Annotated, get_args
from uuid import UUID

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.known import known_value
from backoffice.cli.output import UNUSABLE, fail, print_json, print_table, print_text, refusals_told, say
from config.database import Connection
from workflows.exports import is_known_kommun
from workflows.free_text import PersonalNumberInText
from workflows.webhooks.deliveries import State, list_deliveries, try_again
from workflows.webhooks.subscribers import (
    NAME,
    Event,
    NameTaken,
    NewWebhook,
    UnusableUrl,
    add_webhook,
    list_webhooks,
    pause_webhook,
    remove_webhook,
    resume_webhook,
)

webhook_app = typer.Typer(help="Webhookar: vilka som får veta (webhooks: who is told).", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Webhookens namn (name)")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(webhook_app, name="webhook")


@webhook_app.command("add")
def add(
    name: Name,
    url: Annotated[str, typer.Option(help="https-adress som tar emot (the receiver)")],
    event: Annotated[list[Event], typer.Option(help="Händelse; kan upprepas (event; may be repeated)")],
    kommun: Annotated[str | None, typer.Option(help="Bara den kommunens ordrar (of one kommun alone)")] = None,
    as_json: Json = False,
) -> None:
    """Lägg till en mottagare; hemligheten visas en gång (add a receiver; its secret is shown once)."""
    if not re.fullmatch(NAME, name):
        fail("Namnet ska vara 1–63 av a–z, 0–9, punkt, - och _ (the name is 1–63 of these characters)", UNUSABLE)
    with opened() as environment, refusals_told(NameTaken), refusals_told(UnusableUrl, PersonalNumberInText, status=2):
        keys, own = environment.keys(), environment.actor.kommun
        kommun = own if kommun is None else kommun
        if own not in (None, kommun):
            fail("Det är en annan kommun än din (it is another kommun than yours)")
        with environment.database.transaction() as tx:
            if kommun is not None and not is_known_kommun(tx, kommun):
                fail(f"Ingen enhet och inget lager hör till kommunen {kommun} (no unit or store is of it)")
            secret = add_webhook(tx, keys, NewWebhook(name, url, set(event), kommun), by=environment.who)
    if as_json:
        print_json({"name": name, "secret": secret})
    else:
        print_text(secret)
        say("Hemligheten visas bara nu (the secret is shown this once)")


@webhook_app.command("list")
def list_them(as_json: Json = False) -> None:
    """Lista mottagarna (list the receivers)."""
    with opened() as environment, environment.seen(snapshot=True) as tx:
        found = list_webhooks(tx)
    if as_json:
        print_json(found)
        return
    print_table(
        ("namn", "adress", "händelser", "kommun", "pausad", "väntar", "misslyckade"),
        (
            (
                each["name"], each["url"], each["events"], each["kommun"] or "hela regionen", each["paused_at"],
                each["waiting"], each["failed"],
            )
            for each in found
        ),
    )  # fmt: skip


@webhook_app.command("pause")
def pause(name: Name, as_json: Json = False) -> None:
    """Skicka inget tills vidare; det som händer väntar (send nothing for now; what happens waits)."""
    _change(name, pause_webhook, "Pausad (paused)", as_json=as_json)


@webhook_app.command("resume")
def resume(name: Name, as_json: Json = False) -> None:
    """Skicka igen, också det som har väntat (send again, also what has waited)."""
    _change(name, resume_webhook, "Skickar igen (sends again)", as_json=as_json)


@webhook_app.command("remove")
def remove(name: Name, as_json: Json = False) -> None:
    """Ta bort mottagaren och det som väntar på den (remove the receiver and what waits for it)."""
    _change(name, remove_webhook, "Borttagen (removed)", as_json=as_json)


def _change(name: str, change: Callable[[Connection, str], bool], said: str, *, as_json: bool) -> None:
    with opened() as environment:
        _see_that_it_is_there(environment, name)
        with environment.database.transaction() as tx:
            change(tx, name)
            found = list_webhooks(tx, name)
    if as_json:
        print_json(found[0] if found else None)
    else:
        print_text(said)


@webhook_app.command("deliveries")
def deliveries(
    name: Name,
    state: Annotated[str | None, typer.Option(help="waiting | delivered | failed")] = None,
    before: Annotated[int | None, typer.Option(help="Nästa sida: före detta nummer (next page)")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000)] = 100,
    as_json: Json = False,
) -> None:
    """Vad en mottagare har fått veta, nyast först (what a receiver has been told, newest first)."""
    states = {"waiting": "Väntar", "delivered": "Mottagen", "failed": "Misslyckad"}
    wanted: State | None = known_value("--state", state, states)  # type: ignore[assignment]
    assert wanted is None or wanted in get_args(State)
    with opened() as environment:
        _see_that_it_is_there(environment, name)
        with environment.seen(snapshot=True) as tx:
            found = list_deliveries(tx, name, wanted, before, limit)
    if as_json:
        print_json([each | {"message": str(each["message"])} for each in found])
        return
    print_table(
        ("nr", "meddelande", "händelse", "order", "läge", "försök", "skapat", "nästa försök", "svar"),
        (
            (
                each["id"], each["message"], each["event"], each["order_id"], states[each["state"]], each["attempts"],
                each["made_at"], each["next_try_at"], each["answer"],
            )
            for each in found
        ),
    )  # fmt: skip


@webhook_app.command("retry")
def retry(
    name: Name,
    message: Annotated[UUID | None, typer.Argument(help="Ett meddelande; annars alla misslyckade (one)")] = None,
    as_json: Json = False,
) -> None:
    """Försök igen med det som har misslyckats (try again what has failed). Exit 1: nothing had."""
    with opened() as environment:
        _see_that_it_is_there(environment, name)
        with environment.database.transaction() as tx:
            again = try_again(tx, name, message)
    if not again:
        fail("Inget sådant meddelande har misslyckats (no such message has failed)")
    if as_json:
        print_json({"retried": again})
    else:
        print_text(f"{again} försöks igen (are tried again)")


def _see_that_it_is_there(environment: Environment, name: str) -> None:
    """Among those that the actor sees."""
    with environment.seen() as tx:
        if not list_webhooks(tx, name):
            fail(f"Det finns ingen webhook {name} (there is no such webhook)")
