"""How does an OpenAPI document read as a page? Its operations by group, and its schemas as tables of fields.

Pure. Next: routes/documentation.py, and the page's template in documentation/.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from backoffice.api.declared import SCHEMAS


class FieldShown(NamedTuple):
    """One field of a schema, or one parameter: what it may be, and whether it must be there."""

    name: str
    kind: str
    required: bool
    description: str
    where: str = ""


class OperationShown(NamedTuple):
    """One route: its parameters, the schema and examples of its body, and its answers by status."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    parameters: list[FieldShown]
    body: str | None
    examples: dict[str, Any]
    answers: list[tuple[str, str, str | None]]
    """Status, description, and the name of the answer's schema."""


def operations(told: Mapping[str, Any]) -> dict[str, list[OperationShown]]:
    """The operations by their group, in the document's order."""
    groups: dict[str, list[OperationShown]] = {}
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            group = (operation.get("tags") or ["–"])[0]
            groups.setdefault(group, []).append(_operation(path, method, operation))
    return groups


def _operation(path: str, method: str, operation: Mapping[str, Any]) -> OperationShown:
    summary, _, text = operation.get("description", "").partition("\n\n")
    content = operation.get("requestBody", {}).get("content", {})
    media: Mapping[str, Any] = next(iter(content.values()), {})
    return OperationShown(
        operation["operationId"],
        method.upper(),
        path,
        summary,
        text,
        [
            FieldShown(each["name"], kind_of(each["schema"]), each["required"], each.get("description", ""), each["in"])
            for each in operation.get("parameters", ())
        ],
        _named(media.get("schema", {})),
        media.get("examples", {}),
        [(status, answer["description"], _answer_of(answer)) for status, answer in _by_status(operation)],
    )


def _by_status(operation: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    return sorted(operation["responses"].items())


def _answer_of(answer: Mapping[str, Any]) -> str | None:
    media: Mapping[str, Any] = next(iter(answer.get("content", {}).values()), {})
    return _named(media.get("schema", {}))


def _named(schema: Mapping[str, Any]) -> str | None:
    return str(schema["$ref"]).removeprefix(SCHEMAS) if "$ref" in schema else None


def schemas_shown(told: Mapping[str, Any]) -> dict[str, tuple[str, list[FieldShown]]]:
    """Each schema with its description and its fields, by name."""
    return {
        name: (schema.get("description", ""), list(_fields(schema)))
        for name, schema in told.get("components", {}).get("schemas", {}).items()
    }


def _fields(schema: Mapping[str, Any]) -> Iterator[FieldShown]:
    for name, field in schema.get("properties", {}).items():
        yield FieldShown(name, kind_of(field), name in schema.get("required", ()), field.get("description", ""))


def kind_of(schema: Mapping[str, Any]) -> str:
    """What a value may be, in a few words: `text ≤ 64`, `1–9999`, `list of OrderLine`."""
    if "anyOf" in schema:
        return " | ".join(kind_of(each) for each in schema["anyOf"] if each.get("type") != "null")
    if (name := _named(schema)) is not None:
        return name
    if "enum" in schema or "const" in schema:
        return " | ".join(str(each) for each in schema.get("enum", [schema.get("const")]))
    kind = schema.get("type")
    if kind == "array":
        return f"lista av (list of) {kind_of(schema.get('items', {}))}"
    if kind in ("integer", "number"):
        return _range(schema)
    if kind == "string":
        return str(schema.get("format") or (f"text ≤ {schema['maxLength']}" if "maxLength" in schema else "text"))
    return {"object": "objekt (object)", "boolean": "true | false"}.get(str(kind), str(kind or "–"))


def _range(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is None and most is None:
        return "heltal (integer)"
    return f"{'' if least is None else least}–{'' if most is None else most}"
