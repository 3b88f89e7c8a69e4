"""How does one order read, and how is an amended one read in? The long forms behind the commands of orders.py."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import typer

from backoffice.cli.environment import Environment
from backoffice.cli.output import STOCKHOLM, UNUSABLE, fail, print_table, print_text, say, shown_time, violation_lines
from backoffice.cli.return_text import print_return_lines
from exchange.order_request import OrderRequest
from exchange.order_rows import new_order
from exchange.order_shape import read_order
from exchange.shape_check import Expected
from exchange.strict_json import parse_object
from workflows.intake import NewOrder
from workflows.machines import swedish_name


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
        for line in violation_lines([violation.as_json() for violation in request]):
            say(line)
        raise typer.Exit(1)
    return new_order(request, environment.keys(), source="import", received_at=now, today=now.date())


def print_order(order: dict[str, Any]) -> None:
    """The order, its lines and its history."""
    print_text(f"Order {order['id']}  {order['source']}:{order['external_id']}  {swedish_name(order['state'])}")
    print_text(f"{order['order_type']} {order['customer_order_type'] or ''} från lager {order['sender']}")
    if order["promised_by"]:
        urgent = order["priority"] == "akut"
        by = shown_time(order["promised_by"]) if urgent else order["promised_on"].isoformat()
        print_text(f"Utlovad (promised by) {by}")
    if order["held"]:
        print_text(f"Hållen (held): {order['held_reason']}")
    if order["utleveranser"]:
        print_text(f"Utleverans {', '.join(order['utleveranser'])}")
    _print_links(order)
    for line in violation_lines(order["violations"]):
        print_text(f"  {line}")
    for right in order["evidence"] or ():
        print_text(f"  {_evidence(right)}")
    print_table(
        ("artikel", "i stället för", "antal", "plockat", "levererat", "rest", "makulerat", "åter", "tillbehör till"),
        (
            (
                each["article"], each["ordered_article"], each["quantity"], each["picked"], each["delivered"],
                each["backordered"], each["cancelled"], each["returned"], each["accessory_to"],
            )
            for each in order["lines"]
        ),
    )  # fmt: skip
    for each in order["returns"]:
        print_return_lines(each)
    print_text()
    print_table(
        ("händelse", "från", "till", "när", "vem", "orsak"),
        (
            (_event(each), each["from"], each["to"], each["at"], each["actor"], each["reason"])
            for each in order["history"]
        ),
    )


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
    return f"{step['event']} {step.get('return', '')}".strip()


def _evidence(right: dict[str, Any]) -> str:
    """A right to prescribe as it was found when the order was validated."""
    group = f"produktgrupp {right['iso_prefix']}" if right["iso_prefix"] else "alla produktgrupper"
    days = f"{right['valid_from'] or ''}–{right['valid_to'] or ''}".strip("–") and (
        f", {right['valid_from'] or ''}–{right['valid_to'] or 'tills vidare'}"
    )
    return (
        f"Förskrivningsrätt (right to prescribe): {right['person']}, {right['profession'] or 'yrke okänt'}, "
        f"enhet {right['unit']}, {group}{days}"
    )
