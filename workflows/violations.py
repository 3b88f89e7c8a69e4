"""What does a refusal say? Every code, with its Swedish and its English sentence.

A refusal is a list of violations, all of them at once. The sentences name the right choice and never
echo a patient's number. Codes are those of the interface; next: rules/, which find them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as member

Choice = Mapping[str, str | None]
"""A right choice as data: what the order's fields should be instead, None for empty. `sender` → `50301`."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason why an order is refused: a stable code, where it stands, and why in two languages."""

    code: str
    field: str
    sv: str
    en: str
    choices: tuple[Choice, ...] = member(default=(), compare=False, repr=False)
    """The right choices that the sentence names, for who can offer them; the sentence says them all."""

    def as_json(self) -> dict[str, str]:
        """The shape of the interface: `{"code", "field", "sv", "en"}`."""
        return {"code": self.code, "field": self.field, "sv": self.sv, "en": self.en}


SENTENCES: dict[str, tuple[str, str]] = {
    "kundordertyp-not-used": (
        "Kundordertypen används inte här: {choice_sv}.",
        "The customer order type is not used here: {choice_en}.",
    ),
    "orderer-unit": (
        "Beställaren {person} hör inte till enhet {unit}: {choice_sv}.",
        "The orderer {person} does not belong to unit {unit}: {choice_en}.",
    ),
    "bestallning-creator": (
        "En beställning skapas av en beställare eller förskrivare, och {person} har ingen av de rollerna.",
        "A beställning is created by an orderer or a prescriber, and {person} has neither role.",
    ),
    "forskrivning-creator": (
        (
            "En förskrivning skapas bara av legitimerad personal med förskrivningsrätt, "
            "och {person} {reason_sv}. "
            "Låt en förskrivare skapa ordern, eller gör en beställning till en vårdenhet."
        ),
        (
            "A förskrivning is created only by licensed staff with the right to prescribe, "
            "and {person} {reason_en}. "
            "Let a prescriber create the order, or make a beställning to a vårdenhet."
        ),
    ),
    "lagerflytt-creator": (
        "En lagerflytt skapas av lagerpersonal eller tekniker, och {person} har ingen av de rollerna.",
        "A lagerflytt is created by lagerpersonal or a tekniker, and {person} has neither role.",
    ),
    "lagerflytt-sender": (
        (
            "En lagerflytt sker alltid från lager 10 (HMS): välj 10 som levererande lager. "
            "Flytt mellan kommuner har en egen instruktion."
        ),
        (
            "A lagerflytt always goes from lager 10 (HMS): choose 10 as the delivering store. "
            "A move between kommuner has an instruction of its own."
        ),
    ),
    "lagerflytt-receiver": (
        "Mottagaren av en lagerflytt är ett kommunlager: välj ett sådant.",
        "The receiver of a lagerflytt is a kommunlager: choose one.",
    ),
    "between-kommuner-disabled": (
        "Flytt mellan kommuner är inte påslagen: välj kundordertypen lagerflytt, från lager 10 (HMS).",
        "Moves between kommuner are off: choose the customer order type lagerflytt, from lager 10 (HMS).",
    ),
    "between-kommuner-instruction": (
        (
            "En flytt mellan kommuner kräver en hänvisning till instruktionen, "
            "och en godkännare som är någon annan än den som skapar ordern."
        ),
        (
            "A move between kommuner needs a reference to its instruction, "
            "and an approver who is somebody else than the creator of the order."
        ),
    ),
    "between-kommuner-parties": (
        "Vid flytt mellan kommuner är avsändare och mottagare kommunlager i två olika kommuner.",
        "In a move between kommuner, sender and receiver are kommunlager of two different kommuner.",
    ),
    "bestallning-receiver": (
        "Mottagaren av en beställning är alltid en vårdenhet. Till en patient görs en förskrivning.",
        "The receiver of a beställning is always a vårdenhet. For a patient, make a förskrivning.",
    ),
    "bestallning-sender": (
        "En beställning levereras från eget lager eller lager 10 (HMS): {choice_sv}.",
        "A beställning is delivered from the own store or lager 10 (HMS): {choice_en}.",
    ),
    "bestallning-medical-decision": (
        (
            "En beställning grundas inte på ett medicinskt ställningstagande: "
            "ta bort beslutet och förskrivaren, eller gör en förskrivning."
        ),
        (
            "A beställning does not rest on a medical decision: "
            "remove the decision and the prescriber, or make a förskrivning."
        ),
    ),
    "forskrivning-receiver": (
        "Mottagaren av en förskrivning är alltid en patient. Till en vårdenhet görs en beställning.",
        "The receiver of a förskrivning is always a patient. For a vårdenhet, make a beställning.",
    ),
    "forskrivning-prescriber": (
        "En förskrivning har en ansvarig förskrivare: ange vem.",
        "A förskrivning has a responsible prescriber: say who.",
    ),
    "forskrivning-licence": (
        "Förskrivaren {person} saknar legitimation: ange en legitimerad förskrivare med förskrivningsrätt.",
        "The prescriber {person} has no licence: name a licensed prescriber with the right to prescribe.",
    ),
    "forskrivning-right": ("{reason_sv}: {choice_sv}.", "{reason_en}: {choice_en}."),
    "forskrivning-medical-decision": (
        "En förskrivning grundas på ett medicinskt ställningstagande: ange dess datum och referens.",
        "A förskrivning rests on a medical decision: give its date and reference.",
    ),
    "direktforskrivning-sender": (
        "En direktförskrivning tas från eget lager: {choice_sv}.",
        "A direktförskrivning is taken from the own store: {choice_en}.",
    ),
    "forskrivning-sender": (
        (
            "Med kundordertypen förskrivning levererar lager 10 (HMS): välj 10 som levererande lager. "
            "Från eget lager{own_store} heter kundordertypen direktförskrivning."
        ),
        (
            "With the customer order type förskrivning, lager 10 (HMS) delivers: choose 10 as the store. "
            "From the own store{own_store}, the customer order type is direktförskrivning."
        ),
    ),
    "patient-id": (
        "Patientens id är inte ett giltigt personnummer, samordningsnummer eller reservnummer.",
        "The patient's id is not a valid personnummer, samordningsnummer or reservnummer.",
    ),
    "store-unknown": ("Lager {value} finns inte.", "There is no store {value}."),
    "unit-unknown": ("Enhet {value} finns inte.", "There is no unit {value}."),
    "person-unknown": ("Person {value} finns inte.", "There is no person {value}."),
    "vardenhet-unknown": ("Vårdenhet {value} finns inte.", "There is no vårdenhet {value}."),
    "article-unknown": ("Artikel {value} finns inte.", "There is no article {value}."),
    "article-withdrawn": (
        "Artikel {article} har utgått: {choice_sv}.",
        "Article {article} is withdrawn: {choice_en}.",
    ),
    "lines-missing": ("Ordern saknar orderrader.", "The order has no lines."),
    "quantity": (
        "{field}: antalet ska vara ett heltal från 1 till 9999.",
        "{field}: the quantity must be a whole number from 1 to 9999.",
    ),
    "serial-numbers": (
        "{field}: individnummer är för individmärkta artiklar, högst ett per styck och utan upprepning.",
        "{field}: only individually marked articles have serial numbers, at most one a piece, none twice.",
    ),
    "accessory-main-device": (
        (
            "Huvudhjälpmedlet {serial} finns varken på en annan rad i ordern eller hos mottagaren: rätta "
            "individnumret, beställ huvudhjälpmedlet i samma order, eller lämna fältet tomt och koppla tillbehöret "
            "senare med device tie."
        ),
        (
            "The main device {serial} is neither on another line of the order nor with the receiver: mend the serial "
            "number, order the main device in the same order, or leave the field empty and tie the accessory later "
            "by device tie."
        ),
    ),
    "field-missing": ("Fältet {field} måste fyllas i.", "The field {field} must be filled in."),
    "field-unknown": ("Fältet {field} finns inte.", "There is no field {field}."),
    "field-format": ("{field}: {expected_sv}.", "{field}: {expected_en}."),
    "rows-disagree": (
        "{field}: raderna i samma order har olika värden, men ska ha samma.",
        "{field}: the rows of one order have different values, and must have the same.",
    ),
    "external-id-reused": (
        "{field}: numret hör redan till en annan order. Skicka samma innehåll som då, eller ett nytt nummer.",
        "{field}: the number belongs to another order already. Send the same content, or a new number.",
    ),
    "not-permitted": (
        "{field}: behörighet att skapa {value} saknas.",
        "{field}: the permission to create {value} is missing.",
    ),
}
"""Code → the Swedish and the English sentence, in the order of the interface's table of refusals."""


def violation(code: str, field: str, *, choices: Sequence[Choice] = (), **values: object) -> Violation:
    """Build the violation `code` at `field`; `values` fill its sentences. KeyError for an unknown code."""
    swedish, english = SENTENCES[code]
    said = swedish.format(field=field, **values), english.format(field=field, **values)
    return Violation(code, field, *said, tuple(choices))
