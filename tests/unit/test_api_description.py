"""Does the API's description tell what the API reads? Its models beside order_shape.py, its examples, its page."""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import BaseModel
from web_world import HERE

from backoffice.api.app import application
from backoffice.api.cookies import SESSION
from backoffice.api.event_bodies import CONFIRMATION, REASON
from backoffice.api.examples import CONFIRMATIONS, ORDERS, REASONS
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
from backoffice.api.texts import PATTERN
from config.database import Database
from config.settings import Settings
from exchange import order_shape
from exchange.order_request import OrderRequest
from exchange.order_shape import read_order
from exchange.shape_check import Field, Findings, read_fields
from workflows.order_types import RULE_TABLE

MODELS: list[tuple[type[BaseModel], Mapping[str, Field]]] = [
    (IncomingOrder, order_shape.ORDER),
    (Receiver, order_shape.RECEIVER),
    (Address, order_shape.ADDRESS),
    (Orderer, order_shape.ORDERER),
    (MedicalDecision, order_shape.MEDICAL_DECISION),
    (Instruction, order_shape.INSTRUCTION),
    (OrderLine, order_shape.LINE),
    (Reason, REASON),
    (Confirmation, CONFIRMATION),
]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The application; what is described needs no database."""
    settings = Settings(ORDERFLODE_HOME=tmp_path_factory.mktemp("home"))
    return TestClient(application(Database("postgresql://127.0.0.1:1/none"), settings), base_url=HERE)


@pytest.fixture(scope="module")
def described(api: TestClient) -> dict[str, Any]:
    document: dict[str, Any] = api.get("/api/v1/openapi.json").json()
    return document


@pytest.mark.parametrize(("model", "fields"), MODELS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_model_has_the_fields_that_are_read(model: type[BaseModel], fields: Mapping[str, Field]) -> None:
    told = {name: field.is_required() for name, field in model.model_fields.items()}
    # That an order has lines is a check of its own.
    assert told == {name: field.required or name == "lines" for name, field in fields.items()}
    assert model.model_config["extra"] == "forbid"


@pytest.mark.parametrize(("model", "fields"), MODELS, ids=lambda each: getattr(each, "__name__", ""))
def test_a_text_may_be_as_long_as_the_description_says_and_no_longer(
    model: type[BaseModel], fields: Mapping[str, Field]
) -> None:
    for name, schema in model.model_json_schema()["properties"].items():
        text = next((each for each in schema.get("anyOf", [schema]) if "maxLength" in each), None)
        if text is None or (model, name) == (Receiver, "id"):
            continue
        for length, faults in ((text["maxLength"], 0), (text["maxLength"] + 1, 1)):
            found = Findings()
            read_fields({name: "å" * length}, {name: fields[name]}, "", found)
            assert len(found) == faults, (name, length)


def test_what_the_description_calls_text_is_what_is_read_as_text() -> None:
    for point in [*range(0x250), *range(0x2000, 0x2070), 0x3000, 0xFEFF, 0x1F9BD]:
        for text in (chr(point), f"a{chr(point)}b"):
            found = Findings()
            read_fields({"reason": text}, REASON, "", found)
            if re.search(PATTERN, text):
                assert found == [], hex(point)
            elif len(text) == 3:
                assert found != [], hex(point)


def test_every_rule_of_the_table_has_an_example_of_the_right_shape() -> None:
    read = [read_order(example["value"], today=date(2026, 11, 28)) for example in ORDERS.values()]

    assert all(isinstance(each, OrderRequest) for each in read)
    kinds = {(each.order_type, each.customer_order_type) for each in read if isinstance(each, OrderRequest)}
    assert kinds == {(row.order_type, row.customer_order_type) for row in RULE_TABLE}
    assert len(ORDERS) == len(RULE_TABLE)
    for examples, fields in ((REASONS, REASON), (CONFIRMATIONS, CONFIRMATION)):
        for example in examples.values():
            found = Findings()
            read_fields(example["value"], fields, "", found)
            assert found == []


def test_every_route_for_somebody_says_how_it_refuses(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    operations = {
        (method, path): operation
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/v1/orders")
    }
    assert len(operations) >= 11
    for named, operation in operations.items():
        assert operation["security"] == [{"token": []}, {"session": []}], named
        for status in ("401", "403", "422", "500", "503"):
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"], named
        assert "HTTPValidationError" not in json.dumps(operation), named


def test_the_ways_in_are_those_that_are_looked_at(described: dict[str, Any]) -> None:
    ways = described["components"]["securitySchemes"]

    assert (ways["token"]["type"], ways["token"]["scheme"]) == ("http", "bearer")
    assert (ways["session"]["in"], ways["session"]["name"]) == ("cookie", SESSION)
    for path, method in (("/session", "post"), ("/link", "post"), ("/session", "delete")):
        assert "security" not in described["paths"][f"/api/v1{path}"][method]


def test_every_schema_that_is_named_is_there(described: dict[str, Any]) -> None:
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(described)))

    assert named <= described["components"]["schemas"].keys()


def test_the_page_shows_every_route_and_example_and_asks_nobody_else(
    api: TestClient, described: dict[str, Any]
) -> None:
    page = api.get("/api/v1/docs")

    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert [path for path in described["paths"] if path not in page.text] == []
    assert [each["summary"] for each in ORDERS.values() if each["summary"] not in page.text] == []
    addresses = re.findall(r'(?:href|src)="([^"]*)"', page.text)
    assert {each for each in addresses if not each.startswith("#")} == {"/api/v1/docs.css", "/api/v1/openapi.json"}
    anchors = set(re.findall(r'id="([^"]*)"', page.text))
    assert {each[1:] for each in addresses if each.startswith("#")} <= anchors
    assert re.search("<script|style=|@import|url\\(", page.text + api.get("/api/v1/docs.css").text) is None
