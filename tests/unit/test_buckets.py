"""How are askers told apart and counted? Addresses and buckets. Next: test_edges.py, the whole way in."""

import pytest
from starlette.requests import HTTPConnection

from backoffice.api.address import address_of
from backoffice.api.edges import buckets
from backoffice.api.edges.buckets import Buckets


class Clock:
    """A clock that stands until it is moved on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("testclient", "testclient"),
    ],
)
def test_an_asker_is_an_ipv4_address_or_a_network_of_ipv6(host: str, address: str) -> None:
    assert address_of(HTTPConnection({"type": "http", "client": (host, 1), "headers": []})) == address


def test_who_comes_by_no_network_is_somebody_too() -> None:
    assert address_of(HTTPConnection({"type": "http", "client": None, "headers": []})) == ""


def test_a_bucket_holds_two_seconds_worth_and_fills_up_again() -> None:
    clock = Clock()
    held = Buckets(rate=2, clock=clock)

    assert [held.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert held.take("b") == 0
    clock.now += 0.5
    assert [held.take("a") for _ in range(2)] == [0, 0.5]
    clock.now += 3600
    assert [held.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_one_token_may_send_two_hundred_orders_a_second_by_default() -> None:
    clock = Clock()
    held = Buckets(rate=500, clock=clock)
    for _ in range(10_000):
        assert held.take("token") == 0
        clock.now += 1 / 200


def test_however_many_ask_the_memory_is_bounded_and_the_busiest_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "MOST", 10)
    held = Buckets(rate=1, clock=Clock())

    for number in range(100):
        held.take("busy")
        held.take(number)

    assert len(held) == 10
    assert held.take("busy") > 0
