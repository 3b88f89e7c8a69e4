"""Who receives the demo's förskrivningar? 300 patients who cannot exist, with official test numbers.

The numbers are an extract of "Testpersonnummer", the series Skatteverket publishes as open data (CC0): it is
given to nobody. No street is real, and the telephone numbers are of PTS's series for fiction (08-465 004 00–99).
"""

from functools import cache
from importlib.resources import files
from random import Random
from typing import Any, Final, NamedTuple

from exchange.demo_data.region import Region

_PROTECTED_EVERY: Final = 101
"""Of 300: three, in three kommuner."""
_FICTION_NUMBERS: Final = 100


class Patient(NamedTuple):
    """A patient's number, 12 digits, and the rest of the order's receiver."""

    number: str
    details: dict[str, Any]


@cache
def official_test_numbers() -> tuple[str, ...]:
    """300 official test numbers, 12 digits each, of people born 1930–2014."""
    lines = files("exchange.demo_data").joinpath("test_personnummer.csv").read_text(encoding="ascii").split()
    return tuple(lines[1:])


def make_patients(region: Region) -> dict[str, list[Patient]]:
    """The patients by kommun, thirty in each; 1 % of all are protected."""
    patients: dict[str, list[Patient]] = {kommun.name: [] for kommun in region.kommuner}
    for order, number in enumerate(official_test_numbers()):
        kommun = region.kommuner[order % len(region.kommuner)]
        details: dict[str, Any] = {
            "name": f"Testperson {order + 1}",
            "address": {
                "street": f"Låtsasgatan {order + 1}",
                "postal_code": kommun.postal_code,
                "city": kommun.name,
            },
            "phone": f"08-465 004 {order % _FICTION_NUMBERS:02}",
        }
        if order % _PROTECTED_EVERY == 0:
            details["protected"] = True
        patients[kommun.name].append(Patient(number, details))
    return patients


def receiver(patient: Patient, random: Random) -> dict[str, Any]:
    """The patient as an order's receiver; the number in either of the forms people write."""
    number = patient.number
    written = number if random.random() < 0.5 else f"{number[:8]}-{number[8:]}"
    return {"kind": "patient", "id": written, **patient.details}


def with_a_slip(number: str) -> str:
    """The number with its last digit changed, so that its check digit is wrong: nobody's."""
    return f"{number[:-1]}{(int(number[-1]) + 1) % 10}"
