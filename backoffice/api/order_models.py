"""What may an incoming order hold, for who reads the documentation? The same fields as exchange/order_shape.py reads.

These models describe and do not read: a body is read by `read_order`, which tells every violation in both languages. A
test holds the two together, field by field. Next: examples.py.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from backoffice.api.event_bodies import LONGEST_REASON, MOST_ARTICLES
from backoffice.api.texts import CODE, PATTERN, REFERENCE, TEXT, Told
from exchange.order_shape import MOST_LINES

Code = Annotated[str, Told(64, CODE)]
Reference = Annotated[str, Told(64, REFERENCE)]
ShortCode = Annotated[str, Told(40, CODE)]
Source = Annotated[str, Told(32, CODE)]
Line = Annotated[str, Told(120)]
Note = Annotated[str, Told(500)]
Why = Annotated[str, Told(LONGEST_REASON, REFERENCE)]
_ARTICLE: dict[str, JsonValue] = {"minLength": 1, "maxLength": 64, "pattern": PATTERN, "description": CODE}
_BY_ARTICLE = Field(json_schema_extra={"propertyNames": _ARTICLE, "maxProperties": MOST_ARTICLES})
Quantity = Annotated[int, Field(ge=1, le=9999)]


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Address(_Described):
    """Vart godset ska (where the goods go)."""

    street: Line | None = None
    postal_code: Annotated[str, Told(16)] | None = None
    city: Annotated[str, Told(80)] | None = None


class Receiver(_Described):
    """Mottagaren (who gets the goods)."""

    kind: Literal["kommunlager", "vardenhet", "patient"]
    id: Code = Field(
        description="Lagrets eller vårdenhetens kod, som inte får vara ett personnummer; för en patient personnummer, "
        "samordningsnummer eller reservnummer, som lagras krypterat och aldrig visas (a code, which is no personal "
        f"number, or a patient's number, which is never shown). {TEXT}"
    )
    name: Line | None = None
    address: Address | None = None
    phone: Annotated[str, Told(32)] | None = None
    protected: bool | None = Field(
        None, description="true: inget som identifierar skrivs ut (nothing that identifies is printed)"
    )


class Orderer(_Described):
    """Beställaren (who orders): a person, who belongs to the unit."""

    person: Code
    unit: Code = Field(description=f"Enheten, som bestämmer eget lager (the unit, which decides the own store). {CODE}")


class MedicalDecision(_Described):
    """Det medicinska ställningstagandet (the medical decision)."""

    date: date
    reference: Reference


class Instruction(_Described):
    """Instruktionen för en flytt mellan kommuner (the instruction for a move between kommuner)."""

    reference: Reference
    approved_by: Code


class OrderLine(_Described):
    """En orderrad (a line)."""

    article: Code
    quantity: Quantity
    serial_numbers: Annotated[list[Code], Field(json_schema_extra={"uniqueItems": True})] | None = Field(
        None, description="Högst ett per styck (at most one a piece)"
    )
    accessory_to: Code | None = Field(
        None, description="Huvudhjälpmedlets individnummer (the serial number of the main device)"
    )


class IncomingOrder(_Described):
    """En order som någon skickar (an order that somebody sends)."""

    external_id: Code = Field(description=f"Ert ordernummer, unikt per källa (your number, unique per source). {CODE}")
    source: Source | None = Field(
        None, description="Vem som sänder; tokenens källa gäller, vad som än står här (the token's source holds)"
    )
    order_type: Literal["lagerflyttsorder", "bestallning", "forskrivning"]
    customer_order_type: ShortCode | None = Field(
        None,
        description="Kundordertyp: lagerflytt, lagerflytt_mellan_kommuner, direktforskrivning eller forskrivning; "
        "utelämnas för en beställning (left out for a beställning)",
    )
    ordered_on: date | None = Field(None, description="I dag om inget anges (today by default)")
    sender: Code = Field(description=f"Levererande lager (the delivering store). {CODE}")
    receiver: Receiver
    orderer: Orderer
    prescriber: Code | None = Field(
        None, description="Ansvarig förskrivare, inte för en lagerflyttsorder (not for a lagerflyttsorder)"
    )
    medical_decision: MedicalDecision | None = Field(
        None, description="Inte för en lagerflyttsorder (not for a lagerflyttsorder)"
    )
    instruction: Instruction | None = Field(None, description="Bara för lagerflytt_mellan_kommuner (for that alone)")
    lines: Annotated[list[OrderLine], Field(min_length=1, max_length=MOST_LINES)]
    priority: Literal["normal", "akut"] | None = None
    partial: bool | None = Field(None, description="Får delas i flera leveranser (may be delivered in parts)")
    accept_equivalent: bool | None = Field(
        None, description="Artikelns efterträdare får skickas i stället (its successor may be sent instead)"
    )
    wanted_date: date | None = None
    reference: Reference | None = None
    note: Note | None = Field(None, description="Lagras krypterat (stored encrypted)")


class Reason(_Described):
    """Varför (why)."""

    reason: Why = Field(description=f"Visas i orderns historik (shown in the history). {REFERENCE}")


class LookReason(_Described):
    """Varför du tittar (why you look)."""

    reason: Why = Field(description=f"Står i åtkomstloggen (kept in the access log). {REFERENCE}")


class PatientSearch(LookReason):
    """Vem som söks, och varför (who is searched for, and why)."""

    number: Annotated[str, Told(40)] = Field(
        description=f"Personnummer, samordningsnummer eller reservnummer, hur det än skrivs (in any form). {TEXT}"
    )


class Confirmation(_Described):
    """Vad en person räknade; utelämnas när allt är där (what a person counted; nothing when all is there)."""

    short: Annotated[dict[str, Quantity], _BY_ARTICLE] | None = Field(
        None, description="Artikel → så många som saknas (units missing)", examples=[{"12345": 1}]
    )
    serial_numbers: Annotated[dict[str, list[Code]], _BY_ARTICLE] | None = Field(
        None, description="Artikel → individnummer (devices, by article)", examples=[{"12345": ["SN-1"]}]
    )
