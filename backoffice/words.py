"""What are states, events and types of orders called by people? In Swedish and in English.

Interfaces and JSON keep the codes. The Swedish names of states are those of the machine (workflows/machines.py).
"""

from collections.abc import Mapping

from workflows.counts.machine import COUNT_STATES
from workflows.machines import OrderMachine
from workflows.order_types import CustomerOrderType, OrderType

Names = Mapping[str, tuple[str, str]]
"""Code → (Swedish, English)."""

STATES: Names = {
    str(state.value): (str(state.name).lower(), {"utleverans": "outbound delivery"}.get(str(state.value), state.id))
    for state in OrderMachine.states
}
TYPES: Names = {
    OrderType.LAGERFLYTTSORDER.value: ("lagerflyttsorder", "stock transfer order"),
    OrderType.BESTALLNING.value: ("beställning", "requisition"),
    OrderType.FORSKRIVNING.value: ("förskrivning", "prescription"),
}
CUSTOMER_TYPES: Names = {
    CustomerOrderType.LAGERFLYTT.value: ("lagerflytt", "stock transfer"),
    CustomerOrderType.LAGERFLYTT_MELLAN_KOMMUNER.value: ("lagerflytt mellan kommuner", "transfer between kommuner"),
    CustomerOrderType.DIREKTFORSKRIVNING.value: ("direktförskrivning", "direct prescription"),
    CustomerOrderType.FORSKRIVNING.value: ("förskrivning", "prescription"),
}
EVENTS: Names = {
    "create": ("mottagen", "received"),
    "validate": ("prövad", "validated"),
    "pick": ("plockad", "picked"),
    "create_utleverans": ("utleverans skapad", "outbound delivery created"),
    "deliver": ("levererad", "delivered"),
    "resume": ("framsläppt", "resumed"),
    "unreserve": ("reservation släppt", "reservation released"),
    "reduce": ("delmakulerad", "partly cancelled"),
    "amend": ("rättad", "amended"),
    "cancel": ("makulerad", "cancelled"),
    "fail_delivery": ("bomkörning", "failed delivery"),
    "release": ("släppt", "released"),
    "return_request": ("retur begärd", "return requested"),
    "return_receive": ("retur mottagen", "return received"),
    "return_judge": ("retur bedömd", "return judged"),
    "return_mend": ("retur lagad", "return mended"),
    "return_cancel": ("retur makulerad", "return cancelled"),
}
RECEIVERS: Names = {
    "kommunlager": ("kommunlager", "municipal store"),
    "vardenhet": ("vårdenhet", "care unit"),
    "patient": ("patient", "patient"),
}
ROLES: Names = {
    "lagerpersonal": ("lagerpersonal", "store staff"),
    "tekniker": ("tekniker", "technician"),
    "orderer": ("beställare", "orderer"),
    "prescriber": ("förskrivare", "prescriber"),
    "hms": ("hjälpmedelsservice", "assistive device service"),
    "admin": ("administratör", "administrator"),
}
LOOKS: Names = {
    "patient_search": ("sökte en patient", "searched a patient"),
    "patient_show": ("visade en patients ordrar", "showed a patient's orders"),
    "patient_open": ("öppnade en orders patient", "opened an order's patient"),
    "patient_list": ("listade patienter", "listed patients"),
    "patient_join": ("slog ihop nummer", "joined numbers"),
    "patient_unjoin": ("tog isär nummer", "took numbers apart"),
    "patient_erase": ("avidentifierade en patient", "erased a patient"),
    "patient_export": ("exporterade en patients uppgifter", "exported a patient's data"),
    "recall": ("tog fram en återkallelses lista", "listed a recall"),
    "export": ("exporterade", "exported"),
    "print": ("skrev ut", "printed"),
    "log_extract": ("läste loggen om en patient", "read the log of a patient"),
    "denied": ("nekades", "was denied"),
}
ACCOUNT_EVENTS: Names = {
    "created": ("skapat", "created"),
    "invited": ("engångslänk gjord", "one-time link made"),
    "password": ("lösenord valt", "password chosen"),
    "roles": ("roller ändrade", "roles changed"),
    "disabled": ("stängt", "disabled"),
    "enabled": ("öppnat", "enabled"),
    "sessions_ended": ("sessioner avslutade", "sessions ended"),
    "login": ("inloggning", "login"),
    "login_failed": ("misslyckad inloggning", "failed login"),
    "logout": ("utloggning", "logout"),
}
PERMISSIONS: Names = {
    "order.create.lagerflyttsorder": ("skapa lagerflyttsordrar", "create stock transfer orders"),
    "order.create.bestallning": ("skapa beställningar", "create requisitions"),
    "order.create.forskrivning": ("skapa förskrivningar", "create prescriptions"),
    "order.read": ("läsa ordrar", "read orders"),
    "order.amend": ("rätta avvisade ordrar", "amend rejected orders"),
    "order.cancel": ("makulera ordrar", "cancel orders"),
    "order.pick": ("plocka", "pick"),
    "order.deliver": ("bekräfta leveranser", "confirm deliveries"),
    "order.fail_delivery": ("rapportera bomkörningar", "report failed deliveries"),
    "order.release": ("släppa hållna ordrar", "release held orders"),
    "order.import": ("importera filer", "import files"),
    "stock.read": ("läsa lager", "read stock"),
    "stock.adjust": ("ändra lager", "adjust stock"),
    "return.handle": ("ta hand om returer", "handle returns"),
    "device.manage": ("byta individer och koppla tillbehör", "swap devices and tie accessories"),
    "article.recall": ("återkalla artiklar", "recall articles"),
    "export.write": ("exportera uppgifter", "export data"),
    "document.print": ("skriva ut", "print"),
    "status.read": ("läsa läget", "read the status"),
    "metrics.read": ("läsa mätvärden", "read metrics"),
    "patient.see": ("se de egna ordrarnas patienter", "see the patients of its own orders"),
    "patient.search": ("söka patienter", "search patients"),
    "patient.join": ("slå ihop patienters nummer", "join patients' numbers"),
    "log.review": ("granska åtkomstloggen", "review the access log"),
    "account.manage": ("förvalta konton", "manage accounts"),
    "token.manage": ("förvalta tokens", "manage tokens"),
    "webhook.manage": ("förvalta webhookar", "manage webhooks"),
}
MOVEMENTS: Names = {
    "opening": ("ingående saldo", "opening balance"),
    "receive": ("mottaget från leverantör", "received from a supplier"),
    "adjust": ("justering", "adjustment"),
    "count": ("inventering", "stock count"),
    "difference": ("saldodifferens", "balance difference"),
    "reverse_difference": ("saldodifferens återförd", "balance difference reversed"),
    "pick": ("plock", "pick"),
    "short_pick": ("plockbrist", "short pick"),
    "deliver": ("leverans", "delivery"),
    "short_delivery": ("leveransbrist", "short delivery"),
    "cancel": ("makulering", "cancellation"),
    "reduce": ("delmakulering", "partial cancellation"),
    "fail_delivery": ("bomkörning", "failed delivery"),
    "return": ("retur", "return"),
    "restock": ("retur till hyllan", "return to the shelf"),
    "repair": ("till reparation", "to repair"),
    "write_off": ("svinn", "write-off"),
}
PLACES: Names = {
    "store": ("hylla", "shelf"),
    "outbound": ("på väg ut", "on its way out"),
    "receiver": ("hos mottagaren", "with the receiver"),
    "supplier": ("leverantör", "supplier"),
    "difference": ("differens", "difference"),
    "inspection": ("granskas", "inspection"),
    "repair": ("reparation", "repair"),
    "written_off": ("svinn", "written off"),
}
DEVICE_EVENTS: Names = {
    "register": ("registrerad", "registered"),
    "receive": ("mottagen från leverantör", "received from a supplier"),
    "reserve": ("reserverad", "reserved"),
    "release": ("släppt", "released"),
    "withdraw": ("återtagen osedd", "withdrawn unseen"),
    "count": ("inventerad", "counted"),
    "written_off": ("kasserad", "written off"),
    "opening": ("ingående innehav", "opening holding"),
    "swap": ("byte", "swap"),
    "tie": ("kopplad till huvudhjälpmedel", "tied to its main device"),
    "untie": ("koppling löst", "tie undone"),
}
COUNTS: Names = {state: (name, state) for state, name in COUNT_STATES.items()}
RETURNS: Names = {
    "requested": ("begärd", "requested"),
    "received": ("mottagen", "received"),
    "closed": ("avslutad", "closed"),
    "cancelled": ("makulerad", "cancelled"),
}
_KINDS: Mapping[str, Names] = {
    "state": STATES,
    "type": TYPES,
    "customer_type": CUSTOMER_TYPES,
    "event": EVENTS,
    "receiver": RECEIVERS,
    "role": ROLES,
    "look": LOOKS,
    "account_event": ACCOUNT_EVENTS,
    "permission": PERMISSIONS,
    "movement": MOVEMENTS,
    "place": PLACES,
    "return": RETURNS,
    "count": COUNTS,
    "device_event": {**MOVEMENTS, **EVENTS, **DEVICE_EVENTS},
}  # fmt: skip


def word(kind: str, code: str, language: str = "sv") -> str:
    """The word for a code of that kind; a code of the region's own stays as it is."""
    sv, en = _KINDS[kind].get(code, (code, code))
    return sv if language == "sv" else en


def lacking(permission: str) -> str:
    """What somebody may not do, in words instead of the permission's name: `Svenska (english)`."""
    sv, en = (word("permission", permission, language) for language in ("sv", "en"))
    return f"Du har inte behörighet att {sv} (you are not permitted to {en})"
