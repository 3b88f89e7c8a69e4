"""Who sees stock, utleveranser and notes over HTTP? Whose they are, with permission; a patient's note is a look."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_world import a_token, an_api
from builders import a_world, an_order, own_store_order, run_all, states, store
from fastapi.testclient import TestClient
from people import PERSONNUMMER, delivered_to, logged, patient_of

from config.database import Database
from workflows.patients import Keys, load_keys
from workflows.permissions import Permission


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The API over a small world."""
    a_world(database, stock={("10", "A1"): 100, ("50301", "A1"): 5, ("50301", "A2"): 6, ("50401", "A1"): 7})
    with an_api(database.url, tmp_path) as client:
        yield client


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    """The keys of the web process."""
    return load_keys(tmp_path / "keys.json")


def number_of(database: Database, order_id: int) -> str:
    with database.transaction() as tx:
        row = tx.execute("SELECT number FROM utleverans WHERE order_id = %s", (order_id,)).fetchone()
    assert row is not None
    return str(row[0])


def test_a_kommun_sees_its_own_stores_stock_and_no_others(web: TestClient, database: Database) -> None:
    karlstad, region = a_token(database, kommun="Karlstad"), a_token(database)

    def statuses(who: dict[str, str]) -> list[int]:
        return [
            web.get(f"/api/v1/stores/{code}/stock", headers=who).status_code for code in ("50301", "50401", "10", "99")
        ]

    assert statuses(karlstad) == [200, 404, 404, 404]
    assert statuses(region) == [200, 200, 200, 404]
    assert web.get("/api/v1/stores/50301/stock?article=A2", headers=karlstad).json() == {
        "store": "50301",
        "stock": [{"store": "50301", "article": "A2", "on_hand": 6, "reserved": 0, "outbound": 0}],
        "next": None,
    }


def test_stock_pages_by_article(web: TestClient, database: Database) -> None:
    region = a_token(database)
    first = web.get("/api/v1/stores/50301/stock?limit=1", headers=region).json()
    second = web.get(f"/api/v1/stores/50301/stock?limit=1&after={first['next']}", headers=region).json()

    assert [page["stock"][0]["article"] for page in (first, second)] == ["A1", "A2"]


def test_an_utleverans_is_there_for_the_kommun_of_its_order(web: TestClient, database: Database) -> None:
    (order_id,) = store(database, own_store_order(("A1", 2)))
    run_all(database)
    number = number_of(database, order_id)

    told = web.get(f"/api/v1/utleveranser/{number}", headers=a_token(database, kommun="Karlstad"))

    assert told.status_code == 200
    assert (told.json()["order"], told.json()["lines"][0]["quantity"]) == (order_id, 2)
    others = a_token(database, kommun="Kil")
    for place in (number, f"{number}.pdf", "10-2026-999999", "10-2026-999999.pdf"):
        assert web.get(f"/api/v1/utleveranser/{place}", headers=others).status_code == 404


def test_a_note_that_tells_of_no_patient_needs_the_permission_to_print(web: TestClient, database: Database) -> None:
    (order_id,) = store(database, an_order(("A1", 2)))
    run_all(database)
    place = f"/api/v1/utleveranser/{number_of(database, order_id)}.pdf"
    prints = a_token(database, Permission.PRINT)

    note = web.get(place, headers=prints | {"Range": "bytes=" + ",".join(["0-"] * 1_000)})

    assert (note.status_code, note.headers["content-type"], note.headers["cache-control"]) == (
        200, "application/pdf", "no-store",
    )  # fmt: skip
    assert note.headers["content-disposition"] == f'attachment; filename="{number_of(database, order_id)}.pdf"'
    assert note.content.startswith(b"%PDF")
    assert web.get(place, headers=a_token(database, Permission.READ_ORDERS)).status_code == 403
    assert logged(database) == []


def test_a_patients_note_needs_more_and_is_logged_as_a_look(web: TestClient, database: Database, keys: Keys) -> None:
    order_id = delivered_to(database, keys, PERSONNUMMER, ("A1", 1), told={"name": "Åsa Öberg"})
    number = number_of(database, order_id)
    place = f"/api/v1/utleveranser/{number}.pdf"

    assert web.get(place, headers=a_token(database, Permission.PRINT)).status_code == 403
    sees = a_token(database, Permission.PRINT, Permission.SEE_PATIENT, kommun="Karlstad")
    assert web.get(place, headers=sees).content.startswith(b"%PDF")

    patient = patient_of(database, keys, PERSONNUMMER)
    looks = [(action, whose, why) for action, whose, _, why in logged(database)]
    assert looks == [("denied", patient, "följesedel"), ("print", patient, "följesedel")]


def test_no_log_no_note(web: TestClient, database: Database, keys: Keys) -> None:
    order_id = delivered_to(database, keys, PERSONNUMMER, ("A1", 1), told={"name": "Åsa Öberg"})
    place = f"/api/v1/utleveranser/{number_of(database, order_id)}.pdf"
    mine = a_token(database)
    assert web.get(place, headers=mine).status_code == 200
    with database.session() as session:
        session.execute("ALTER TABLE access_log ADD CHECK (actor = 'nobody') NOT VALID")

    answer = web.get(place, headers=mine)

    assert answer.status_code >= 500
    assert b"%PDF" not in answer.content


def test_a_stream_tells_each_move_of_an_order_and_ends_with_it(web: TestClient, database: Database) -> None:
    (order_id,) = store(database, an_order(("A1", 1)))
    mine = a_token(database)

    with web.stream("GET", f"/api/v1/orders/{order_id}/stream", headers=mine) as stream:
        run_all(database)
        told = "".join(stream.iter_text())

    assert '"state": "delivered"' in told.splitlines()[-2] or '"state": "delivered"' in told
    again = web.get(f"/api/v1/orders/{order_id}/stream", headers=mine | {"Last-Event-ID": told_version(told)})
    assert (again.status_code, again.text) == (200, "")


def told_version(told: str) -> str:
    return [line for line in told.splitlines() if line.startswith("id: ")][-1].removeprefix("id: ")


def test_an_order_of_another_kommun_has_no_stream(web: TestClient, database: Database) -> None:
    (order_id,) = store(database, an_order(("A1", 1)))
    for who in (a_token(database, kommun="Kil"), a_token(database, Permission.READ_STOCK)):
        assert web.get(f"/api/v1/orders/{order_id}/stream", headers=who).status_code in (403, 404)
    assert web.get("/api/v1/orders/999999/stream", headers=a_token(database)).status_code == 404


def test_there_are_so_many_streams_and_no_more(
    web: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    (order_id,) = store(database, an_order(("A1", 1)))
    assert states(database, [order_id]) == ["draft"]
    monkeypatch.setattr("backoffice.api.routes.stream.AT_ONCE", 0)

    answer = web.get(f"/api/v1/orders/{order_id}/stream", headers=a_token(database))

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")


def test_the_status_of_a_kommun_counts_its_own_open_orders(web: TestClient, database: Database) -> None:
    store(database, own_store_order(("A1", 1)), own_store_order(("A1", 1), priority=0))
    store(database, an_order(("A1", 1), receiver_code="04-01", orderer_unit="04-01"))

    def drafts(who: dict[str, str]) -> list[int]:
        orders = web.get("/api/v1/status", headers=who).json()["orders"]
        return [each["count"] for each in orders if each["state"] == "draft"]

    whose = ("Karlstad", "Kil", "Säffle", None)
    assert [drafts(a_token(database, kommun=kommun)) for kommun in whose] == [[2], [1], [], [3]]
    assert web.get("/api/v1/status", headers=a_token(database, kommun="Kil")).json()["due"] == 1
    assert web.get("/api/v1/status", headers=a_token(database, Permission.READ_STOCK)).status_code == 403


def test_the_metrics_tell_of_orders_and_requests_and_of_nobody(web: TestClient, database: Database, keys: Keys) -> None:
    order_id = delivered_to(database, keys, PERSONNUMMER, ("A1", 1), told={"name": "Åsa Öberg"})
    reads = a_token(database, Permission.READ_METRICS)
    web.get(f"/api/v1/utleveranser/{number_of(database, order_id)}", headers=a_token(database))
    web.get(f"/api/v1/{PERSONNUMMER}")
    web.request("BREW", "/health/live")

    text = web.get("/metrics", headers=reads).text

    assert 'orderflode_orders{order_type="forskrivning",state="delivered"} 1.0' in text
    assert "orderflode_database_up 1.0" in text
    assert 'requests_total{method="GET",route="/api/v1/utleveranser/{number}",status="200"} 1.0' in text
    assert 'requests_total{method="GET",route="-",status="404"} 1.0' in text
    assert 'method="-"' in text
    for secret in (PERSONNUMMER, "BREW", number_of(database, order_id), "Karlstad", "token"):
        assert secret not in text


def test_the_metrics_ask_the_database_seldom(web: TestClient, database: Database) -> None:
    reads = a_token(database, Permission.READ_METRICS)
    before = web.get("/metrics", headers=reads).text
    store(database, an_order(("A1", 1)))

    assert 'state="draft"' not in before
    assert 'state="draft"' not in web.get("/metrics", headers=reads).text


def test_the_metrics_are_for_who_may_read_them_in_the_whole_region(web: TestClient, database: Database) -> None:
    assert web.get("/metrics").status_code == 401
    for who in (a_token(database, kommun="Kil"), a_token(database, Permission.READ_STATUS)):
        assert web.get("/metrics", headers=who).status_code == 403


def test_the_metrics_are_open_on_this_host_only_where_a_setting_says_so(database: Database, tmp_path: Path) -> None:
    with an_api(database.url, tmp_path, ORDERFLODE_METRICS_ON_LOOPBACK=True) as client:
        assert client.get("/metrics").status_code == 401
        client._transport.client = ("127.0.0.1", 50_000)  # type: ignore[attr-defined]
        assert client.get("/metrics").status_code == 200


def test_a_stopped_database_is_told_by_health_and_metrics(database: Database, tmp_path: Path) -> None:
    with an_api(database.url, tmp_path, ORDERFLODE_METRICS_ON_LOOPBACK=True) as client:
        client._transport.client = ("127.0.0.1", 50_000)  # type: ignore[attr-defined]
        assert client.get("/health/ready").json() == {"status": "ready"}
        with database.session() as session:
            session.execute("ALTER TABLE orders RENAME TO gone")
        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
        assert "orderflode_database_up 0.0" in client.get("/metrics").text
