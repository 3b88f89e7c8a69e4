"""What is refused by HTTP, and how? Bodies that are no order, orders with something wrong in them, and odd requests.

Each test sends many to one database and says of each what it came to; nothing that is refused leaves a trace.
"""

import json
from typing import Any

import pytest
from api_world import ORDERS, a_bestallning, a_forskrivning, a_token, codes
from builders import a_world, everything
from fastapi.testclient import TestClient
from people import ANOTHER_PERSONNUMMER, PERSONNUMMER, SAMORDNINGSNUMMER
from web_world import HERE

from config.database import Database
from workflows.permissions import Permission

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def token(database: Database) -> dict[str, str]:
    """A token that may do everything."""
    a_world(database, stock={("10", "A1"): 50})
    return a_token(database)


def sent(api: TestClient, token: dict[str, str], bodies: dict[str, Any]) -> dict[str, object]:
    """By name, the violations of each body, or the status where there are none; no answer repeats a number."""
    told: dict[str, object] = {}
    for name, body in bodies.items():
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        answer = api.post(ORDERS, content=raw, headers=token | JSON)
        told[name] = codes(answer.json()) if answer.status_code == 422 else answer.status_code
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert PERSONNUMMER not in answer.text
    return told


def line(**changes: object) -> dict[str, Any]:
    return a_bestallning(lines=[{"article": "A1", "quantity": 1} | changes])


def test_a_quantity_is_a_whole_number_from_1_to_9999(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    before = everything(database)
    quantities = [0, -1, 1.5, "3", True, 10**9, 2**63, None]

    told = sent(api, token, {repr(each): line(quantity=each) for each in quantities})

    wrong = [("quantity", "lines[0].quantity")]
    assert told == {repr(each): wrong for each in quantities[:-1]} | {"None": [("field-missing", "lines[0].quantity")]}
    assert everything(database) == before
    # Some languages write every number so.
    assert sent(api, token, {"2.0": line(quantity=2.0)}) == {"2.0": 201}


def test_articles_and_lines_are_named_where_they_stand(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    with database.transaction() as tx:
        tx.execute("UPDATE article SET withdrawn = true WHERE number = 'A2'")
    before = everything(database)
    one = {"article": "A1", "quantity": 1}

    told = sent(
        api,
        token,
        {
            "unknown": a_bestallning(lines=[one, {"article": "nothing", "quantity": 1}]),
            "withdrawn": a_bestallning(lines=[one, {"article": "A2", "quantity": 1}]),
            "no lines": a_bestallning(lines=[]),
            "1,001 lines": a_bestallning(lines=[one] * 1_001),
        },
    )

    assert told == {
        "unknown": [("article-unknown", "lines[1].article")],
        "withdrawn": [("article-withdrawn", "lines[1].article")],
        "no lines": [("lines-missing", "lines")],
        "1,001 lines": [("field-format", "lines")],
    }
    assert everything(database) == before
    assert sent(api, token, {"1,000 lines": a_bestallning(lines=[one] * 1_000)}) == {"1,000 lines": 201}


def test_a_patients_number_that_is_none_is_refused_and_not_repeated(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    before = everything(database)
    numbers = {
        "wrong check digit": PERSONNUMMER[:-1] + "4",
        "31 February": "20000231-1493",
        "not born yet": "20990101-1493",
        "nine digits": PERSONNUMMER[-9:],
        "letters": "2000AA011493",
        "full-width digits": PERSONNUMMER.translate({ord(d): ord(d) + 0xFEE0 for d in "0123456789"}),
        "interim": "20000101-T220",
        "a number": int(PERSONNUMMER),
    }

    answers = {
        name: api.post(ORDERS, json=a_forskrivning(receiver={"kind": "patient", "id": number}), headers=token)
        for name, number in numbers.items()
    }

    assert {name: codes(answer.json()) for name, answer in answers.items()} == {
        name: [("patient-id", "receiver.id")] for name in numbers
    }
    assert [name for name, answer in answers.items() if str(numbers[name]) in answer.text] == []
    assert everything(database) == before


def test_one_person_in_many_writings_is_one_patient(api: TestClient, database: Database, token: dict[str, str]) -> None:
    old, young, third = ANOTHER_PERSONNUMMER, PERSONNUMMER, SAMORDNINGSNUMMER
    writings = [
        young, f"{young[:8]}-{young[8:]}", young[2:], f"{young[2:8]}-{young[8:]}",
        old, f"{old[2:8]}+{old[8:]}", third, f"{third[:8]}-{third[8:]}",
    ]  # fmt: skip

    told = sent(api, token, {each: a_forskrivning(receiver={"kind": "patient", "id": each}) for each in writings})

    assert set(told.values()) == {201}
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM patient").fetchone() == (3,)


def test_an_external_id_is_text_of_at_most_64_characters_and_nobodys_number(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    before = everything(database)
    missing = a_bestallning()
    del missing["external_id"]

    told = sent(
        api,
        token,
        {
            "missing": missing,
            "blank": a_bestallning(external_id=" "),
            "long": a_bestallning(external_id="x" * 300),
            "somebody's": a_bestallning(external_id=PERSONNUMMER),
            "a number": a_bestallning(external_id=17),
        },
    )

    assert told == {
        "missing": [("field-missing", "external_id")],
        "blank": [("field-missing", "external_id")],
        "long": [("field-format", "external_id")],
        "somebody's": [("field-format", "external_id")],
        "a number": [("field-format", "external_id")],
    }
    assert everything(database) == before
    assert sent(api, token, {"not ASCII": a_bestallning(external_id="Å-1")}) == {"not ASCII": 201}


def test_a_prescriber_without_the_right_is_a_violation_and_no_lack_of_permission(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    with database.transaction() as tx:
        for person, unit, iso_prefix, valid_to in (
            ("group", "03-05", "04", None),
            ("expired", "03-05", "12", "2026-11-19"),
            ("elsewhere", "04-01", "12", None),
        ):
            tx.execute(
                "INSERT INTO person (id, name, licensed, roles) VALUES (%s, 'Förskrivare', true, '{prescriber}')",
                (person,),
            )
            tx.execute("INSERT INTO person_unit VALUES (%s, '03-05')", (person,))
            tx.execute(
                "INSERT INTO prescribing_right (person, unit, iso_prefix, valid_to) VALUES (%s, %s, %s, %s)",
                (person, unit, iso_prefix, valid_to),
            )
    before = everything(database)

    told = sent(
        api,
        token,
        {
            person: a_forskrivning(prescriber=person, ordered_on="2026-11-20")
            for person in ("group", "expired", "elsewhere")
        },
    )

    right = [("forskrivning-right", "lines[0].article")]
    assert told == {"group": right, "expired": right, "elsewhere": right}
    assert everything(database) == before
    may_not = a_token(database, Permission.CREATE_BESTALLNING)
    assert api.post(ORDERS, json=a_forskrivning(), headers=may_not).status_code == 403


def test_fields_that_are_nobodys_to_say_are_refused(api: TestClient, database: Database, token: dict[str, str]) -> None:
    before = everything(database)
    extra = {"state": "delivered", "kommun_id": "Kil", "version": 7, "price": 1}

    told = sent(api, token, {"order": a_bestallning(**extra), "line": line(price=1)})

    assert told == {
        "order": [("field-unknown", name) for name in extra],
        "line": [("field-unknown", "lines[0].price")],
    }
    assert everything(database) == before


def test_what_is_not_one_json_object_beyond_doubt_is_no_order(
    api: TestClient, database: Database, token: dict[str, str]
) -> None:
    before = everything(database)
    good = json.dumps(a_bestallning())

    told = sent(
        api,
        token,
        {
            "a field twice": good.replace("{", '{"sender": "50301", ', 1).encode(),
            "NaN": good.replace("2}", "NaN}").encode(),
            "too large a number": good.replace("2}", "1e999}").encode(),
            "a thousand levels": b'{"a":' * 1_000 + b"1" + b"}" * 1_000,
            "a quarter of a million levels": b"[" * 250_000,
            "5 MB of spaces": b" " * 5_000_000,
            "no JSON": b"{",
            "a list": b"[]",
            "nothing": b"",
            "not UTF-8": good.replace("B-", "\ud800").encode("utf-8", "surrogatepass"),
        },
    )

    assert told == dict.fromkeys(told, 400) | {"5 MB of spaces": 413}
    assert everything(database) == before


def test_text_is_text(api: TestClient, database: Database, token: dict[str, str]) -> None:
    refused = {
        "NUL": "a\x00b",
        "a lone surrogate": "a\ud800b",
        "right-to-left override": "a\u202eb",
        "10,000 characters": "a" * 10_000,
    }
    before = everything(database)
    assert sent(api, token, {name: a_bestallning(reference=text) for name, text in refused.items()}) == {
        name: [("field-format", "reference")] for name in refused
    }
    assert sent(api, token, {"key": a_bestallning(**{"a\x00\ud800": 1})}) == {"key": [("field-unknown", "?")]}
    assert everything(database) == before

    kept = [
        "a\u200bb", "🦽", "A\u030angstro\u0308m", "'; DROP TABLE orders; --", "{{7*7}}", "${jndi:ldap://a}",
        "<script>alert(1)</script>", '=HYPERLINK("a")',
    ]  # fmt: skip
    answers = [api.post(ORDERS, json=a_bestallning(reference=text), headers=token) for text in kept]
    assert [answer.status_code for answer in answers] == [201] * len(kept)
    shown = [api.get(answer.headers["Location"], headers=token).json()["reference"] for answer in answers]
    assert shown == ["Ångström" if "A\u030a" in text else text for text in kept]


def test_a_body_is_counted_while_it_comes(api: TestClient, token: dict[str, str]) -> None:
    def pieces() -> Any:
        for _ in range(1_000):
            yield b'{"external_id": "' + b"x" * 1_000

    streamed = api.post(ORDERS, content=pieces(), headers=token | JSON)
    said = api.post(ORDERS, content=b"{}", headers=token | JSON | {"Content-Length": "1000000000"})
    form = api.post(ORDERS, data={"external_id": "1"}, headers=token)

    assert (streamed.status_code, said.status_code, form.status_code) == (413, 413, 415)
    for answer in (streamed, said, form):
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_addresses_and_methods_that_are_not_used_are_problems_too(api: TestClient, token: dict[str, str]) -> None:
    told = {
        path: api.get(path, headers=token, follow_redirects=False)
        for path in (
            f"{ORDERS}/", f"{ORDERS}/0", f"{ORDERS}/99999999999999999999", f"{ORDERS}/:", "/api/v1", "/docs",
            f"{HERE}//evil", f"{HERE}//evil/api/v1/orders", f"{ORDERS}/a%2F..%2F1", f"{ORDERS}/1%2Fhistory",
            f"{ORDERS}/a%00:b",
        )
    }  # fmt: skip
    methods = {
        method: api.request(method, ORDERS, headers=token | JSON, content=b"{}")
        for method in ("TRACE", "CONNECT", "PUT", "PATCH", "DELETE")
    }
    overridden = api.get(ORDERS, headers=token | {"X-HTTP-Method-Override": "DELETE"})
    elsewhere = api.get(ORDERS, headers=token | {"Host": "evil.example"})

    assert [answer.status_code for answer in told.values()] == [404] * 6 + [400] * 5
    assert {answer.status_code for answer in methods.values()} == {405}
    assert methods["PUT"].headers["Allow"] == "GET, POST"
    assert (overridden.status_code, elsewhere.status_code) == (405, 400)
    for answer in (*told.values(), *methods.values(), overridden, elsewhere):
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_what_nobody_expected_says_nothing_of_itself(
    api: TestClient, token: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object, **__: object) -> None:
        raise RuntimeError(PERSONNUMMER)

    monkeypatch.setattr("backoffice.api.arriving.receive", fails)

    answer = api.post(ORDERS, json=a_forskrivning(), headers=token)

    assert (answer.status_code, answer.json()["type"]) == (500, "urn:orderflode:internal")
    assert PERSONNUMMER not in answer.text
