"""Commands for patients: show, join and unjoin. How numbers are read: numbers.py. Next: erasure.py."""

from typing import Annotated, Any

import typer

from backoffice.cli.environment import opened
from backoffice.cli.numbers import index_given, read_numbers
from backoffice.cli.output import print_json, print_table, print_text, refusals_told
from exchange.outgoing.recall_file import PLACES
from exchange.outgoing.wording import ORDER_TYPES, worded
from workflows.free_text import PersonalNumberInText
from workflows.machines import swedish_name
from workflows.patient_links import JoinRefused, PatientNumber
from workflows.patient_looks import PatientNotFound, Person, join_numbers, show_person, unjoin_number
from workflows.steps.cancel import ReasonMissing

patient_app = typer.Typer(
    help="En patient: visa, slå ihop två nummer (a patient: show, join two numbers).", no_args_is_help=True
)

Reason = Annotated[str, typer.Option(help="Varför; loggas (why; it is logged)")]
Json = Annotated[bool, typer.Option("--json")]

_REFUSALS = (PatientNotFound, JoinRefused, ReasonMissing, PersonalNumberInText)

_EARLIER = "Det tidigare numret (the earlier number)"
_LATER = "Det senare numret (the later number)"


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(patient_app, name="patient")


@patient_app.command("show")
def show(reason: Reason, as_json: Json = False) -> None:
    """Visa en persons ordrar och hjälpmedel; numret läses från standard in (number read from standard input)."""
    (number,) = read_numbers("Patientens nummer (the patient's number)")
    with opened() as environment, refusals_told(*_REFUSALS):
        person = show_person(environment.database, index_given(environment, number), environment.look(reason))
    if as_json:
        print_json({
            "numbers": [_number(each) for each in person.numbers], "orders": person.orders, "held": person.held,
        })  # fmt: skip
    else:
        _print_person(person)


@patient_app.command("join")
def join(reason: Reason, as_json: Json = False) -> None:
    """Slå ihop ett tidigare nummer med ett senare: två rader på standard in (two lines on standard input)."""
    first, second = read_numbers(_EARLIER, _LATER)
    with opened() as environment, refusals_told(*_REFUSALS):
        indexes = index_given(environment, first), index_given(environment, second)
        earlier, later = join_numbers(environment.database, *indexes, environment.look(reason))
    if as_json:
        print_json({"earlier": _number(earlier), "later": _number(later)})
    else:
        print_text(f"{_named(earlier)} leder nu till {_named(later)} (leads to)")


@patient_app.command("unjoin")
def unjoin(reason: Reason, as_json: Json = False) -> None:
    """Ångra hopslagningen av ett tidigare nummer, läst från standard in (undo the join of an earlier number)."""
    (number,) = read_numbers(_EARLIER)
    with opened() as environment, refusals_told(*_REFUSALS):
        earlier = unjoin_number(environment.database, index_given(environment, number), environment.look(reason))
    if as_json:
        print_json(_number(earlier))
    else:
        print_text(f"{_named(earlier)} står åter för sig (is by itself again)")


def _number(number: PatientNumber) -> dict[str, Any]:
    return {"patient": number.id, "kind": number.kind, "joined_at": number.joined_at}


def _named(number: PatientNumber) -> str:
    return f"Patient {number.id} ({number.kind})"


def _print_person(person: Person) -> None:
    current, *earlier = person.numbers
    print_text(_named(current))
    if earlier:
        print_table(
            ("tidigare nummer", "patient", "hopslaget"),
            ((number.kind, number.id, number.joined_at) for number in earlier),
        )
    print_table(
        ("id", "external_id", "ordertyp", "läge", "datum", "utleverans", "byte av"),
        (
            (
                each["id"], f"{each['source']}:{each['external_id']}", worded(ORDER_TYPES, each["order_type"]),
                swedish_name(each["state"]), each["ordered_on"], each["utleveranser"], each["swap_of"],
            )
            for each in person.orders
        ),
        title=f"Ordrar (orders): {len(person.orders)}",
    )  # fmt: skip
    print_table(
        ("artikel", "benämning", "individnummer", "antal", "plats", "lager", "order", "innehav", "sedan"),
        (
            (
                each["article"], each["name"], each["serial_number"], each["units"], PLACES[each["place"]],
                each["store"], each["order"], each["holding"], each["since"],
            )
            for each in person.held
        ),
        title=f"Hjälpmedel (things held): {sum(each['units'] for each in person.held)}",
    )  # fmt: skip
