"""Does the description say of every text what is refused in it? Control characters, and people's numbers.

How long a text may be, and which characters it may hold, is compared in test_api_description.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from people import PERSONNUMMER
from pydantic import BaseModel, ValidationError

from backoffice.api.app import application
from backoffice.api.event_bodies import CONFIRMATION, REASON
from backoffice.api.order_models import (
    Address,
    Confirmation,
    IncomingOrder,
    Instruction,
    MedicalDecision,
    Orderer,
    OrderLine,
    Reason,
    Receiver,
)
from backoffice.api.routes.accounts import NewAccountBody
from backoffice.api.routes.tokens import NewTokenBody
from backoffice.api.texts import CODE, REFERENCE, TEXT
from config.database import Database
from config.settings import Settings
from exchange import order_shape
from exchange.shape_check import Field, Findings, read_fields

READ: dict[type[BaseModel], Any] = {
    IncomingOrder: order_shape.ORDER,
    Receiver: order_shape.RECEIVER,
    Address: order_shape.ADDRESS,
    Orderer: order_shape.ORDERER,
    MedicalDecision: order_shape.MEDICAL_DECISION,
    Instruction: order_shape.INSTRUCTION,
    OrderLine: order_shape.LINE,
    Reason: REASON,
    Confirmation: CONFIRMATION,
}
ANY_CHARACTER = {"password", "old", "new", "login", "secret", "mapping"}
"""What is compared with what is known, and told nothing of itself; and a file of settings."""

REFUSED = "\x00\x07\x1f\x7f\x9f\u2028\u2029\u202e\u2066"


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    settings = Settings(ORDERFLODE_HOME=tmp_path_factory.mktemp("home"))
    return application(Database("postgresql://127.0.0.1:1/none"), settings).openapi()


def test_every_text_that_is_sent_says_that_control_characters_are_refused(described: dict[str, Any]) -> None:
    sent = list(texts_sent(described))

    assert len(sent) > 80
    assert {name for _, name, schema in sent if "pattern" not in schema} == ANY_CHARACTER
    for route, name, schema in sent:
        if "pattern" in schema:
            assert not any(re.search(schema["pattern"], f"a{sign}b") for sign in REFUSED), (route, name)
            assert "(no control characters" in schema["description"], (route, name)


def test_a_text_may_hold_a_personal_number_where_the_description_does_not_say_otherwise_and_only_there() -> None:
    told = [
        (name, schema, fields[name])
        for model, fields in READ.items()
        for name, schema in model.model_json_schema()["properties"].items()
        # A receiver may be a patient.
        if says(schema) and (model, name) != (Receiver, "id")
    ]

    assert {says(schema) for _, schema, _ in told} == {TEXT, CODE, REFERENCE}
    for name, schema, field in told:
        assert is_refused(name, field, PERSONNUMMER, schema) == (says(schema) != TEXT), name
        assert is_refused(name, field, f"om {PERSONNUMMER}", schema) == (says(schema) == REFERENCE), name


@pytest.mark.parametrize(
    ("body", "field"), [(NewAccountBody, "login"), (NewAccountBody, "person"), (NewTokenBody, "source")]
)
def test_an_account_and_a_token_are_named_by_nobodys_number(body: type[BaseModel], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        body.model_validate({field: PERSONNUMMER})

    assert field in {each["loc"][0] for each in refused.value.errors() if each["type"] != "missing"}
    assert says(body.model_json_schema()["properties"][field]) == CODE


def says(schema: dict[str, Any]) -> str | None:
    """Which of the sentences about texts the schema of a field has."""
    whole = json.dumps(schema, ensure_ascii=False)
    return next((each for each in (CODE, REFERENCE, TEXT) if each in whole), None)


def is_refused(name: str, field: Field, text: str, schema: dict[str, Any]) -> bool:
    """Whether `text` is, in the field, in its list or as an article in it."""
    kind = next(each["type"] for each in schema.get("anyOf", [schema]))
    value: object = {"string": text, "array": [text], "object": {text: 1 if name == "short" else ["SN"]}}[kind]
    found = Findings()
    read_fields({name: value}, {name: field}, "", found)
    return bool(found)


def texts_sent(described: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each text of a body, a query or an address: the route, its name, and its schema with its description."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            for given in operation.get("parameters", ()):
                # HTTP itself refuses controls in a header.
                for text in texts_in(given["schema"]) if given["in"] != "header" else ():
                    yield f"{method} {path}", given["name"], {"description": given.get("description")} | text
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, text in texts_of(described, content["schema"]):
                    yield f"{method} {path}", name, text


def texts_of(described: dict[str, Any], schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The texts of an object, and of those in it, by their fields' names."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    for name, field in schema.get("properties", {}).items():
        yield from ((name, text) for text in texts_in(field))
        for each in (field, *field.get("anyOf", ()), field.get("items", {})):
            yield from texts_of(described, each)


def texts_in(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas of free text among what a value may be."""
    if schema.get("type") == "string" and not (schema.keys() & {"enum", "const"} or is_parsed(schema)):
        yield schema
    for each in (*schema.get("anyOf", ()), schema.get("items", {}), schema.get("additionalProperties", {})):
        if isinstance(each, dict) and each:
            yield from texts_in(each)


def is_parsed(schema: dict[str, Any]) -> bool:
    return schema.get("format") in ("date", "date-time", "uuid", "binary")
