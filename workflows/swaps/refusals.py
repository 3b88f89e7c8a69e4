"""Why is a swap refused? Each reason with the sentence that a person reads, and what is right to do instead."""

from workflows.devices import Device

_NOT_WITH_A_RECEIVER = {
    "store": (
        "är inte hos någon mottagare: gör en vanlig order på den som ska skickas",
        "is with no receiver: make an ordinary order of the one to send",
    ),
    "outbound": (
        "är på väg ut: bekräfta leveransen eller bomkörningen först",
        "is on its way: confirm its delivery or its failed delivery first",
    ),
    "inspection": (
        "har redan kommit tillbaka: gör en vanlig order på den som ska skickas",
        "has come back already: make an ordinary order of the one to send",
    ),
    "difference": (
        "saknas enligt registret: gör en vanlig order på den som ska skickas",
        "is missing: make an ordinary order of the one to send",
    ),
}


class SwapRefused(Exception):
    """Bytet går inte (the swap is refused)."""


class NoSuchDevice(SwapRefused):
    """Individen finns inte i registret (there is no such device)."""

    def __init__(self) -> None:
        super().__init__(self.__doc__)


class SayWhichArticle(SwapRefused):
    """Several articles have a device with the number."""

    def __init__(self, option: str, articles: list[str]) -> None:
        names = ", ".join(articles)
        super().__init__(f"Flera artiklar har det numret; ange {option}: {names} (several articles have that number)")


class NotWithAReceiver(SwapRefused):
    """The old device is somewhere else."""

    def __init__(self, device: Device, place: str) -> None:
        sv, en = _NOT_WITH_A_RECEIVER.get(place, _NOT_WITH_A_RECEIVER["inspection"])
        super().__init__(f"{device.serial_number} {sv} ({en})")


class AlreadySwapped(SwapRefused):
    """The old device is being swapped."""

    def __init__(self, device: Device, external_id: str) -> None:
        super().__init__(
            f"{device.serial_number} byts redan med order {external_id}: makulera den först, eller begär individen "
            "åter och gör en vanlig order (is swapped by that order already: cancel it, or make a return and an order)"
        )


class AlreadyAskedBack(SwapRefused):
    """The old device is asked back by a return that is no swap."""

    def __init__(self, device: Device, return_id: int) -> None:
        super().__init__(
            f"{device.serial_number} är redan begärd åter i R-{return_id}: makulera returen först, eller gör en vanlig "
            "order på den som ska skickas (is asked back already: cancel that return, or make an ordinary order)"
        )


class NotToBeSent(SwapRefused):
    """The other device cannot be sent."""

    def __init__(self, serial_number: str, why_sv: str, why_en: str) -> None:
        super().__init__(f"{serial_number} {why_sv} ({why_en})")


class NobodyOrders(SwapRefused):
    """Individen var ute före första dagen, så det finns ingen order att utgå från: ange --orderer och --unit, och för
    en patient --prescriber, --decision-date och --decision-reference (it was out before the first day: say who orders)
    """

    def __init__(self) -> None:
        super().__init__(" ".join(str(self.__doc__).split()))


class OrderedBefore(SwapRefused):
    """Bytet grundas på ordern som levererade individen: utelämna --orderer, --unit, --prescriber och beslutet
    (the swap rests on the order that delivered it: leave the orderer and the decision out)"""

    def __init__(self) -> None:
        super().__init__(" ".join(str(self.__doc__).split()))
