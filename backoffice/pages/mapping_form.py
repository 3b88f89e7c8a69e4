"""Which of ours is each column of a file? A mapping that is built in a form: columns, constants, dates, decimals.

It becomes the TOML that a stored mapping is, and is read as one. Next: exchange/mapping.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backoffice.pages.forms import Fields
from backoffice.pages.showing import Language
from exchange.incoming.columns import COLUMNS, REQUIRED_COLUMNS
from exchange.incoming.columns_seen import ColumnsSeen
from exchange.mapping_text import mapping_text

DATES = (
    ("%d/%m/%Y", "31/12/2026"), ("%m/%d/%Y", "12/31/2026"), ("%d.%m.%Y", "31.12.2026"), ("%d-%m-%Y", "31-12-2026"),
    ("%Y%m%d", "20261231"), ("%y%m%d", "261231"), ("%Y-%m-%d %H:%M", "2026-12-31 14:05"),
    ("%Y-%m-%d %H:%M:%S", "2026-12-31 14:05:00"), ("%d/%m/%Y %H:%M", "31/12/2026 14:05"),
    ("%m/%d/%Y %H:%M", "12/31/2026 14:05"),
)  # fmt: skip
"""Ways to write a day, each with an example; without one it is 2026-12-31."""

NAMES: Mapping[str, tuple[str, str]] = {
    "external_id": ("Ordernummer hos avsändaren", "The sender's order number"),
    "order_type": ("Ordertyp", "Order type"),
    "customer_order_type": ("Kundordertyp", "Customer order type"),
    "sender": ("Levererande lager", "Delivering store"),
    "receiver_kind": ("Mottagarens slag", "Kind of receiver"),
    "receiver_id": ("Mottagare", "Receiver"),
    "orderer_person": ("Beställare", "Orderer"),
    "orderer_unit": ("Enhet", "Unit"),
    "prescriber": ("Ansvarig förskrivare", "Responsible prescriber"),
    "medical_decision_date": ("Medicinskt ställningstagande, datum", "Medical decision, date"),
    "medical_decision_reference": ("Referens till beslutet", "Reference to the decision"),
    "priority": ("Prioritet", "Priority"),
    "partial": ("Delleverans", "Partial delivery"),
    "accept_equivalent": ("Ersättare går bra", "Equivalent accepted"),
    "wanted_date": ("Önskat datum", "Wanted date"),
    "reference": ("Referens", "Reference"),
    "note": ("Meddelande", "Note"),
    "ordered_on": ("Beställd den", "Ordered on"),
    "instruction_reference": ("Instruktion", "Instruction"),
    "instruction_approved_by": ("Godkänd av", "Approved by"),
    "article": ("Artikel", "Article"),
    "quantity": ("Antal", "Quantity"),
    "serial_numbers": ("Individnummer", "Serial numbers"),
    "accessory_to": ("Tillbehör till individ", "Accessory to device"),
}
assert tuple(NAMES) == COLUMNS

CHOICES: Mapping[str, tuple[str, ...]] = {
    "order_type": ("lagerflyttsorder", "bestallning", "forskrivning"),
    "receiver_kind": ("kommunlager", "vardenhet", "patient"),
    "customer_order_type": ("lagerflytt", "direktforskrivning", "forskrivning"),
    "priority": ("normal", "akut"),
    "partial": ("ja", "nej"),
    "accept_equivalent": ("ja", "nej"),
}
"""What a constant may be, where it is one of few words."""


@dataclass(slots=True)
class Building:
    """A mapping as it stands in the form: the file's columns, and for each of ours a column or a constant."""

    seen: list[str]
    columns: dict[str, str] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    date: str = ""
    decimal: str = ""
    separator: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()

    def toml(self) -> str:
        """The mapping as a file."""
        file = {"sheet": self.sheet, "separator": self.separator, "decimal": self.decimal, "date": self.date}
        return mapping_text(file, self.columns, self.constants)


def building_for(seen: ColumnsSeen, language: Language) -> Building:
    """A mapping for a file with these columns; those that are called as ours are taken for them."""
    by_name = {each.casefold(): each for each in seen.names}
    columns = {}
    for ours, names in NAMES.items():
        told = (by_name.get(name.casefold()) for name in (ours, names[0 if language == "sv" else 1], *names))
        if found := next(filter(None, told), None):
            columns[ours] = found
    # The usual separators are found by looking.
    separator = "|" if seen.separator == "|" else ""
    return Building(seen.names, columns, separator=separator, sheet=seen.sheet or "", sheets=seen.sheets)


def built(form: Fields) -> Building | None:
    """The mapping that the form holds; None where none is being built. Raises Problem 422."""
    seen = form.texts("kolumn", 200)
    if not seen:
        return None
    columns = {ours: form.text(f"kol.{ours}") for ours in COLUMNS}
    constants = {ours: form.text(f"fast.{ours}") for ours in COLUMNS if not columns[ours]}
    return Building(
        seen,
        {ours: name for ours, name in columns.items() if name},
        {ours: text for ours, text in constants.items() if text},
        form.text("fil.date", 40),
        form.text("fil.decimal", 1),
        form.text("fil.separator", 1),
        form.text("fil.sheet", 31),
        tuple(form.texts("blad", 31)),
    )


def is_required(column: str) -> bool:
    """Whether no row can be an order without it."""
    return column in REQUIRED_COLUMNS
