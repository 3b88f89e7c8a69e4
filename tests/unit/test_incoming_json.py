"""Which JSON is one object beyond doubt? What two readers could understand differently is refused."""

import json

import pytest
from request_bodies import a_body, taken

from exchange.strict_json import parse_object


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": 1, "a": 2}', b'{"lines": [{"quantity": 1, "quantity": 2}]}', b'{"a": NaN}', b'{"a": -Infinity}',
        b'{"a": 1e999}', b'{"a": ' + b"9" * 5000 + b"}", b"[" * 1000 + b"]" * 1000, b'{"a": ' * 100_000,
        b'{"a":' * 9 + b"1" + b"}" * 9, b"[]", b'"text"', b"", b"{", b'{"a": 1} {}', b'{"a": "\xe5"}', b'{"a": "\x00"}',
    ],
)  # fmt: skip
def test_json_that_can_be_misunderstood_is_no_object(raw: bytes) -> None:
    refusal = parse_object(raw)
    assert not isinstance(refusal, dict)
    assert refusal.sv != refusal.en


def test_json_eight_levels_deep_is_read() -> None:
    assert isinstance(parse_object(b'{"a":' * 8 + b"1" + b"}" * 8), dict)


def test_five_megabytes_of_blanks_around_an_order_change_nothing() -> None:
    raw = b" " * 5_000_000 + json.dumps(a_body()).encode()
    assert taken(parse_object(raw)) == taken(a_body())
