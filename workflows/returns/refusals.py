"""Why is a return refused? Each reason, with the sentence that a person reads."""


class ReturnRefused(Exception):
    """Returen går inte (the return is refused)."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__doc__)


class ReturnNotFound(ReturnRefused):
    """Returen finns inte (there is no such return)."""


class DeliveryNotFound(ReturnRefused):
    """Ordern eller innehavet finns inte (there is no such order or holding)."""


class NotDelivered(ReturnRefused):
    """Bara en levererad order har något att återlämna (only a delivered order has something to return)."""


class WentToAStore(ReturnRefused):
    """En lagerflytt återlämnas inte: godset är i lagret. Fel antal rättas med en inventering där (orderflode count);
    mellan två kommuners lager går kundordertypen lagerflytt_mellan_kommuner, där den är inställd
    (a lagerflytt is not returned: its goods are in the store; a wrong balance is corrected by a stock count, and goods
    move between two kommuner by lagerflytt_mellan_kommuner where that is configured)"""

    def __init__(self) -> None:
        super().__init__(" ".join(str(self.__doc__).split()))


class StoreUnknown(ReturnRefused):
    """Lagret finns inte (there is no such store)."""


class ReturnReasonMissing(ReturnRefused):
    """En orsak måste anges (a reason is required)."""


class CauseMissing(ReturnRefused):
    """Svinn måste ha en orsak (a write-off must have a cause)."""


class NothingThere(ReturnRefused):
    """Det finns inget att ta: inget är ute, eller allt är redan begärt, mottaget eller bedömt
    (there is nothing to take: nothing is out, or all of it is asked for, received or judged already)"""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or " ".join(str(self.__doc__).split()))


class MoreThanIsThere(ReturnRefused):
    """More units are named than there are."""

    def __init__(self, what: str, units: int, there: int) -> None:
        super().__init__(
            f"{what}: {units} är fler än de {there} som finns ({units} are more than the {there} there are)"
        )


class SayWhichDevice(ReturnRefused):
    """Units of a marked article are named, and it matters which."""

    def __init__(self, article: str, serial_numbers: list[str]) -> None:
        names = ", ".join(sorted(serial_numbers))
        super().__init__(f"{article} är individmärkt, säg vilka: {names} (individually marked, say which: {names})")


class DeviceElsewhere(ReturnRefused):
    """Ett hjälpmedel är inte längre där returen säger (a device is no longer where the return says)."""


class ReferenceReused(ReturnRefused):
    """Referensen hör redan till en annan retur (the reference belongs to another return already)."""
