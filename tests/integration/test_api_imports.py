"""What becomes of a file of orders that comes over HTTP? As by the command line, each order with its verdict; and of
somebody of a kommun, that kommun's orders alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_world import a_token, an_api
from builders import a_world, run_all
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from order_files import NUMBER, a_body, to_a_patient
from workbooks import CELLS, COLUMNS, a_workbook

from backoffice.api.uploads import received
from config.database import Database
from workflows.permissions import Permission

KIL = {"receiver": {"kind": "vardenhet", "id": "04-01"}, "orderer": {"person": "best", "unit": "04-01"}}


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The API over a small world, with a limit of 20,000 bytes a file."""
    a_world(database, stock={("10", "A1"): 100})
    with an_api(database.url, tmp_path, ORDERFLODE_UPLOAD_BYTES=20_000) as client:
        yield client


def ndjson(*bodies: dict[str, Any] | str) -> bytes:
    return "".join((body if isinstance(body, str) else json.dumps(body)) + "\n" for body in bodies).encode()


def codes(answer: dict[str, Any]) -> dict[str, list[tuple[str, str]]]:
    return {
        order["external_id"]: [(each["code"], each["field"]) for each in order["violations"]]
        for order in answer["orders"]
        if order["violations"]
    }


def test_a_bad_row_refuses_its_own_order_and_the_others_are_taken(web: TestClient, database: Database) -> None:
    bodies = [a_body(f"B-{number}") for number in range(5)]
    bodies[3]["lines"][0]["quantity"] = 0

    answer = web.post("/api/v1/imports", content=ndjson(*bodies, "{"), headers=a_token(database))

    assert answer.status_code == 201
    told = answer.json()
    assert (told["accepted"], told["refused"], told["unchanged"]) == (4, 2, 0)
    assert codes(told) == {"B-3": [("quantity", "lines[0].quantity")], None: [("field-format", "rows[6]")]}
    assert [order["rows"] for order in told["orders"]] == [[4, 4], [6, 6]]
    run_all(database)
    known = web.get(answer.headers["location"], headers=a_token(database)).json()
    assert [(order["external_id"], order["verdict"], order["state"]) for order in known["orders"]] == [
        ("B-0", "accepted", "delivered"), ("B-1", "accepted", "delivered"), ("B-2", "accepted", "delivered"),
        ("B-3", "refused", None), ("B-4", "accepted", "delivered"), (None, "refused", None),
    ]  # fmt: skip


def test_an_import_is_read_page_by_page(web: TestClient, database: Database) -> None:
    mine = a_token(database)
    batch = web.post("/api/v1/imports", content=ndjson(*map(a_body, "ABC")), headers=mine).json()["batch"]

    first = web.get(f"/api/v1/imports/{batch}?limit=2", headers=mine).json()
    last = web.get(f"/api/v1/imports/{batch}?limit=2&after={first['next']}", headers=mine).json()

    assert [order["external_id"] for order in first["orders"] + last["orders"]] == ["A", "B", "C"]
    assert last["next"] is None


def test_the_same_file_twice_is_recognised_and_changes_nothing(web: TestClient, database: Database) -> None:
    mine, file = a_token(database), ndjson(a_body("B-1"))
    first = web.post("/api/v1/imports", content=file, headers=mine).json()

    second = web.post("/api/v1/imports", content=file, headers=mine).json()

    assert (second["seen_before"], second["accepted"], second["unchanged"]) == (first["batch"], 0, 1)


def test_a_dry_run_judges_the_rules_and_stores_nothing(web: TestClient, database: Database) -> None:
    file = ndjson(a_body("B-1"), a_body("B-2", lines=[{"article": "unknown", "quantity": 1}]))

    answer = web.post("/api/v1/imports?dry_run=true", content=file, headers=a_token(database))

    assert answer.status_code == 200
    told = answer.json()
    assert (told["batch"], told["accepted"], told["would_reject"]) == (None, 2, 1)
    assert told["rejections"][0]["violations"][0]["code"] == "article-unknown"
    with database.transaction() as tx:
        assert tx.execute("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM intake_batch)").fetchone() == (
            0,
            0,
        )


def test_the_type_is_told_by_the_content_whatever_the_name(web: TestClient, database: Database, tmp_path: Path) -> None:
    mine = a_token(database)
    workbook = a_workbook(tmp_path / "w.xlsx", COLUMNS, ["X-1", *CELLS[1:]]).read_bytes()
    table = f"{';'.join(COLUMNS)}\r\n{';'.join(map(str, ['C-1', *CELLS[1:]]))}\r\n".encode("utf-16")

    for name, content in (("../../etc/passwd", workbook), ("orders.xlsx", table), ("a\x00.pdf", ndjson(a_body("N-1")))):
        answer = web.post("/api/v1/imports", files={"file": (name, content, "image/png")}, headers=mine)
        assert (answer.status_code, answer.json().get("accepted")) == (201, 1), answer.text


def test_a_foreign_file_comes_with_its_mapping(web: TestClient, database: Database) -> None:
    columns = {"external_id": "Nr", "article": "Artikel", "quantity": "Antal"}
    constants = {
        "order_type": "bestallning", "sender": "10", "receiver_kind": "vardenhet", "receiver_id": "03-05",
        "orderer_person": "best", "orderer_unit": "03-05",
    }  # fmt: skip
    mapping = "[columns]\n" + "".join(f'{ours} = "{theirs}"\n' for ours, theirs in columns.items())
    mapping += "[constants]\n" + "".join(f'{ours} = "{text}"\n' for ours, text in constants.items())

    answer = web.post(
        "/api/v1/imports", files={"file": ("x", b"Nr;Artikel;Antal\nF-1;A1;2\n")}, data={"mapping": mapping},
        headers=a_token(database),
    )  # fmt: skip

    assert answer.json()["accepted"] == 1, answer.text


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\x1f\x8b\x08", b"a;b;c\n1;2;3\n", b"[1, 2]"])
def test_a_file_that_cannot_be_used_is_refused_with_a_sentence(
    web: TestClient, database: Database, content: bytes
) -> None:
    answer = web.post("/api/v1/imports", content=content, headers=a_token(database))

    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["violations"][0]["code"] == "file-unusable"


def test_a_file_that_is_too_large_is_refused_whatever_its_length_says(web: TestClient, database: Database) -> None:
    def pieces() -> Iterator[bytes]:
        yield from [b" " * 5_000] * 5

    mine = a_token(database)
    for content in (b" " * 20_001, pieces()):
        assert web.post("/api/v1/imports", content=content, headers=mine).status_code == 413
    form = {"file": ("x", b" " * 20_000)}
    assert web.post("/api/v1/imports", files=form, headers=mine).status_code == 413


def test_an_urlencoded_body_is_no_file(web: TestClient, database: Database) -> None:
    fields = "&".join(f"f{number}=1" for number in range(1_000))
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert web.post("/api/v1/imports", content=fields, headers=a_token(database) | kind).status_code == 415


def test_who_may_not_import_is_told_before_the_file_is_read(web: TestClient, database: Database) -> None:
    assert web.post("/api/v1/imports", content=b" " * 30_000).status_code == 401
    reads = a_token(database, Permission.READ_ORDERS)
    assert web.post("/api/v1/imports", content=b" " * 30_000, headers=reads).status_code == 403


def test_somebody_of_a_kommun_sends_that_kommuns_orders_alone(web: TestClient, database: Database) -> None:
    bodies = [
        a_body("OWN"),
        a_body("UNIT", **KIL),
        a_body("RECEIVER", receiver=KIL["receiver"]),
        a_body("STORE", sender="50401"),
    ]

    told = web.post("/api/v1/imports", content=ndjson(*bodies), headers=a_token(database, kommun="Karlstad")).json()

    assert told["accepted"] == 1
    assert codes(told) == {
        "UNIT": [("unit-unknown", "orderer.unit"), ("vardenhet-unknown", "receiver.id")],
        "RECEIVER": [("vardenhet-unknown", "receiver.id")],
        "STORE": [("store-unknown", "sender")],
    }


def test_a_lagerflytt_to_another_kommuns_store_is_not_theirs(web: TestClient, database: Database) -> None:
    def lagerflytt(external_id: str, store: str) -> dict[str, Any]:
        return a_body(
            external_id, order_type="lagerflyttsorder", customer_order_type="lagerflytt",
            receiver={"kind": "kommunlager", "id": store}, orderer={"person": "lager", "unit": "03-05"},
        )  # fmt: skip

    file = ndjson(lagerflytt("OWN", "50301"), lagerflytt("OTHERS", "50401"))
    told = web.post("/api/v1/imports", content=file, headers=a_token(database, kommun="Karlstad")).json()

    assert (told["accepted"], codes(told)) == (1, {"OTHERS": [("store-unknown", "receiver.id")]})


def test_a_token_sends_what_its_scopes_create_and_as_its_own_source(web: TestClient, database: Database) -> None:
    scopes = (Permission.IMPORT, Permission.CREATE_BESTALLNING)
    file = ndjson(a_body("B-1"), to_a_patient("F-1"), a_body("B-2", source="journal"), a_body("B-3", source="system"))

    answer = web.post("/api/v1/imports", content=file, headers=a_token(database, *scopes, source="system"))

    assert answer.json()["accepted"] == 2
    assert codes(answer.json()) == {"F-1": [("not-permitted", "order_type")], "B-2": [("field-format", "source")]}
    assert NUMBER not in answer.text


def test_an_import_is_there_for_the_kommun_it_was_made_for(web: TestClient, database: Database) -> None:
    mine, others, regions = a_token(database, kommun="Karlstad"), a_token(database, kommun="Kil"), a_token(database)
    place = web.post("/api/v1/imports", content=ndjson(a_body("B-1")), headers=mine).headers["location"]

    assert [web.get(place, headers=each).status_code for each in (mine, regions, others)] == [200, 200, 404]
    assert web.get("/api/v1/imports/999999999999999999999", headers=regions).status_code == 404


@pytest.mark.parametrize("form", [True, False])
def test_the_uploaded_file_is_on_the_disk_under_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, form: bool
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    app = FastAPI()

    @app.post("/")
    async def look(request: Request) -> tuple[int, list[str]]:
        async with received(request, 10_000_000) as upload:
            return upload.path.stat().st_size, [path.name for path in tmp_path.iterdir()]

    file = NUMBER.encode() * 250_000
    answer = TestClient(app).post("/", **({"files": {"file": ("f", file)}} if form else {"content": file}))

    assert answer.json() == [len(file), []]
