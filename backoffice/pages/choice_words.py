"""What does somebody read at a field of an order? Its name, what is refused of it, and what the right choices do.

Next: workflows/rules/right_choices.py, which choices there are.
"""

import re

from backoffice import words
from backoffice.pages.showing import Language
from workflows.violations import Choice, Violation

_FIELDS = {
    "order_type": ("Ordertyp", "Order type"),
    "customer_order_type": ("Kundordertyp", "Customer order type"),
    "orderer.unit": ("Enhet", "Unit"),
    "orderer.person": ("Beställare", "Orderer"),
    "sender": ("Levererande lager", "Delivering store"),
    "instruction.reference": ("Instruktion", "Instruction"),
    "instruction.approved_by": ("Godkänd av", "Approved by"),
    "receiver.name": ("Namn", "Name"),
    "receiver.address.street": ("Gatuadress", "Street"),
    "receiver.address.postal_code": ("Postnummer", "Postal code"),
    "receiver.address.city": ("Ort", "City"),
    "receiver.phone": ("Telefon", "Telephone"),
    "receiver.protected": ("Skyddade personuppgifter", "Protected identity"),
    "prescriber": ("Ansvarig förskrivare", "Responsible prescriber"),
    "medical_decision.date": ("Medicinskt ställningstagande, datum", "Medical decision, date"),
    "medical_decision.reference": ("Referens till beslutet", "Reference to the decision"),
    "priority": ("Prioritet", "Priority"),
    "wanted_date": ("Önskat datum", "Wanted date"),
    "ordered_on": ("Beställd den", "Ordered on"),
    "reference": ("Referens", "Reference"),
    "note": ("Meddelande till leveransen", "Note for the delivery"),
    "partial": ("Delleverans går bra", "Partial delivery is fine"),
    "accept_equivalent": ("Ersättare går bra", "An equivalent is fine"),
    "lines": ("Artiklar", "Articles"),
    "article": ("artikel", "article"),
    "quantity": ("antal", "quantity"),
    "serial_numbers": ("individnummer", "serial numbers"),
    "accessory_to": ("tillbehör till individ", "accessory to device"),
}
_RECEIVERS = {
    "lagerflyttsorder": ("Till kommunlager", "To kommunlager"),
    "bestallning": ("Till vårdenhet", "To vårdenhet"),
    "forskrivning": ("Patientens nummer", "The patient's number"),
}
_OF_ROW = re.compile(r"rows\[(\d+)\]\.(\w+)")
_THINGS = {
    "customer_order_type": ("kundordertyp", "customer order type"),
    "sender": ("levererande lager", "delivering store"),
    "receiver.id": ("mottagare", "receiver"),
    "orderer.unit": ("enhet", "unit"),
    "prescriber": ("förskrivare", "prescriber"),
}


def field_name(place: str, order_type: str, language: Language) -> str:
    """What the field at that place of the form is called, in an order of that type."""
    mine = 0 if language == "sv" else 1
    if of_row := _OF_ROW.match(place):
        return f"{('Rad', 'Row')[mine]} {int(of_row[1]) + 1}: {_FIELDS[of_row[2]][mine]}"
    if place == "receiver.id":
        return _RECEIVERS.get(order_type, ("Mottagare", "Receiver"))[mine]
    return _FIELDS[place][mine]


def said_here(violation: Violation, language: Language) -> str:
    """The sentence as it stands at the field itself."""
    if violation.code == "field-missing":
        return "Fyll i fältet." if language == "sv" else "Fill this in."
    sentence = violation.as_json()[language].removeprefix(f"{violation.field}: ")
    return sentence[:1].upper() + sentence[1:]


def offered(choice: Choice, language: Language) -> str:
    """What the button says that takes the choice."""
    sv = language == "sv"
    if order_type := choice.get("order_type"):
        name = words.word("type", order_type, language)
        return f"Gör en {name} i stället" if sv else f"Make it a {name}"
    if choice.get("external_id"):
        return "Skapa en order till" if sv else "Create another order"
    things = [_thing(path, value, language) for path, value in choice.items() if value and path != "receiver.kind"]
    if not things:
        return "Ta bort uppgiften" if sv else "Remove this"
    return f"Välj {', '.join(things)}" if sv else f"Choose {', '.join(things)}"


def _thing(path: str, value: str, language: Language) -> str:
    if path.startswith("lines["):
        return f"artikel {value}" if language == "sv" else f"article {value}"
    sv, en = _THINGS.get(path, (path, path))
    shown = words.word("customer_type", value, language) if path == "customer_order_type" else value
    return f"{sv if language == 'sv' else en} {shown}"
