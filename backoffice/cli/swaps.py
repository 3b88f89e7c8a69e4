"""Commands under `device`: swap one device for another, tie an accessory to its main device, untie it."""

from datetime import date, datetime
from typing import Annotated

import typer

from backoffice.cli.devices import PLACES, Json, device_app
from backoffice.cli.environment import Environment, opened
from backoffice.cli.one_order import find
from backoffice.cli.output import UNUSABLE, fail, print_json, print_text, refusals_told
from backoffice.json_text import STOCKHOLM
from config.database import Connection
from workflows.accessories.tying import TieRefused, tie, untie
from workflows.cohort import OrderNotFound
from workflows.device_register import show_device
from workflows.free_text import PersonalNumberInText
from workflows.machines import StepNotAllowed, swedish_name
from workflows.queries import read_orders
from workflows.returns.judging import REPAIR, SHELF, WRITTEN_OFF
from workflows.returns.machine import swedish_return_state
from workflows.returns.reading import read_returns
from workflows.returns.refusals import ReturnRefused
from workflows.swaps.ordering import Orderer
from workflows.swaps.refusals import SwapRefused
from workflows.swaps.swapping import Swapped, SwapRequest, swap_device

Reference = Annotated[str, typer.Argument(metavar="ORDER", help="Vårt nummer eller source:external_id")]
Line = Annotated[int, typer.Argument(metavar="LINE", min=1, help="Orderrad (line)")]
Reason = Annotated[str, typer.Option(help="Orsak (reason)")]

_REFUSALS = (SwapRefused, TieRefused, ReturnRefused, StepNotAllowed, OrderNotFound, PersonalNumberInText)


def add_to(_: typer.Typer) -> None:
    """Add this module's commands; they stand under `device`."""
    device_app.command("swap")(swap)
    device_app.command("tie")(tie_to)
    device_app.command("untie")(untie_from)


def swap(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Individnummer som byts (the one with the receiver)")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Individnummer som skickas (the one to send)")],
    reason: Reason,
    article: Annotated[str | None, typer.Option(help="OLD:s artikel")] = None,
    new_article: Annotated[str | None, typer.Option(help="NEW:s artikel")] = None,
    to: Annotated[str | None, typer.Option(help="Lager som tar emot OLD (store that receives OLD)")] = None,
    sender: Annotated[
        str | None, typer.Option("--from", help="Lager där NEW står, om den inte är registrerad (where NEW stands)")
    ] = None,
    received: Annotated[bool, typer.Option("--received", help="OLD är redan här (OLD is here already)")] = False,
    shelf: Annotated[bool, typer.Option("--shelf", help="OLD till hyllan")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="OLD till reparation")] = False,
    write_off: Annotated[bool, typer.Option("--write-off", help="OLD är svinn")] = False,
    cause: Annotated[str | None, typer.Option(help="Orsak till svinn (cause of a write-off)")] = None,
    orderer: Annotated[str | None, typer.Option(help="Beställare, om OLD var ute före start (orderer)")] = None,
    unit: Annotated[str | None, typer.Option(help="Beställarens enhet (the orderer's unit)")] = None,
    prescriber: Annotated[str | None, typer.Option(help="Förskrivare (prescriber)")] = None,
    decision_date: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Medicinskt ställningstagande, dag")
    ] = None,
    decision_reference: Annotated[str | None, typer.Option(help="Medicinskt ställningstagande, referens")] = None,
    as_json: Json = False,
) -> None:
    """Byt en individ hos en mottagare: begär OLD åter och skicka NEW (swap a device: OLD back, NEW out)."""
    judged = [place for place, told in ((SHELF, shelf), (REPAIR, repair), (WRITTEN_OFF, write_off)) if told]
    if len(judged) > 1 or (judged and not received):
        fail("Ange högst en av --shelf, --repair och --write-off, med --received (at most one, if received)", UNUSABLE)
    decided = decision_date.date() if decision_date else None
    who = _orderer(orderer, unit, prescriber, decided, decision_reference)
    place = judged[0] if judged else None
    request = SwapRequest(old, new, reason, article, new_article, to, sender, who, received, place, cause)
    with opened() as environment, refusals_told(*_REFUSALS):
        with environment.database.transaction() as tx:
            swapped = swap_device(tx, request, today=datetime.now(STOCKHOLM).date(), actor=environment.who)
        _show(environment, swapped, as_json=as_json)


def tie_to(
    reference: Reference,
    line: Line,
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="Huvudhjälpmedlets individnummer (main device)")],
    reason: Reason,
    as_json: Json = False,
) -> None:
    """Koppla en rads tillbehör till sitt huvudhjälpmedel (tie a line's accessories to their main device)."""
    with opened() as environment, refusals_told(*_REFUSALS):
        order_id = find(environment, reference)
        with environment.database.transaction() as tx:
            tie(tx, order_id, line, serial, reason=reason, actor=environment.who)
            _told(tx, order_id, line, as_json=as_json)


def untie_from(reference: Reference, line: Line, reason: Reason, as_json: Json = False) -> None:
    """Ta bort en rads koppling till ett huvudhjälpmedel (untie a line from its main device)."""
    with opened() as environment, refusals_told(*_REFUSALS):
        order_id = find(environment, reference)
        with environment.database.transaction() as tx:
            untie(tx, order_id, line, reason=reason, actor=environment.who)
            _told(tx, order_id, line, as_json=as_json)


def _orderer(
    person: str | None, unit: str | None, prescriber: str | None, decided: date | None, reference: str | None
) -> Orderer | None:
    if not any((person, unit, prescriber, decided, reference)):
        return None
    if not (person and unit):
        fail("Ange både --orderer och --unit (say both)", UNUSABLE)
    return Orderer(person, unit, prescriber, decided, reference)


def _told(tx: Connection, order_id: int, line: int, *, as_json: bool) -> None:
    (order,) = read_orders(tx, [order_id])
    tied = order["lines"][line - 1]["accessory_to"]
    if as_json:
        print_json({"order": order_id, "line": line, "accessory_to": tied})
    else:
        print_text(f"Order {order_id} rad {line}: {f'tillbehör till {tied}' if tied else 'inte kopplad'}")


def _show(environment: Environment, swapped: Swapped, *, as_json: bool) -> None:
    with environment.database.transaction(snapshot=True) as tx:
        (order,) = read_orders(tx, [swapped.order_id])
        (returned,) = read_returns(tx, [swapped.return_id])
        (line,) = returned["lines"]
        (device,) = line["devices"]
        (old,) = show_device(tx, device["serial_number"], line["article"])
    if as_json:
        print_json({"order": order, "return": returned})
        return
    (sent,) = order["lines"]
    print_text(
        f"{old['article']} {old['serial_number']} {PLACES[old['place']]}: retur {returned['number']} "
        f"{swedish_return_state(returned['state'])} till lager {returned['store']}"
    )
    print_text(
        f"{sent['article']} {', '.join(sent['serial_numbers'])} från lager {order['sender']}: order {order['id']} "
        f"{order['external_id']} {swedish_name(order['state'])}"
    )
