"""Which devices leave the store for which order? Pure: orders in the order of their places, over what stands there.

Named devices first; what is not named is allotted, the one that has stood longest first. An order that lacks one gets
none. Next: steps/settling.py, which locks the devices and moves them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workflows.allocation import Goods
from workflows.devices import Device, Standing

GONE = ("difference", "written_off")
"""Places of no return: an order that named such a device is content with another."""


class SerialNumbersMissing(Exception):
    """Individnummer saknas (serial numbers are missing)."""

    def __init__(self, article: str, units: int) -> None:
        self.article, self.units = article, units
        super().__init__(
            f"{units} individnummer saknas för artikel {article}: ange --serial {article}=NUMMER för vart och ett "
            f"({units} serial numbers of article {article} are missing: name each with --serial {article}=NUMBER)"
        )


class SerialNumberRefused(Exception):
    """Individen kan inte tas (the device cannot be taken)."""

    def __init__(self, device: Device, why_sv: str, why_en: str) -> None:
        self.article = device.article
        super().__init__(f"{device.article} {device.serial_number}: {why_sv} ({why_en})")


@dataclass(frozen=True, slots=True)
class Need:
    """One line of an individually marked article about to be picked: units found, units missed, devices named."""

    order_id: int
    line_no: int
    store: str
    article: str
    units: int
    named: tuple[str, ...] = ()
    missing: int = 0

    @property
    def goods(self) -> Goods:
        """What it is a need of."""
        return Goods(self.store, self.article)


@dataclass(slots=True)
class Choice:
    """The serial numbers that leave, by order and line; and who gets none: the article it lacks, and how many."""

    chosen: dict[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)
    lacking: dict[int, tuple[str, int]] = field(default_factory=dict)


def choose(
    needs: Iterable[Need],
    known: Mapping[Device, Standing],
    free: Mapping[Goods, Sequence[str]],
) -> Choice:
    """Choose devices for `needs`, which stand in the order of the queue, the lines of an order together.

    `known` tells where the named devices are that the register knows; one it does not know is in somebody's hand and
    may leave. `free` is what stands free, longest first: at least as many of each goods as are needed.
    """
    choice = Choice()
    taken: set[Device] = set()
    by_order: dict[int, list[Need]] = {}
    for need in needs:
        by_order.setdefault(need.order_id, []).append(need)
    for order_id, lines in by_order.items():
        ours: set[Device] = set()
        named = {Device(line.article, serial) for line in lines for serial in line.named}
        for line in lines:
            serials = _take(line, known, free.get(line.goods, ()), taken | ours, named)
            if len(serials) < line.units:
                choice.lacking[order_id] = (line.article, line.units - len(serials))
                break
            choice.chosen[order_id, line.line_no] = tuple(serials)
            ours.update(Device(line.article, serial) for serial in serials)
        if order_id in choice.lacking:
            for line in lines:
                choice.chosen.pop((order_id, line.line_no), None)
        else:
            taken |= ours
    return choice


def _take(
    line: Need, known: Mapping[Device, Standing], free: Sequence[str], taken: set[Device], named: set[Device]
) -> list[str]:
    serials: list[str] = []
    elsewhere = 0
    for serial in line.named[: line.units]:
        device = Device(line.article, serial)
        standing = known.get(device)
        if device not in taken and stands_ready(standing, line.store, line.order_id):
            serials.append(serial)
        elif device in taken or (standing is not None and standing.place not in GONE):
            # Somebody asked for this very one: a person decides what to send in its place.
            elsewhere += 1
    for serial in free:
        if len(serials) + elsewhere >= line.units:
            break
        device = Device(line.article, serial)
        if device not in taken and device not in named:
            serials.append(serial)
    return serials


def stands_ready(standing: Standing | None, store: str, order_id: int | None = None) -> bool:
    """Whether a device may leave `store` for the order: it stands there, free or the order's own, or is unknown
    or as good as that."""
    return (
        standing is None
        or standing.withdrawn
        or (standing.place == "store" and standing.store == store and standing.order_id in (None, order_id))
    )


def named_by_a_person(needs: Sequence[Need], given: Mapping[str, Sequence[str]]) -> list[Need]:
    """The needs of one order with the devices a person holds in the hand in place of those that the order named.

    A device goes to the line that named it, the others where there is room. Raises SerialNumberRefused for one too
    many, twice the same, or of an article that is not to be picked by its number.
    """
    left = {article: list(serials) for article, serials in given.items()}
    for article, serials in left.items():
        if len(set(serials)) < len(serials) or all(need.article != article for need in needs):
            raise SerialNumberRefused(
                Device(article, ", ".join(serials)),
                "ordern har ingen sådan individmärkt artikel, eller numret står två gånger",
                "the order has no such individually marked article, or the number stands twice",
            )
    mine = [_of(left, need, [each for each in need.named if each in left.get(need.article, ())]) for need in needs]
    filled = [
        names + _of(left, need, left.get(need.article, ())[:], room=need.units - len(names))
        for need, names in zip(needs, mine, strict=True)
    ]
    for article, serials in left.items():
        if serials:
            raise SerialNumberRefused(
                Device(article, ", ".join(serials)), "fler än vad som plockas", "more than are picked"
            )
    return [
        replace(need, named=(*names, *(each for each in need.named if each not in given.get(need.article, ()))))
        for need, names in zip(needs, filled, strict=True)
    ]


def _of(left: dict[str, list[str]], need: Need, wanted: Sequence[str], room: int | None = None) -> list[str]:
    """Take as many of `wanted` out of what is left as the line has units."""
    took = list(wanted[: need.units if room is None else room])
    for serial in took:
        left[need.article].remove(serial)
    return took
