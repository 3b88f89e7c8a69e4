"""With what does uvicorn start? Limits, nothing about itself, and nobody believed who was not named."""

import pytest
from pydantic import ValidationError
from uvicorn.importer import import_from_string

from backoffice.api.head_in_time import HeadInTime
from backoffice.cli.processes import web_server
from config.settings import Settings


def option(command: list[str], name: str) -> str:
    return command[command.index(name) + 1]


def test_the_server_has_limits_and_says_nothing_of_itself() -> None:
    command = web_server("127.0.0.1", 8080)
    assert import_from_string(option(command, "--http")) is HeadInTime
    for limit in ("--h11-max-incomplete-event-size", "--limit-concurrency", "--timeout-keep-alive"):
        assert int(option(command, limit)) > 0
    assert int(option(command, "--timeout-graceful-shutdown")) > 0
    assert {"--no-server-header", "--no-access-log"} <= set(command)


def test_nobody_is_believed_who_was_not_named() -> None:
    assert "--no-proxy-headers" in web_server("127.0.0.1", 8080)
    named = web_server("127.0.0.1", 8080, ["10.0.0.7", "::1"])
    assert option(named, "--forwarded-allow-ips") == "10.0.0.7,::1"
    assert "--no-proxy-headers" not in named


@pytest.mark.parametrize("value", ["*", "10.0.0.0/8", "proxy.example", "", "10.0.0.7, *"])
def test_a_proxy_is_one_address(value: str) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"ORDERFLODE_PROXIES": [value]})
