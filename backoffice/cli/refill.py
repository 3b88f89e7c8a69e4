"""The command that refills kommunlager: `refill`. What is needed: workflows/refill.py."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from backoffice.cli.environment import opened
from backoffice.cli.known import see_that_it_is_theirs
from backoffice.cli.output import fail, print_json, print_table, print_text, say
from workflows.permissions import may_order_as
from workflows.refill import NoKommunlager, Refill, refill_store, refilled_stores


def add_to(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("refill")(refill)


def refill(
    store: Annotated[str | None, typer.Option(help="Bara detta kommunlager (this store only)")] = None,
    orderer: Annotated[
        str | None, typer.Option(help="Beställare; annars lagrets refill_by, annars den förste som får (orderer)")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Visa förslaget, spara inget (store nothing)")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Fyll på kommunlager från lager 10 (refill kommunlager from lager 10)."""
    with opened() as environment:
        database = environment.database
        see_that_it_is_theirs(environment, store)
        if orderer is not None and not may_order_as(environment.actor, orderer):
            fail("Du kan bara beställa i eget namn (you may order only in your own name)")
        try:
            stores = refilled_stores(database, store)
        except NoKommunlager as unknown:
            fail(f"{store}: {unknown}")
        refills = [
            refill_store(database, each, actor=environment.who, orderer=orderer, dry_run=dry_run) for each in stores
        ]
    if as_json:
        print_json([_as_json(each) for each in refills])
    else:
        _print(refills, dry_run=dry_run)
    unserved = [each.store for each in refills if each.nobody_to_order]
    for each in unserved:
        say(f"Lager {each}: ingen får beställa till det (nobody may order for it)")
    if unserved:
        raise typer.Exit(1)


def _as_json(refill: Refill) -> dict[str, Any]:
    return {
        "store": refill.store,
        "orderer": refill.orderer._asdict() if refill.orderer else None,
        "lines": [asdict(line) for line in refill.proposal.lines],
        "not_refillable": list(refill.proposal.not_refillable),
        "rejected": list(refill.proposal.rejected),
        "orders": [{"id": each.order_id, "external_id": each.external_id} for each in refill.created],
    }


def _print(refills: Sequence[Refill], *, dry_run: bool) -> None:
    print_table(
        (
            "lager", "artikel", "i stället för", "saldo", "reserverat", "restnoterat", "på väg", "beställt",
            "tillgängligt", "beställningspunkt", "mål", "beställs",
        ),
        _rows(refills),
    )  # fmt: skip
    for refill in refills:
        for article in refill.proposal.not_refillable:
            print_text(f"Lager {refill.store}: {article} har utgått utan ersättare (withdrawn without a successor)")
        for order_id in refill.proposal.rejected:
            print_text(
                f"Lager {refill.store}: order {order_id} är avvisad men räknas som beställd; rätta eller makulera den "
                "(rejected, but counted as ordered: amend or cancel it)"
            )
        for order in refill.created:
            print_text(f"Lager {refill.store}: order {order.order_id} {order.external_id}")
    if dry_run:
        print_text("Inget sparat (nothing stored)")
    elif not any(refill.created for refill in refills):
        print_text("Inget beställt (nothing ordered)")


def _rows(refills: Sequence[Refill]) -> Iterator[tuple[object, ...]]:
    for refill in refills:
        for line in refill.proposal.lines:
            yield (
                refill.store, line.article, line.instead_of, line.on_hand, line.reserved, line.taken, line.on_its_way,
                line.ordered, line.available, line.reorder_point, line.target,
                line.quantity,
            )  # fmt: skip
