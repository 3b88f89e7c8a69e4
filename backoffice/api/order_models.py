"""What may an incoming order hold, for who reads the documentation? The same fields as exchange/order_shape.py reads.

These models describe and do not read: a body is read by `read_order`, which tells every violation in both languages. A
test holds the two together, field by field. Next: examples.py.
"""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from backoffice.api.event_bodies import LONGEST_REASON
from exchange.order_shape import MOST_LINES

# Controls, line and paragraph separators, bidi overrides and isolates, as in shape_check.py; written for JSON Schema.
_REFUSED = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
PATTERN = rf"^[^\s{_REFUSED}][^{_REFUSED}]*$"
"""The first character is no space: what is blank is no value."""


def _text(longest: int) -> object:
    return Field(min_length=1, max_length=longest, json_schema_extra={"pattern": PATTERN})


Code = Annotated[str, _text(64)]
Reference = Annotated[str, _text(64)]
ShortCode = Annotated[str, _text(40)]
Source = Annotated[str, _text(32)]
Line = Annotated[str, _text(120)]
Note = Annotated[str, _text(500)]
_BY_ARTICLE = Field(json_schema_extra={"propertyNames": {"minLength": 1, "maxLength": 64, "pattern": PATTERN}})
Quantity = Annotated[int, Field(ge=1, le=9999)]


class _Described(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Address(_Described):
    """Vart godset ska (where the goods go)."""

    street: Line | None = None
    postal_code: Annotated[str, _text(16)] | None = None
    city: Annotated[str, _text(80)] | None = None


class Receiver(_Described):
    """Mottagaren (who gets the goods)."""

    kind: Literal["kommunlager", "vardenhet", "patient"]
    id: Code = Field(
        description="Lagrets eller vårdenhetens kod; för en patient personnummer, samordningsnummer eller "
        "reservnummer, som lagras krypterat och aldrig visas (a code, or a patient's number, which is never shown)"
    )
    name: Line | None = None
    address: Address | None = None
    phone: Source | None = None
    protected: bool | None = Field(
        None, description="true: inget som identifierar skrivs ut (nothing that identifies is printed)"
    )


class Orderer(_Described):
    """Beställaren (who orders): a person, who belongs to the unit."""

    person: Code
    unit: Code = Field(description="Enheten, som bestämmer eget lager (the unit, which decides the own store)")


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

    external_id: Code = Field(description="Er ordernummer, unikt per källa (your number, unique per source)")
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
    sender: Code = Field(description="Levererande lager (the delivering store)")
    receiver: Receiver
    orderer: Orderer
    prescriber: Code | None = Field(None, description="Ansvarig förskrivare, för en förskrivning")
    medical_decision: MedicalDecision | None = None
    instruction: Instruction | None = None
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

    reason: Annotated[str, _text(LONGEST_REASON)] = Field(
        description="Visas i orderns historik: inget personnummer (shown in the history: no personal number)"
    )


class LookReason(_Described):
    """Varför du tittar (why you look)."""

    reason: Annotated[str, _text(LONGEST_REASON)] = Field(
        description="Står i åtkomstloggen: inget personnummer (kept in the access log: no personal number)"
    )


class PatientSearch(LookReason):
    """Vem som söks, och varför (who is searched for, and why)."""

    number: Annotated[str, _text(40)] = Field(
        description="Personnummer, samordningsnummer eller reservnummer, hur det än skrivs (in any form)"
    )


class Confirmation(_Described):
    """Vad en person räknade; utelämnas när allt är där (what a person counted; nothing when all is there)."""

    short: Annotated[dict[str, Quantity], _BY_ARTICLE] | None = Field(
        None, description="Artikel → så många som saknas (units missing)", examples=[{"12345": 1}]
    )
    serial_numbers: Annotated[dict[str, list[Code]], _BY_ARTICLE] | None = Field(
        None, description="Artikel → individnummer (devices, by article)", examples=[{"12345": ["SN-1"]}]
    )
