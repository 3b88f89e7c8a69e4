"""Commands for individually marked devices: `device SERIAL` follows one through its life, `devices` lists a store's."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from backoffice.cli.environment import opened
from backoffice.cli.known import ArticleOption, RequiredStoreOption, known_article, own_store
from backoffice.cli.output import UNUSABLE, fail, print_json, print_table, print_text, violation_lines
from workflows.device_register import list_devices, show_device
from workflows.machines import swedish_name
from workflows.returns.machine import swedish_return_state


class _ShowsUnlessTold(TyperGroup):
    """`device SERIAL` is `device show SERIAL`; a number that is called as a command needs the whole of it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with, or `show`."""
        return super().resolve_command(ctx, args if args[0] in self.commands else ["show", *args])


device_app = typer.Typer(
    cls=_ShowsUnlessTold,
    help="Ett individmärkt hjälpmedel: var och när (one device and its life). SERIAL: visa det (show it).",
    no_args_is_help=True,
)

Json = Annotated[bool, typer.Option("--json")]

PLACES = {
    "store": "i lager", "outbound": "på väg ut", "receiver": "hos mottagaren", "inspection": "återlämnad, ej bedömd",
    "repair": "på reparation", "written_off": "avskriven", "difference": "saknas",
}  # fmt: skip


def add_to(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(device_app, name="device")
    app.command("devices")(devices)


@device_app.command("show")
def show(
    serial: Annotated[str, typer.Argument(metavar="SERIAL", help="Individnummer (serial number)")],
    article: ArticleOption = None,
    as_json: Json = False,
) -> None:
    """Visa var en individ är och dess liv (where a device is, and its life)."""
    with opened() as environment, environment.database.transaction(snapshot=True) as tx:
        found = show_device(tx, serial, article)
    if not found:
        fail("Individen finns inte i registret (there is no such device)")
    if len(found) > 1:
        articles = ", ".join(each["article"] for each in found)
        fail(f"Flera artiklar har det numret; ange --article: {articles} (several articles have that number)", UNUSABLE)
    if as_json:
        print_json(found[0])
    else:
        _print(found[0])


def devices(store: RequiredStoreOption, article: ArticleOption = None, as_json: Json = False) -> None:
    """Lista de individer som finns i ett lager (list the devices that are in a store)."""
    with opened() as environment, environment.database.transaction(statement_timeout_ms=0, snapshot=True) as tx:
        own_store(tx, environment.actor, store)
        known_article(tx, article)
        found = list_devices(tx, store, article)
    if as_json:
        print_json(found)
        return
    print_table(
        ("artikel", "individ", "plats", "order", "sedan"),
        (
            (each["article"], each["serial_number"], PLACES[each["place"]], each["order"], each["since"])
            for each in found
        ),
    )


def print_swap(swap: dict[str, Any]) -> None:
    """One swap, with what became of its order and of its return."""
    other = f"{swap['other']['article']} {', '.join(swap['other']['serial_numbers'])}"
    role = "Bytt mot (replaced by)" if swap["role"] == "replaced" else "Skickad i stället för (sent in place of)"
    print_text(
        f"{role} {other}: order {swap['order']} {swap['external_id']} {swedish_name(swap['order_state'])}, "
        f"retur {swap['return']} {swedish_return_state(swap['return_state'])}"
    )
    for line in violation_lines(swap["violations"]):
        print_text(f"  {line}")


def _print(device: dict[str, Any]) -> None:
    print_text(f"{device['article']} {device['name']}, individ {device['serial_number']}")
    where = f"{PLACES[device['place']]}, lager {device['store']}"
    for link in ("receiver", "order", "utleverans"):
        if device[link]:
            where += f", {'mottagare' if link == 'receiver' else link} {device[link]}"
    print_text(where)
    if device["main_device"]:
        print_text(f"Tillbehör till (accessory of) {device['main_device']}")
    for each in device["accessories"]:
        told = f"{each['units']} {each['article']}, order {each['order']} rad {each['line']}"
        print_text(f"Tillbehör ute (accessory out): {told}")
    for each in device["swaps"]:
        print_swap(each)
    print_text()
    print_table(
        ("händelse", "plats", "lager", "order", "när", "vem", "orsak"),
        (
            (
                each["event"], PLACES.get(each["place"], ""), each["store"], each["order"], each["at"], each["actor"],
                each["reason"],
            )
            for each in device["life"]
        ),
    )  # fmt: skip
