"""Commands that look at the whole: `verify`, `status`, `diagram`."""

from typing import Annotated, Any

import typer

from backoffice.cli.environment import actor, opened
from backoffice.cli.output import UNUSABLE, fail, or_more, print_json, print_table, print_text, progress, shown_time
from backoffice.diagrams import drawn
from backoffice.lifecycle_page import mermaid
from workflows.machines import MACHINES, swedish_name
from workflows.overview import status as read_status
from workflows.verify.checking import Verification
from workflows.verify.checking import verify as check_everything
from workflows.verify.invariants import INVARIANTS
from workflows.verify.kept import keep_verification
from workflows.verify.patient_invariants import LOG_STANDS
from workflows.watchdog import ADVICE

Json = Annotated[bool, typer.Option("--json")]


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("verify")(verify)
    app.command("status")(status)
    app.command("diagram")(diagram)


def verify(as_json: Json = False) -> None:
    """Kontrollera att allt stämmer (check every invariant). Exit 1: something is broken."""
    with opened() as environment, progress() as steps:
        verification = check_everything(
            environment.database, lambda invariant: steps.show(invariant.sv), keys=environment.keys()
        )
        with environment.database.transaction() as tx:
            keep_verification(tx, verification, by=actor())
    if as_json:
        print_json(verification_json(verification))
    else:
        print_verification(verification)
    if verification.broken:
        raise typer.Exit(1)


def verification_json(verification: Verification) -> dict[str, Any]:
    """`{"checked", "broken": [{"name", "sv", "en", "count", "where"}]}`."""
    return {"checked": verification.checked, "broken": [each.as_json() for each in verification.broken]}


def print_verification(verification: Verification) -> None:
    """Every invariant with whether it holds, and where not."""
    broken = {each.invariant.name: each for each in verification.broken}
    with_keys = verification.checked > len(INVARIANTS)
    for invariant in (*INVARIANTS, *([LOG_STANDS] if with_keys else [])):
        found = broken.get(invariant.name)
        print_text(f"{'BRUTEN' if found else 'ok    '} {invariant.sv} ({invariant.en})")
        for where in found.where if found else ():
            print_text(f"         {where}")
        if found and found.count > len(found.where):
            print_text(f"         … av {found.count} (of {found.count})")


def status(as_json: Json = False) -> None:
    """Hur det står till: antal och äldsta, hållna, processer (counts and oldest, held, processes)."""
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        found = read_status(tx)
    if as_json:
        print_json(found)
        return
    print_table(
        ("ordertyp", "läge", "antal", "äldsta"),
        ((each["order_type"], swedish_name(each["state"]), each["count"], each["oldest"]) for each in found["orders"]),
    )
    print_text()
    words = {
        "due": "att göra nu (due)",
        "due_later": "väntar på nytt försök (due later)",
        "retrying": "har misslyckats minst en gång (retrying)",
        "held": "hållna (held)",
        "backordered": "restnoterade (backordered)",
        "documents_due": "följesedlar att rendera (documents due)",
    }
    print_table(("", ""), ((text, _or_more(found, name)) for name, text in words.items()))
    if found["standing"]:
        print_text()
        bound = "standing" in found["at_least"]
        kinds = (
            (f"{ADVICE[kind].name_sv} ({ADVICE[kind].name_en})", or_more(number) if bound else number)
            for kind, number in found["standing"].items()
        )
        print_table(("har stått för länge (standing too long): orderflode watchdog", ""), kinds)
    _print_unsent(found)
    print_text()
    for process in found["processes"]:
        degraded = "  DEGRADERAD: kör stegen utan kö (degraded)" if process.get("degraded") else ""
        print_text(
            f"{process['name']}: sågs {shown_time(process['seen_at'])}, {process['seconds_ago']} s sedan{degraded}"
        )


def _print_unsent(found: dict[str, Any]) -> None:
    if any(found["notices"].values()):
        waiting, given_up = found["notices"]["waiting"], found["notices"]["given_up"]
        print_text(f"aviseringar: {waiting} väntar, {given_up} uppgivna (notices waiting, given up)")
    if any(found["webhooks"].values()):
        waiting, failed = found["webhooks"]["waiting"], found["webhooks"]["failed"]
        print_text(
            f"webhookar: {waiting} väntar, {failed} misslyckade (messages waiting, failed): orderflode webhook list"
        )


def _or_more(found: dict[str, Any], name: str) -> object:
    """A number of the status; counting ended at those in `at_least`."""
    return or_more(found[name]) if name in found["at_least"] else found[name]


def diagram(
    order_type: Annotated[str, typer.Argument(metavar="TYPE", help=" | ".join(MACHINES))],
    format: Annotated[str, typer.Option(help="mermaid | svg")] = "mermaid",
) -> None:
    """Rita ordertypens tillståndsmaskin som den är i koden (draw the state machine as it is in the code)."""
    if order_type not in MACHINES:
        fail(f"Ordertypen finns inte; välj bland {', '.join(MACHINES)} (no such order type)", UNUSABLE)
    if format not in ("mermaid", "svg"):
        fail("Formatet finns inte; välj mermaid eller svg (choose mermaid or svg)", UNUSABLE)
    print_text(mermaid(order_type) if format == "mermaid" else drawn(order_type))
