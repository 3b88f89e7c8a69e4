"""What does each page demand? One row for every address of the back office; integration/test_page_matrix.py asks them.

A page that is new has a row here, or the matrix is red. Next: route_world.py, the things that are asked about.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from people import ANOTHER_PERSONNUMMER, PERSONNUMMER
from route_table import Who

from workflows.permissions import CREATE, Permission

P = Permission

Form = Callable[[Mapping[str, str]], dict[str, str]]
"""From the things of a kommun: the fields that are sent."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """What one address demands: any of these permissions. Its names are filled in with the things of a kommun."""

    demands: frozenset[Permission] | Who
    form: Form = lambda _: {}
    named: Mapping[str, str] | None = None
    is_somebodys: bool = False
    """Names a thing of a kommun: another kommun's is not there (404)."""


def _any(*permissions: Permission) -> frozenset[Permission]:
    return frozenset(permissions)


_CREATES = frozenset(CREATE.values())


def _a_number(things: Mapping[str, str]) -> dict[str, str]:
    number = PERSONNUMMER if things["kommun"] == "Karlstad" else ANOTHER_PERSONNUMMER
    return {"number": number, "reason": "prov"}


_WEBHOOK = {"name": "webhook"}
_COUNT = {"name": "count"}
_STORE = {"store": "code"}
_RETURN = {"number": "return"}
_AN_ORDER: Mapping[str, str] = {"id": "ended"}


def _why(_: Mapping[str, str]) -> dict[str, str]:
    return {"orsak": "matrisen frågar"}


PAGES: dict[str, PageRow] = {
    "GET /": PageRow(Who.KNOWN),
    "GET /import": PageRow(_any(P.IMPORT)),
    "POST /import": PageRow(_any(P.IMPORT)),
    "POST /import/prova": PageRow(_any(P.IMPORT)),
    "POST /import/kolumner": PageRow(_any(P.IMPORT)),
    "POST /import/mappning": PageRow(_any(P.IMPORT)),
    "GET /import/{batch}": PageRow(_any(P.IMPORT), is_somebodys=True),
    "GET /import/{batch}/kvitto.csv": PageRow(_any(P.IMPORT), is_somebodys=True),
    "POST /import/{batch}/angra": PageRow(_any(P.IMPORT), is_somebodys=True),
    "GET /link": PageRow(Who.EVERYBODY),
    "GET /logga-in": PageRow(Who.EVERYBODY),
    "POST /logga-in": PageRow(Who.EVERYBODY),
    "POST /logga-ut": PageRow(Who.EVERYBODY),
    "GET /ny-order": PageRow(_CREATES),
    "POST /ny-order": PageRow(_CREATES),
    "POST /ny-order/prova": PageRow(_CREATES),
    "POST /ny-order/forslag": PageRow(_CREATES),
    "GET /ordrar": PageRow(_any(P.READ_ORDERS)),
    "POST /ordrar/vyer": PageRow(_any(P.READ_ORDERS), lambda things: {"namn": things["new"], "state": "draft"}),
    "POST /ordrar/vyer/ta-bort": PageRow(_any(P.READ_ORDERS), lambda _: {"namn": "Plock"}),
    "POST /ordrar/flera": PageRow(_any(P.PICK), lambda things: {"gor": "pick", "order": things["ended"]}),
    "GET /ordrar/{id}": PageRow(_any(P.READ_ORDERS), named=_AN_ORDER, is_somebodys=True),
    "GET /ordrar/{id}/nu": PageRow(_any(P.READ_ORDERS), named=_AN_ORDER, is_somebodys=True),
    "POST /ordrar/{id}/mottagare": PageRow(_any(P.SEE_PATIENT), _why, {"id": "open"}, is_somebodys=True),
    "POST /ordrar/{id}/plocka": PageRow(_any(P.PICK), named=_AN_ORDER, is_somebodys=True),
    "POST /ordrar/{id}/leverera": PageRow(_any(P.DELIVER), named=_AN_ORDER, is_somebodys=True),
    "POST /ordrar/{id}/bomkorning": PageRow(_any(P.FAIL_DELIVERY), _why, _AN_ORDER, is_somebodys=True),
    "POST /ordrar/{id}/makulera": PageRow(_any(P.CANCEL), _why, _AN_ORDER, is_somebodys=True),
    "POST /ordrar/{id}/delmakulera": PageRow(_any(P.CANCEL), _why, _AN_ORDER, is_somebodys=True),
    "POST /ordrar/{id}/slapp": PageRow(_any(P.RELEASE), named=_AN_ORDER, is_somebodys=True),
    "GET /profil": PageRow(Who.KNOWN),
    "POST /profil/sprak": PageRow(Who.KNOWN, lambda _: {"sprak": "sv"}),
    "GET /sok": PageRow(_any(P.READ_ORDERS)),
    "POST /sok": PageRow(_any(P.READ_ORDERS)),
    "GET /plock": PageRow(_any(P.PICK)),
    "POST /plock/skanna": PageRow(_any(P.PICK), lambda _: {"kod": "ORDER-0"}),
    "POST /plock/utskrift": PageRow(_any(P.PICK), lambda _: {"order": "0"}),
    "GET /plock/utskrift/{number}.pdf": PageRow(_any(P.PICK), named={"number": "print"}, is_somebodys=True),
    "GET /plock/{id}": PageRow(_any(P.PICK), named={"id": "moving"}, is_somebodys=True),
    "POST /plock/{id}": PageRow(_any(P.PICK), named={"id": "moving"}, is_somebodys=True),
    "GET /utleveranser": PageRow(_any(P.READ_ORDERS)),
    "POST /utleveranser/skanna": PageRow(_any(P.DELIVER), lambda _: {"kod": "10-1999-000001"}),
    "GET /utleveranser/foljesedlar.pdf": PageRow(_any(P.PRINT)),
    "GET /utleveranser/{number}": PageRow(_any(P.READ_ORDERS), is_somebodys=True),
    "GET /utleveranser/{number}/foljesedel.pdf": PageRow(_any(P.PRINT), is_somebodys=True),
    "POST /utleveranser/{number}/leverans": PageRow(_any(P.DELIVER), lambda _: {"antal-0": "1"}, is_somebodys=True),
    "POST /utleveranser/{number}/bomkorning": PageRow(
        _any(P.FAIL_DELIVERY), lambda _: {"orsak": "stängt"}, is_somebodys=True
    ),
    "GET /individer": PageRow(_any(P.READ_STOCK)),
    "POST /individer": PageRow(_any(P.READ_STOCK), lambda things: {"nummer": things["serial"]}),
    "GET /individer/{key}": PageRow(_any(P.READ_STOCK), is_somebodys=True),
    "GET /lager": PageRow(_any(P.READ_STOCK)),
    "GET /lager/{code}": PageRow(_any(P.READ_STOCK), is_somebodys=True),
    "GET /lager/{code}/artikel/{article}": PageRow(_any(P.READ_STOCK), is_somebodys=True),
    "POST /lager/{code}/justera": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"artikel": "A1", "raknat": "100", "orsak": "räknat"}, is_somebodys=True
    ),
    "GET /lager/{store}/ta-emot": PageRow(_any(P.ADJUST_STOCK), named=_STORE, is_somebodys=True),
    "POST /lager/{store}/ta-emot": PageRow(
        _any(P.ADJUST_STOCK),
        lambda things: {"artikel": "A1", "antal": "1", "dokument": things["new"]},
        named=_STORE,
        is_somebodys=True,
    ),
    "GET /lager/{code}/inventering": PageRow(_any(P.READ_STOCK), is_somebodys=True),
    "POST /lager/{code}/inventering": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"vad": "artiklar", "artiklar": "A5"}, is_somebodys=True
    ),
    "GET /lager/{code}/inventering/{name}": PageRow(_any(P.READ_STOCK), named=_COUNT, is_somebodys=True),
    "POST /lager/{code}/inventering/{name}": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"antal:A2": "1", "hade:A2": ""}, named=_COUNT, is_somebodys=True
    ),
    "POST /lager/{code}/inventering/{name}/skanna": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"skannat": "A2"}, named=_COUNT, is_somebodys=True
    ),
    "POST /lager/{code}/inventering/{name}/ta-bort": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"bort": "A2 S1"}, named=_COUNT, is_somebodys=True
    ),
    "GET /lager/{code}/inventering/{name}/skillnader": PageRow(_any(P.READ_STOCK), named=_COUNT, is_somebodys=True),
    "POST /lager/{code}/inventering/{name}/stang": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"orsak": "räkning"}, named=_COUNT, is_somebodys=True
    ),
    "POST /lager/{code}/inventering/{name}/avbryt": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"orsak": "fel"}, named=_COUNT, is_somebodys=True
    ),
    "GET /lager/{code}/differenser": PageRow(_any(P.READ_STOCK), is_somebodys=True),
    "POST /lager/{code}/differenser/{difference}": PageRow(
        _any(P.ADJUST_STOCK), lambda _: {"utrett": "togs"}, is_somebodys=True
    ),
    "GET /lager/{code}/pafyllnad": PageRow(_any(P.READ_STOCK), is_somebodys=True),
    "POST /lager/{code}/pafyllnad": PageRow(
        _any(P.CREATE_LAGERFLYTTSORDER), lambda _: {"forslag": "x"}, is_somebodys=True
    ),
    "GET /returer": PageRow(_any(P.READ_ORDERS)),
    "GET /returer/{number}": PageRow(_any(P.READ_ORDERS), named=_RETURN, is_somebodys=True),
    **{
        f"POST /returer/{{number}}/{step}": PageRow(_any(P.HANDLE_RETURNS), named=_RETURN, is_somebodys=True)
        for step in ("ta-emot", "bedom", "laga", "makulera")
    },
    "GET /returer/ny": PageRow(_any(P.HANDLE_RETURNS)),
    "POST /returer/ny": PageRow(
        _any(P.HANDLE_RETURNS), lambda things: {"order": things["ended"], "antal:1": "1"}, is_somebodys=True
    ),
    "POST /profil/losenord": PageRow(Who.KNOWN, lambda _: {"old": "fel", "new": "ett", "again": "annat"}),
    "GET /patient": PageRow(_any(P.SEARCH_PATIENT)),
    "POST /patient": PageRow(_any(P.SEARCH_PATIENT), _a_number),
    "GET /granskning": PageRow(_any(P.REVIEW_LOOKS, P.RELEASE, P.READ_STATUS)),
    "GET /granskning/atkomst": PageRow(_any(P.REVIEW_LOOKS)),
    "POST /granskning/atkomst/patient": PageRow(_any(P.REVIEW_LOOKS), _a_number),
    "GET /granskning/stickprov": PageRow(_any(P.REVIEW_LOOKS)),
    "POST /granskning/stickprov": PageRow(_any(P.REVIEW_LOOKS)),
    "POST /granskning/stickprov/{look}": PageRow(
        _any(P.REVIEW_LOOKS), lambda _: {"beslut": "right"}, named={"look": "look"}, is_somebodys=True
    ),
    "GET /granskning/hallna": PageRow(_any(P.RELEASE)),
    "POST /granskning/hallna/{order_id}/slapp": PageRow(
        _any(P.RELEASE), named={"order_id": "moving"}, is_somebodys=True
    ),
    "GET /granskning/drift": PageRow(_any(P.READ_STATUS)),
    "GET /konton": PageRow(_any(P.MANAGE_ACCOUNTS, P.MANAGE_TOKENS, P.MANAGE_WEBHOOKS)),
    "GET /konton/alla": PageRow(_any(P.MANAGE_ACCOUNTS)),
    "GET /konton/nytt": PageRow(_any(P.MANAGE_ACCOUNTS)),
    "POST /konton/nytt": PageRow(
        _any(P.MANAGE_ACCOUNTS), lambda things: {"login": things["new"], "name": "Ny", "roles": "hms"}
    ),
    "GET /konton/konto/{login}": PageRow(_any(P.MANAGE_ACCOUNTS), is_somebodys=True),
    "POST /konton/konto/{login}/roller": PageRow(
        _any(P.MANAGE_ACCOUNTS), lambda _: {"roles": "tekniker"}, is_somebodys=True
    ),
    "POST /konton/konto/{login}/stang": PageRow(_any(P.MANAGE_ACCOUNTS), is_somebodys=True),
    "POST /konton/konto/{login}/oppna": PageRow(_any(P.MANAGE_ACCOUNTS), is_somebodys=True),
    "POST /konton/konto/{login}/lank": PageRow(_any(P.MANAGE_ACCOUNTS), is_somebodys=True),
    "POST /konton/konto/{login}/sessioner": PageRow(_any(P.MANAGE_ACCOUNTS), is_somebodys=True),
    "GET /konton/tokens": PageRow(_any(P.MANAGE_TOKENS)),
    "POST /konton/tokens": PageRow(
        _any(P.MANAGE_TOKENS),
        lambda things: {"name": things["new"].lower(), "source": "x", "scopes": "order.read"},
    ),
    "POST /konton/tokens/{name}/aterkalla": PageRow(_any(P.MANAGE_TOKENS), is_somebodys=True),
    "GET /konton/webhookar": PageRow(_any(P.MANAGE_WEBHOOKS)),
    "GET /konton/webhookar/{name}": PageRow(_any(P.MANAGE_WEBHOOKS), named=_WEBHOOK, is_somebodys=True),
    "POST /konton/webhookar/{name}/pausa": PageRow(_any(P.MANAGE_WEBHOOKS), named=_WEBHOOK, is_somebodys=True),
    "POST /konton/webhookar/{name}/fortsatt": PageRow(_any(P.MANAGE_WEBHOOKS), named=_WEBHOOK, is_somebodys=True),
    "POST /konton/webhookar/{name}/igen": PageRow(_any(P.MANAGE_WEBHOOKS), named=_WEBHOOK, is_somebodys=True),
}
"""Method and address → what it demands."""
