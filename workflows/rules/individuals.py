"""Are the serial numbers right? Individually marked devices: one number a unit from the own store, each at hand.

No unit leaves a store without its number: staff who take one from the own store (R3, R5) hold it in the hand; from
lager 10 and between kommuner the pick may settle it. A sentence never tells whose a device is. Next: accessories.py,
then prescribing.py.
"""

from workflows.master_data import Article, MasterData
from workflows.order_types import FORSKRIVNING_SENDERS, OrderType, SenderKind, own_store_order
from workflows.rules.known import Known
from workflows.rules.order import Order, OrderLine
from workflows.violations import Violation, violation

_ANOTHER = ("ange en annan individ", "name another device")
_STANDS = {
    "outbound": ("är redan utlämnad: registrera återlämningen först", "has left already: register its return first"),
    "receiver": ("är redan utlämnad: registrera återlämningen först", "has left already: register its return first"),
    "inspection": ("är återlämnad men inte bedömd: bedöm den först", "is returned but not judged: judge it first"),
    "repair": ("är på reparation: återför den till lagret först", "is in repair: put it back into the store first"),
    "written_off": ("är avskriven", "is written off"),
    "difference": ("saknas enligt registret: räkna in den i lagret först", "is missing: count it into the store first"),
}


def judge_serial_numbers(order: Order, known: Known, master: MasterData) -> list[Violation]:
    """`serial-numbers`, one violation a line at most: what it has too few of, and which cannot be sent."""
    found = []
    for index, (line, article) in enumerate(zip(order.lines, known.articles, strict=True)):
        if article is None or not (article.individual or line.serial_numbers):
            continue
        field = f"lines[{index}].serial_numbers"
        if not article.individual:
            found.append(violation("serial-numbers", field, choices=[{field: None}]))
        elif wrong := _too_few(order, line, article, known) + _not_at_hand(order, line, known, master):
            swedish, english = zip(*wrong, strict=True)
            found.append(Violation("serial-numbers", field, f"{'; '.join(swedish)}.", f"{'; '.join(english)}."))
    return found


def why_not(place: str, store: str, sender: str, *, reserved: bool) -> tuple[str, str]:
    """Why a known device cannot leave `sender`, and what is right to do, in Swedish and English."""
    if place != "store":
        sv, en = _STANDS[place]
    elif store != sender:
        sv, en = f"står i lager {store}: flytta den därifrån", f"stands in store {store}: move it from there"
    elif reserved:
        return f"är reserverad för en annan order: {_ANOTHER[0]}", f"is reserved for another order: {_ANOTHER[1]}"
    else:
        return _ANOTHER
    return f"{sv}, eller {_ANOTHER[0]}", f"{en}, or {_ANOTHER[1]}"


def _must_be_named(order: Order, known: Known) -> bool:
    """Whether the device is in the orderer's hand: R3 and R5, from the own store."""
    if known.unit is None or not own_store_order(order.order_type, order.sender, known.unit.own_store):
        return False
    return order.order_type == OrderType.BESTALLNING or (
        FORSKRIVNING_SENDERS.get(order.customer_order_type or "") is SenderKind.OWN_STORE
    )


def _too_few(order: Order, line: OrderLine, article: Article, known: Known) -> list[tuple[str, str]]:
    lacking = line.quantity - len(line.serial_numbers)
    if lacking <= 0 or not _must_be_named(order, known):
        return []
    return [
        (
            f"Artikel {article.number} är individmärkt och tas från eget lager: ange ett individnummer per styck, "
            f"{lacking} saknas",
            f"Article {article.number} is individually marked and taken from the own store: name a serial number for "
            f"each, {lacking} missing",
        )
    ]


def _not_at_hand(order: Order, line: OrderLine, known: Known, master: MasterData) -> list[tuple[str, str]]:
    """The named devices that the register knows to be elsewhere; one it does not know is registered when reserved."""
    wrong = []
    for serial in line.serial_numbers if known.sender is not None else ():
        device = master.devices.get((line.article, serial))
        if device is None or (device.place, device.store, device.reserved) == ("store", order.sender, False):
            continue
        sv, en = why_not(device.place, device.store, order.sender, reserved=device.reserved)
        wrong.append((f"Individ {serial} {sv}", f"Device {serial} {en}"))
    return wrong
