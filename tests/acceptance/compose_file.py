"""What does docker-compose.yml say? The file as Compose reads it: anchors resolved, ${NAME:?message} replaced."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

PROJECT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = PROJECT / "docker-compose.yml"
OURS = ("migrate", "web", "dispatcher", "worker", "webhooks")
"""The services that run our own image."""

_VARIABLE = re.compile(r"\$(?:\$|\{(?P<name>[A-Z_]+):\?(?P<message>[^}]+)\})")


def compose_file(values: Mapping[str, str] | None = None) -> Any:
    """The file, with `values` in place of its variables; as it stands without them. Raises KeyError."""
    document = yaml.safe_load(COMPOSE_FILE.read_text(encoding="utf-8"))
    return document if values is None else _interpolated(document, values)


def variables_in(text: str) -> set[str]:
    """The names of the variables that `text` asks for; each is required, or this fails."""
    found = [match["name"] for match in _VARIABLE.finditer(text) if match["name"]]
    used = re.findall(r"\$\{|\$[A-Za-z_]", text.replace("$$", ""))
    assert len(found) == len(used), "a variable is not written as ${NAME:?message}"
    return set(found)


def _interpolated(value: Any, values: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {name: _interpolated(each, values) for name, each in value.items()}
    if isinstance(value, list):
        return [_interpolated(each, values) for each in value]
    if isinstance(value, str):
        return _VARIABLE.sub(lambda match: values[match["name"]] if match["name"] else "$", value)
    return value
