"""The commands with which a person confirms a pick or a delivery: which orders, how many units of an article are
missing, and which devices they hold. Next: one_order.py."""

import re
from typing import Annotated, Any

import typer

from backoffice.cli.environment import opened
from backoffice.cli.one_order import REFUSALS, Json, find, order_now, where_it_is
from backoffice.cli.output import REFUSED, UNUSABLE, fail, print_json, print_text, say
from exchange.shape_check import code
from workflows.cohort import OrderNotFound, Step, run_named
from workflows.order_reference import shown_reference
from workflows.steps import deliver, pick

confirm_app = typer.Typer(help="Bekräfta plock eller leverans (confirm a pick or delivery).", no_args_is_help=True)

References = Annotated[list[str], typer.Argument(metavar="ID...", help="Vårt nummer eller source:external_id")]
Short = Annotated[
    list[str] | None,
    typer.Option(metavar="ARTICLE=QUANTITY", help="Så många saknas av artikeln (units missing of the article)"),
]
Serial = Annotated[
    list[str] | None,
    typer.Option(metavar="ARTICLE=SERIAL", help="Individ som plockats eller kommit fram (device picked or received)"),
]

_check_serial = code(64)


@confirm_app.command("pick")
def confirm_pick(references: References, short: Short = None, serial: Serial = None, as_json: Json = False) -> None:
    """Bekräfta att ordrar är plockade (confirm that orders are picked)."""
    _confirm(references, pick.STEP, short, serial, as_json=as_json)


@confirm_app.command("deliver")
def confirm_delivery(references: References, short: Short = None, serial: Serial = None, as_json: Json = False) -> None:
    """Bekräfta att ordrar är levererade (confirm that orders are delivered)."""
    _confirm(references, deliver.STEP, short, serial, as_json=as_json)


def _confirm(
    references: list[str], step: Step, short: list[str] | None, serial: list[str] | None, *, as_json: bool
) -> None:
    missing, serials = read_units(short or []), read_serials(serial or [])
    if (missing or serials) and len(references) > 1:
        fail(
            "--short och --serial hör till en order i taget (--short and --serial belong to one order at a time)",
            UNUSABLE,
        )
    answers: list[dict[str, Any]] = []
    with opened() as environment:
        for reference in references:
            try:
                order_id = find(environment, reference)
                run_named(environment.database, step, order_id, actor=environment.who, short=missing, serials=serials)
                answers.append(order_now(environment, order_id))
            except REFUSALS as refusal:
                say(str(refusal) if isinstance(refusal, OrderNotFound) else f"{reference}: {refusal}")
                answers.append({"reference": shown_reference(reference) or "?", "refused": in_both(str(refusal))})
    if as_json:
        print_json(answers)
    for answer in answers if not as_json else []:
        if "refused" not in answer:
            print_text(where_it_is(answer))
    if any("refused" in answer for answer in answers):
        raise typer.Exit(REFUSED)


def in_both(sentence: str) -> dict[str, str]:
    """`Svenska (english)` as {"sv", "en"}; a sentence in one language alone stands as both."""
    depth = 0
    for place in range(len(sentence.rstrip(".")) - 1, -1, -1):
        depth += {")": 1, "(": -1}.get(sentence[place], 0)
        if depth == 0:
            break
    else:
        return {"sv": sentence, "en": sentence}
    sv, en = sentence[:place].strip(), sentence[place:].strip(".")
    return {"sv": sv, "en": en[1:-1]} if sv and en.startswith("(") else {"sv": sentence, "en": sentence}


def read_units(given: list[str], what: str = "--short ") -> dict[str, int]:
    """ARTICLE=QUANTITY words as units by article; `what` they are is said when one cannot be read."""
    units: dict[str, int] = {}
    for each in given:
        article, _, quantity = each.rpartition("=")
        if not article or not re.fullmatch(r"[1-9][0-9]{0,3}", quantity):
            fail(f"{what}{each}: skriv ARTIKEL=ANTAL, antal 1–9999 (write ARTICLE=QUANTITY, 1–9999)", UNUSABLE)
        units[article] = units.get(article, 0) + int(quantity)
    return units


def read_serials(given: list[str]) -> dict[str, list[str]]:
    """Serial numbers by article; ends the command for what is not ARTICLE=SERIAL."""
    serials: dict[str, list[str]] = {}
    for each in given:
        article, _, serial = each.partition("=")
        clean = _check_serial(serial) if article and serial.strip() else None
        if not isinstance(clean, str):
            # What was given is not repeated: it may be somebody's number.
            fail("--serial: skriv ARTIKEL=INDIVIDNUMMER, inget personnummer (write ARTICLE=SERIAL)", UNUSABLE)
        serials.setdefault(article, []).append(clean)
    return serials
