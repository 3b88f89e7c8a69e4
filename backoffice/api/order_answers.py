"""What does the API tell of orders? For who reads the documentation; workflows/queries.py writes it.

Nothing of it tells who a patient is. More fields may come: an answer is read by name.
"""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

State = Literal["draft", "validated", "picked", "utleverans", "delivered", "rejected", "backordered", "cancelled"]


class ViolationShown(BaseModel):
    """En överträdelse: kod, fält, och varför på två språk (a violation: code, field, and why in two languages)."""

    code: str = Field(examples=["article-unknown"])
    field: str = Field(examples=["lines[0].article"])
    sv: str = Field(examples=["Artikel 4711 finns inte."])
    en: str = Field(examples=["There is no article 4711."])


class ProblemShown(BaseModel):
    """Ett nej enligt RFC 9457; aldrig med det värde som gavs (a refusal; never with the value that was given)."""

    type: str = Field(examples=["urn:orderflode:order-refused"])
    title: str = Field(examples=["Ordern följer inte reglerna (the order breaks the rules)"])
    status: int
    violations: list[ViolationShown] | None = Field(None, description="Alla på en gång (all of them at once)")
    state: State | None = Field(None, description="409: orderns läge (the order's state)")
    allowed_events: list[str] | None = Field(None, description="409: vad som får hända (what may happen)")


class LineShown(BaseModel):
    """En orderrad (a line)."""

    article: str
    quantity: int
    ordered_article: str | None = Field(description="Vad som beställdes, när annat skickas (what was ordered)")
    picked: int
    delivered: int
    cancelled: int
    returned: int
    backordered: int
    serial_numbers: list[str]
    accessory_to: str | None


class Transition(BaseModel):
    """Ett steg i orderns historik (a step of its history)."""

    event: str
    from_: State | None = Field(alias="from")
    to: State
    at: datetime
    actor: str
    reason: str | None


class History(BaseModel):
    """Vad som har hänt, från första till sista (what has happened, first to last)."""

    history: list[Transition]


class ListedOrder(BaseModel):
    """En order (an order)."""

    id: int
    source: str
    external_id: str
    order_type: Literal["lagerflyttsorder", "bestallning", "forskrivning"]
    customer_order_type: str | None
    kommun: str | None
    sender: str
    receiver_kind: Literal["kommunlager", "vardenhet", "patient"]
    receiver_code: str | None = Field(description="null för en patient (null for a patient)")
    receiver_name: str | None
    receiver_kommun: str | None
    orderer_person: str
    orderer_unit: str
    prescriber: str | None
    medical_decision: dict[str, Any] | None
    instruction: dict[str, Any] | None
    priority: Literal["normal", "akut"]
    partial: bool
    accept_equivalent: bool
    ordered_on: date
    wanted_date: date | None
    reference: str | None
    received_at: datetime
    promised_by: datetime | None
    promised_on: date | None
    state: State
    version: int = Field(description="Också svarets ETag (also the answer's ETag)")
    held: bool
    held_reason: str | None
    violations: list[ViolationShown]
    evidence: list[dict[str, Any]] | None = Field(description="Rätterna att förskriva (the rights to prescribe)")
    utleveranser: list[str] = Field(examples=[["10-2026-000042"]])
    rest_of: int | None
    restorder: list[int]
    swap_of: int | None
    swaps: list[int]
    lines: list[LineShown]


class OrderShown(ListedOrder):
    """En order med historik och vad som får hända härnäst (an order, its history and what may happen next)."""

    history: list[Transition]
    returns: list[dict[str, Any]]
    allowed_events: list[str]


class ReleaseOutcome(BaseModel):
    """Vad som hände när ordern släpptes (what happened when it was released)."""

    tried: bool
    before: State
    after: State
    failure: str | None


class Released(OrderShown):
    """Ordern som den är nu, och vad som hände när den släpptes (the order as it is now, and what happened)."""

    released: ReleaseOutcome


class OrderPage(BaseModel):
    """En sida ordrar, nyast först (a page of orders, newest first)."""

    orders: list[ListedOrder]
    next: int | None = Field(description="`after` för nästa sida (of the next page); null på den sista")


class Valid(BaseModel):
    """Ordern följer alla regler (the order obeys every rule)."""

    valid: Literal[True]
    known: bool = Field(description="Den är redan mottagen (it has been received already)")
