"""How does one order read, and how is an amended one read in? The long forms behind the commands of orders.py."""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

import typer

from backoffice.cli.environment import Environment
from backoffice.cli.order_words import customer_type_word, event_word, receiver_word, state_word, type_word
from backoffice.cli.output import UNUSABLE, fail, print_table, print_text, say, shown_time
from backoffice.cli.return_text import print_return_lines
from backoffice.cli.violation_words import refusal_text
from backoffice.json_text import STOCKHOLM
from exchange.admission import ACCOUNTS_SOURCE, admission_of
from exchange.order_request import OrderRequest
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from exchange.shape_check import Expected
from exchange.strict_json import parse_object
from workflows.intake import NewOrder
from workflows.machines import swedish_name
from workflows.permissions import Permission, may_order_as
from workflows.violations import Violation


def read_amendment(environment: Environment, file: Path) -> NewOrder:
    """The whole order in `file`, of the right shape; ends the command with every violation otherwise."""
    try:
        body = parse_object(file.read_bytes())
    except OSError:
        fail(f"Filen går inte att läsa: {file.name} (the file cannot be read)", UNUSABLE)
    if isinstance(body, Expected):
        fail(f"{file.name}: {body.sv} ({body.en})", UNUSABLE)
    now = datetime.now(STOCKHOLM)
    patterns = environment.settings.reservnummer_patterns
    request = read_order(body, today=now.date(), reservnummer_patterns=patterns)
    if not isinstance(request, OrderRequest):
        _refuse(request)
    source = _source_of(environment, request)
    return new_order(request, environment.keys(), source=source, received_at=now, today=now.date())


def _source_of(environment: Environment, request: OrderRequest) -> str:
    """Whose order it is, where it does not say; ends the command where it is not the actor's to send."""
    actor = environment.actor
    if actor.may(Permission.OPERATE):
        return ACCOUNTS_SOURCE
    if not may_order_as(actor, request.orderer_person):
        fail("Du kan bara beställa i eget namn (you may order only in your own name)")
    with environment.seen() as tx:
        admission = admission_of(tx, actor)
    if violations := admission.violations(request):
        _refuse(violations)
    return admission.source


def _refuse(violations: Iterable[Violation]) -> NoReturn:
    for each in violations:
        say(refusal_text(each.as_json()))
    raise typer.Exit(1)


def print_order(order: dict[str, Any]) -> None:
    """The order, who gets it and who asked for it, its lines and its history."""
    print_text(f"Order {order['id']}  {order['source']}:{order['external_id']}  {swedish_name(order['state'])}")
    kind = " · ".join(filter(None, (type_word(order["order_type"]), customer_type_word(order["customer_order_type"]))))
    print_text(f"{kind} från lager {order['sender']}")
    for what, told in _parties(order):
        if told:
            print_text(f"{what}: {told}")
    if order["promised_by"]:
        urgent = order["priority"] == "akut"
        by = shown_time(order["promised_by"]) if urgent else order["promised_on"].isoformat()
        print_text(f"Utlovad (promised by) {by}")
    if order["held"]:
        print_text(f"Hållen (held): {order['held_reason']}")
    if order["utleveranser"]:
        print_text(f"Utleverans {', '.join(order['utleveranser'])}")
    _print_links(order)
    for each in order["violations"]:
        print_text(f"  {refusal_text(each)}")
    for right in order["evidence"] or ():
        print_text(f"  {_evidence(right, order)}")
    _print_lines(order["lines"])
    for each in order["returns"]:
        print_return_lines(each)
    print_text()
    print_table(
        ("händelse", "från", "till", "när", "vem", "orsak"),
        (
            (_event(each), state_word(each["from"]), state_word(each["to"]), each["at"], each["actor"], each["reason"])
            for each in order["history"]
        ),
    )


def _parties(order: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """What was asked for, by whom and for whom; of a patient only that it is one."""
    receiver = (receiver_word(order["receiver_kind"]), order["receiver_code"], order["receiver_name"])
    yield "Mottagare (receiver)", " ".join(filter(None, receiver))
    yield "Beställare (orderer)", f"{order['orderer_person']}, enhet {order['orderer_unit']}"
    yield "Förskrivare (prescriber)", order["prescriber"]
    if decision := order["medical_decision"]:
        yield "Medicinskt beslut (medical decision)", f"{decision['date']}, {decision['reference']}"
    if instruction := order["instruction"]:
        yield "Instruktion (instruction)", f"{instruction['reference']}, godkänd av {instruction['approved_by']}"
    yield "Prioritet (priority)", order["priority"]
    yield "Orderdatum (ordered on)", order["ordered_on"]
    yield "Önskat datum (wanted date)", order["wanted_date"]
    yield "Referens (reference)", order["reference"]


def _print_lines(lines: list[dict[str, Any]]) -> None:
    print_table(
        (
            "artikel", "i stället för", "antal", "plockat", "levererat", "rest", "makulerat", "åter", "individer",
            "tillbehör till",
        ),
        (
            (
                each["article"], each["ordered_article"], each["quantity"], each["picked"], each["delivered"],
                each["backordered"], each["cancelled"], each["returned"], each["serial_numbers"], each["accessory_to"],
            )
            for each in lines
        ),
    )  # fmt: skip


def _print_links(order: dict[str, Any]) -> None:
    for link, text in (
        ("rest_of", "Rest av order"),
        ("restorder", "Restorder"),
        ("swap_of", "Byte för order"),
        ("swaps", "Bytt i order"),
    ):
        if order[link]:
            print_text(f"{text} {json.dumps(order[link]).strip('[]')}")


def _event(step: dict[str, Any]) -> str:
    return f"{event_word(step['event'])} {step.get('return', '')}".strip()


def _evidence(right: dict[str, Any], order: dict[str, Any]) -> str:
    """Whose right to prescribe, as it was found when the order was validated."""
    group = f"produktgrupp {right['iso_prefix']}" if right["iso_prefix"] else "alla produktgrupper"
    days = f"{right['valid_from'] or ''}–{right['valid_to'] or ''}".strip("–") and (
        f", {right['valid_from'] or ''}–{right['valid_to'] or 'tills vidare'}"
    )
    return (
        f"{_whose(right['person'], order)}: förskrivningsrätt (right to prescribe) {right['person']}, "
        f"{right['profession'] or 'yrke okänt'}, enhet {right['unit']}, {group}{days}"
    )


def _whose(person: str, order: dict[str, Any]) -> str:
    roles = (("orderer_person", "beställare"), ("prescriber", "förskrivare"))
    return " och ".join(role for name, role in roles if order[name] == person).capitalize() or person
