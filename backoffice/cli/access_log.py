"""Commands for the access log: `log patient|sample|review|reviews|seal|retention`.

A patient's number is read from standard input or a prompt, never from the command line.
"""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any, cast, get_args

import typer

from backoffice.cli.environment import Environment, opened
from backoffice.cli.moments import day
from backoffice.cli.numbers import index_given, read_numbers
from backoffice.cli.output import UNUSABLE, fail, print_json, print_table, print_text, refusals_told
from backoffice.json_text import STOCKHOLM
from exchange.outgoing.document_store import remove_documents
from workflows.access_log import log_access
from workflows.free_text import PersonalNumberInText
from workflows.log_chain import newest_seal, seal_looks
from workflows.log_reading import DECISIONS, KINDS, Decision, NoSuchLook, NoteMissing, looks_at, sample
from workflows.log_reading import review as keep_review
from workflows.log_reading import reviews as read_reviews
from workflows.log_retention import Outlived, outlived, remove_account_events, remove_looks
from workflows.patient_erasure import erase
from workflows.patient_links import numbers_of
from workflows.patient_looks import PatientNotFound
from workflows.patient_records import find_patient
from workflows.period import Period
from workflows.steps.cancel import ReasonMissing

log_app = typer.Typer(
    help="Åtkomstloggen: utdrag, stickprov, granskning, gallring (the access log).", no_args_is_help=True
)

Reason = Annotated[str, typer.Option(help="Varför; loggas (why; it is logged)")]
From = Annotated[date | None, typer.Option("--from", parser=day, help="Från och med; 30 dagar sedan (from)")]
To = Annotated[date | None, typer.Option("--to", parser=day, help="Till och med; i dag (to)")]
Json = Annotated[bool, typer.Option("--json")]

SAMPLED_DAYS = 30


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(log_app, name="log")


@log_app.command("patient")
def patient(reason: Reason, as_json: Json = False) -> None:
    """Utdrag för en patient: från vilken enhet och när; numret läses från standard in (extract for a patient)."""
    (number,) = read_numbers("Patientens nummer (the patient's number)")
    with opened() as environment, refusals_told(PatientNotFound, ReasonMissing, PersonalNumberInText):
        looks = _extract(environment, number, reason)
    if as_json:
        print_json(looks)
        return
    print_table(
        ("när", "enhet", "kommun", "roll", "vad", "varför"),
        ((each["at"], each["unit"], each["kommun"], each["role"], each["action"], each["why"]) for each in looks),
        title=f"Åtkomster (looks): {len(looks)}",
    )


@log_app.command("sample")
def take_sample(
    count: Annotated[int, typer.Option(min=1, max=1000, help="Högst så många rader (rows at most)")] = 20,
    kind: Annotated[str, typer.Option(help=" | ".join(KINDS))] = "random",
    first: From = None,
    last: To = None,
    as_json: Json = False,
) -> None:
    """Stickprov av rader som inte granskats: slumpvis eller riktat (rows that are not reviewed yet)."""
    if kind not in KINDS:
        fail(f"Välj bland {', '.join(KINDS)} (choose one of them)", UNUSABLE)
    period = _period(first, last)
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        rows = sample(tx, kind, period.begins, period.ends, count)
    if as_json:
        print_json(rows)
        return
    sv, en, _ = KINDS[kind]
    print_table(
        ("rad", "när", "vem", "roll", "enhet", "kommun", "vad", "varför", "patient", "order"),
        (tuple(each.values()) for each in rows),
        title=f"Stickprov {sv} ({en}): {len(rows)}",
    )


@log_app.command("review")
def review(
    row: Annotated[int, typer.Argument(metavar="ROW", help="Radens nummer i loggen (the row's number)")],
    decision: Annotated[str, typer.Option(help=" | ".join(f"{name}: {sv}" for name, (sv, _) in DECISIONS.items()))],
    note: Annotated[str | None, typer.Option(help="Vad som gjorts (what was done about it)")] = None,
    as_json: Json = False,
) -> None:
    """Spara granskarens beslut om en rad (keep the reviewer's decision of a row)."""
    if decision not in get_args(Decision):
        fail(f"Välj bland {', '.join(DECISIONS)} (choose one of them)", UNUSABLE)
    with (
        opened() as environment,
        refusals_told(NoSuchLook, NoteMissing, PersonalNumberInText),
        environment.database.transaction() as tx,
    ):
        keep_review(tx, row, cast(Decision, decision), note, by=environment.who)
    if as_json:
        print_json({"look": row, "decision": decision})
    else:
        print_text(f"Rad {row}: {DECISIONS[cast(Decision, decision)][0]} (kept)")


@log_app.command("reviews")
def reviews(first: From = None, last: To = None, as_json: Json = False) -> None:
    """Besluten i en period: att loggen granskas (the decisions of a period)."""
    period = _period(first, last)
    with opened() as environment, environment.database.transaction() as tx:
        rows = read_reviews(tx, period.begins, period.ends)
    if as_json:
        print_json(rows)
        return
    print_table(("rad", "beslut", "anteckning", "av", "när"), (tuple(each.values()) for each in rows))


@log_app.command("seal")
def seal(as_json: Json = False) -> None:
    """Försegla loggens nya rader i kedjan och visa dess sista länk (seal new rows; show the chain's last link).

    Den visade summan skrivs av någon annanstans: då märks också om kedjans slut tas bort.
    """
    with opened() as environment:
        made = seal_looks(environment.database, environment.keys())
        with environment.database.transaction() as tx:
            last = newest_seal(tx)
    sealed = sum(each.count for each in made)
    if as_json:
        print_json({
            "sealed": sealed, "seals": len(made), "last": last and last.number, "digest": last and last.digest.hex(),
        })  # fmt: skip
        return
    print_text(f"{sealed} rader förseglade (rows sealed)")
    if last is not None:
        print_text(f"Sigill {last.number} (seal): {last.digest.hex()}")


@log_app.command("retention")
def retention(
    reason: Reason = "gallring (retention)",
    yes: Annotated[bool, typer.Option("--yes", help="Gör det (do it)")] = False,
    as_json: Json = False,
) -> None:
    """Visa vad som har sparats så länge det måste; --yes tar bort det (what may go; --yes lets it)."""
    with opened() as environment, refusals_told(ReasonMissing, PersonalNumberInText):
        current = environment.settings
        with environment.database.transaction(statement_timeout_ms=0) as tx:
            found = outlived(tx, years_of_looks=current.keep_looks_years, years_of_records=current.keep_records_years)
        if yes:
            _let_go(environment, found, reason)
    if as_json:
        print_json(asdict(found) | {"done": yes})
        return
    print_text(f"Åtkomster (looks): {found.looks} i {len(found.seals)} sigill (seals)")
    print_text(f"Patienter (patients): {len(found.patients)}")
    print_text(f"Inloggningar och utloggningar (logins and logouts): {found.account_events}")
    print_text("Borttaget (done)" if yes else "Inget är borttaget; kör med --yes (nothing is done)")


def _extract(environment: Environment, number: str, reason: str) -> list[dict[str, Any]]:
    index, look = index_given(environment, number), environment.look(reason)
    with environment.database.transaction(statement_timeout_ms=0) as tx:
        found = find_patient(tx, index)
        if found is not None:
            ids = [each.id for each in numbers_of(tx, found.id)]
            looks = looks_at(tx, ids)
            log_access(tx, "log_extract", look, ids)
            return looks
        log_access(tx, "patient_search", look, [], not_found=["number"])
    raise PatientNotFound(PatientNotFound.__doc__)


def _let_go(environment: Environment, found: Outlived, reason: str) -> None:
    look = environment.look(reason)
    remove_looks(environment.database, look.keys, found.seals, by=look.actor)
    with environment.database.transaction(statement_timeout_ms=0) as tx:
        remove_account_events(tx, years=environment.settings.keep_looks_years, by=look.actor)
    for number in found.patients:
        with environment.database.transaction(statement_timeout_ms=0) as tx:
            hashes = erase(tx, [number], look)
        remove_documents(environment.settings.document_folder, hashes)


def _period(first: date | None, last: date | None) -> Period:
    today = datetime.now(STOCKHOLM).date()
    period = Period(first or (last or today) - timedelta(days=SAMPLED_DAYS), last or today)
    if period.is_empty:
        fail("--to är före --from (--to is before --from)", UNUSABLE)
    return period
