"""What has somebody filled in of an order? The fields of the form as the body that the API takes, and the other way.

A field is named as its path in the body (`receiver.id`); the rows of lines give each of `line.article` … once a row.
What is wrong with a value is said by the checks of the body (exchange/order_shape.py). Next: order_offers.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from backoffice.pages.forms import Fields
from exchange.incoming.columns import whole_number
from workflows.violations import Choice, Violation

TEXTS = (
    "external_id", "order_type", "orderer.unit", "orderer.person", "customer_order_type", "sender", "receiver.id",
    "receiver.name", "receiver.address.street", "receiver.address.postal_code", "receiver.address.city",
    "receiver.phone", "prescriber", "medical_decision.date", "medical_decision.reference", "instruction.reference",
    "instruction.approved_by", "priority", "wanted_date", "ordered_on", "reference", "note",
)  # fmt: skip
TICKS = ("partial", "accept_equivalent", "receiver.protected")
LINE = ("article", "quantity", "serial_numbers", "accessory_to")
FIRST_ROWS, MOST_ROWS = 2, 1_000

KIND_OF_RECEIVER = {"lagerflyttsorder": "kommunlager", "bestallning": "vardenhet", "forskrivning": "patient"}
"""Each order type has one kind of receiver."""

_BETWEEN_SERIALS = re.compile(r"[\r\n,;|]+")
_OF_LINE = re.compile(r"lines\[(\d+)\]")
_WHOLE = {
    "medical_decision": "medical_decision.date", "instruction": "instruction.reference", "receiver.kind": "order_type",
    "receiver": "receiver.id", "orderer": "orderer.person", "external_id": "order",
}  # fmt: skip
"""What is said of an object, or of what the form decides itself, stands at one of its fields."""


@dataclass(slots=True)
class Filled:
    """The form as it is filled in: text by path, and the rows of its lines. `amends` is the order it puts right."""

    values: dict[str, str] = field(default_factory=lambda: dict.fromkeys((*TEXTS, *TICKS), ""))
    rows: list[dict[str, str]] = field(default_factory=list)
    amends: int | None = None
    was: tuple[str, str] = ("", "")
    """The order type and unit that the form was drawn for."""

    def __getitem__(self, path: str) -> str:
        return self.values[path]

    def __setitem__(self, path: str, value: str) -> None:
        self.values[path] = value

    def body(self) -> dict[str, Any]:
        """The order as somebody would send it as JSON. Rows in which nothing stands are no lines."""
        body: dict[str, Any] = {}
        for path, value in self.values.items():
            if value:
                _put(body, path, True if path in TICKS else value)
        _put(body, "receiver.kind", KIND_OF_RECEIVER.get(self["order_type"]))
        body["lines"] = [_line(self.rows[number]) for number in self._lines()]
        return body

    def place_of(self, violation: Violation) -> str:
        """The field of the form at which it is said: a path, `rows[2].article`; else `order`."""
        path = violation.field
        if of_line := _OF_LINE.match(path):
            lines, number = self._lines(), int(of_line[1])
            return f"rows[{lines[number]}]{path[of_line.end() :] or '.article'}"
        path = _WHOLE.get(path, path)
        return path if path in self.values or path == "lines" else "order"

    def take(self, choice: Choice) -> str:
        """Put a right choice in; the place of the first field it fills, or of the first it empties."""
        places = [self._put(path, value or "") for path, value in choice.items()]
        filled = [place for place, value in zip(places, choice.values(), strict=True) if value]
        return (filled or places)[0]

    def _put(self, path: str, value: str) -> str:
        if of_line := _OF_LINE.match(path):
            lines, number, name = self._lines(), int(of_line[1]), path[of_line.end() + 1 :]
            if number < len(lines) and name in LINE:
                self.rows[lines[number]][name] = value
                return f"rows[{lines[number]}].{name}"
            return "order"
        for each in self.values:
            if each == path or each.startswith(f"{path}."):
                self.values[each] = value
        return _WHOLE.get(path, path)

    def _lines(self) -> list[int]:
        """The rows that are lines of the order."""
        return [number for number, row in enumerate(self.rows) if any(row.values())]


def filled_in(form: Fields) -> Filled:
    """What was sent, as it was typed: the checks of an order tell what is wrong with it."""
    amends = form.number("rattar", most=(1 << 63) - 1)
    filled = Filled(amends=amends, was=(_first(form, "var.typ"), _first(form, "var.enhet")))
    for path in (*TEXTS, *TICKS):
        filled[path] = _first(form, path)
    columns = [form.get(f"line.{name}", []) for name in LINE]
    for number in range(min(MOST_ROWS, max(map(len, columns)))):
        cells = (column[number].strip() if number < len(column) else "" for column in columns)
        filled.rows.append(dict(zip(LINE, cells, strict=True)))
    return filled


def filled_with(body: Mapping[str, Any], order_id: int) -> Filled:
    """The form that amends an order, from its body as it is written out."""
    filled = Filled(amends=order_id)
    for path in (*TEXTS, *TICKS):
        value: Any = body
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        filled[path] = "" if value in (None, False) else "ja" if value is True else str(value)
    for line in body["lines"]:
        row = {name: line.get(name, "") for name in LINE}
        filled.rows.append({name: "\n".join(v) if isinstance(v, list) else str(v) for name, v in row.items()})
    filled.was = (filled["order_type"], filled["orderer.unit"])
    return filled


def element(place: str) -> str:
    """The id of a place's element in the page."""
    return re.sub(r"\W+", "-", place).strip("-")


def written_choice(choice: Choice) -> str:
    """The choice as a button of the form sends it."""
    return urlencode({path: value or "" for path, value in choice.items()})


def read_choice(text: str) -> dict[str, str | None]:
    """The choice that a button sent; empty where it is none."""
    return {path: value or None for path, value in parse_qsl(text[:2_000], keep_blank_values=True)}


def placed(filled: Filled, violations: Iterable[Violation]) -> dict[str, list[Violation]]:
    """The violations by the field of the form at which they are said."""
    places: dict[str, list[Violation]] = {}
    for each in violations:
        places.setdefault(filled.place_of(each), []).append(each)
    return places


def _first(form: Fields, name: str) -> str:
    values: Sequence[str] = form.get(name, ())
    return values[0].strip() if values else ""


def _put(body: dict[str, Any], path: str, value: object) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        body = body.setdefault(parent, {})
    body[name] = value


def _line(row: Mapping[str, str]) -> dict[str, Any]:
    serials = [each.strip() for each in _BETWEEN_SERIALS.split(row["serial_numbers"]) if each.strip()]
    given = {
        "article": row["article"],
        "quantity": whole_number(row["quantity"]),
        "serial_numbers": serials,
        "accessory_to": row["accessory_to"],
    }
    return {name: value for name, value in given.items() if value != "" and value != []}
