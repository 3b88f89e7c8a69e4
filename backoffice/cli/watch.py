"""Commands about time: `overdue`, `watchdog`, `schedule` and `notices send`."""

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from backoffice.cli.environment import opened
from backoffice.cli.known import StoreOption, known_store, own_store
from backoffice.cli.output import REFUSED, print_json, print_table, print_text
from config.log_setup import set_up_logging
from config.settings import settings
from exchange.outgoing.notice import send_notices
from workflows.machines import swedish_name
from workflows.notices import failed_notices
from workflows.overdue import Overdue
from workflows.overdue import overdue as find_overdue
from workflows.schedule import schedule as read_schedule
from workflows.schedule import times_of
from workflows.watchdog import ADVICE, standing_orders

SHOWN = 100
"""Orders shown to a person at most; `--json` lists them all."""

notices_app = typer.Typer(help="Aviseringar till lagren (notices to the stores).", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("overdue")(overdue)
    app.command("watchdog")(watchdog)
    app.command("schedule")(schedule)
    app.add_typer(notices_app, name="notices")


def overdue(
    soon: Annotated[int, typer.Option(min=0, max=60, help="Också inom så många arbetsdagar (working days)")] = 0,
    store: StoreOption = None,
    as_json: Json = False,
) -> None:
    """Öppna ordrar vars utlovade dag har passerat, mest sena först (open orders past their promise)."""
    now = datetime.now(UTC)
    with opened() as environment, environment.seen(statement_timeout_ms=0, snapshot=True) as tx:
        known_store(tx, store)
        found = find_overdue(tx, now, soon=soon, store=store)
    if as_json:
        print_json([each.as_json() for each in found])
        return
    print_table(
        ("id", "external_id", "lager", "läge", "hållen", "utlovad", "arbetsdagar"),
        (
            (
                each.order["id"], _name(each.order), each.order["store"], swedish_name(each.order["state"]),
                "ja" if each.order["held"] else "", each.order["promised_on"], _lateness(each),
            )
            for each in found[:SHOWN]
        ),
    )  # fmt: skip
    _say_how_many(len(found))


def _lateness(each: Overdue) -> str:
    return f"{each.working_days} sen (late)" if each.is_late else f"{-each.working_days} kvar (left)"


def watchdog(store: StoreOption = None, as_json: Json = False) -> None:
    """Ordrar som har stått för länge, och vad som ska göras (orders standing too long, and what to do)."""
    now = datetime.now(UTC)
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        own_store(tx, environment.actor, store)
        limits = environment.settings.standing_hours
        standing = standing_orders(tx, limits, now, store)
        notices = failed_notices(tx, store)
    if as_json:
        advised = [each | {"sv": ADVICE[each["kind"]].sv, "en": ADVICE[each["kind"]].en} for each in standing]
        print_json({"standing": advised, "limits": limits, "notices": notices})
        return
    shown = standing[:SHOWN]
    for kind in dict.fromkeys(each["kind"] for each in shown):
        advice = ADVICE[kind]
        print_text(f"{advice.name_sv.capitalize()} ({advice.name_en}): {advice.sv}")
        print_table(
            ("id", "external_id", "lager", "läge", "sedan", "timmar", "orsak"),
            (
                (
                    each["id"], _name(each), each["store"], swedish_name(each["state"]), each["since"], each["hours"],
                    each["held_reason"],
                )
                for each in shown if each["kind"] == kind
            ),
        )  # fmt: skip
        print_text()
    _say_how_many(len(standing))
    for each in notices:
        print_text(
            f"Avisering till {each['store']} {each['day']} inte skickad (notice not sent): "
            f"{each['attempts']} försök, {each['failure'] or '–'}"
        )


def _name(order: dict[str, Any]) -> str:
    return f"{order['source']}:{order['external_id']}"


def _say_how_many(count: int) -> None:
    more = f", de första {SHOWN} visas; --json ger alla (the first {SHOWN} are shown)" if count > SHOWN else ""
    print_text(f"1 order{more}" if count == 1 else f"{count} ordrar (orders){more}")


def schedule(as_json: Json = False) -> None:
    """Dagens jobb: när de körs, hur det gick, när nästa gång (the jobs of the day)."""
    with opened() as environment, environment.database.transaction() as tx:
        jobs = read_schedule(tx, times_of(environment.settings), datetime.now(UTC))
    if as_json:
        print_json(jobs)
        return
    print_table(
        ("jobb", "klockan", "nästa gång", "började", "slutade", "utfall"),
        (
            (
                job["name"], job["at"] or "aldrig (never)", job["next"], job["last_started_at"],
                job["last_finished_at"], job["last_outcome"],
            )
            for job in jobs
        ),
    )  # fmt: skip


@notices_app.command("send")
def send(as_json: Json = False) -> None:
    """Skriv och skicka dagens aviseringar nu (send the day's notices). Exit 1: some were not sent."""
    set_up_logging(settings().log_level)
    with opened() as environment:
        sent = send_notices(environment.database, environment.settings)
    if as_json:
        print_json(sent._asdict())
    else:
        print_text(f"{sent.composed} skrivna, {sent.sent} skickade, {sent.failed} misslyckade (composed, sent, failed)")
    if sent.failed:
        raise typer.Exit(REFUSED)


@notices_app.callback()
def notices() -> None:
    """Aviseringar till lagren (notices to the stores)."""
