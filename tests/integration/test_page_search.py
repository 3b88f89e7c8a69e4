"""Does a number lead to the thing that has it, for who may see it, and somebody's number nowhere?

Next: backoffice/pages/routes/search.py.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from builders import a_world, an_order, own_store_order, run_all, store
from fastapi.testclient import TestClient
from people import PERSONNUMMER
from web_world import a_web_process, an_account, logged_in

from backoffice.pages.device_address import device_address
from config.database import Database
from workflows.device_register import RegisteredDevice, register_devices
from workflows.master_data import Role
from workflows.searching import search


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The web process over a small world."""
    a_world(database, stock={("10", "A1"): 9, ("50401", "A1"): 9, ("50301", "A1"): 9})
    an_account(database, "hms", Role.HMS)
    an_account(database, "kil", Role.LAGERPERSONAL, kommun="Kil")
    an_account(database, "admin", Role.ADMIN)
    with a_web_process(database.url, tmp_path) as client:
        yield client


def sought(browser: TestClient, wanted: str) -> Any:
    return browser.post("/sok", data={"q": wanted}, follow_redirects=False)


def leads_to(browser: TestClient, wanted: str) -> str:
    answer = sought(browser, wanted)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def registered(database: Database, *devices: tuple[str, str]) -> None:
    """Devices of article A2, each a store and a serial number."""
    with database.transaction() as tx:
        register_devices(tx, [RegisteredDevice(place, "A2", serial) for place, serial in devices], "test")


def number_of(database: Database, order_id: int) -> str:
    with database.transaction() as tx:
        row = tx.execute("SELECT number FROM utleverans WHERE order_id = %s", (order_id,)).fetchone()
    assert row is not None
    return str(row[0])


def test_each_kind_of_number_leads_straight_to_its_page(web: TestClient, database: Database) -> None:
    (order_id,) = store(database, an_order(("A1", 1), source="journal", external_id="RÅ:7"))
    run_all(database)
    registered(database, ("50301", "IND/1"))
    hms = logged_in(web, "hms")

    page = f"/ordrar/{order_id}"
    assert [leads_to(hms, wanted) for wanted in (str(order_id), "journal:RÅ:7", " RÅ:7 ")] == [page] * 3
    number = number_of(database, order_id)
    assert leads_to(hms, number) == f"/utleveranser/{number}"
    assert leads_to(hms, "IND/1") == device_address("A2", "IND/1")
    assert hms.get("/sok", params={"q": "RÅ:7"}, follow_redirects=False).headers["location"] == page
    for wanted in ("RÅ:7", number, "IND/1"):
        assert hms.get(leads_to(hms, wanted)).status_code == 200


def test_who_may_not_see_stock_finds_no_device(web: TestClient, database: Database) -> None:
    registered(database, ("50301", "IND-2"))
    with database.transaction() as tx:
        assert len(search(tx, "IND-2", [], devices=True)) == 1
        assert search(tx, "IND-2", [], devices=False) == []


def test_what_several_have_is_a_short_list_of_them(web: TestClient, database: Database) -> None:
    ids = store(database, *(an_order(("A1", 1), source=source, external_id="<4711>") for source in ("a", "b", "c")))

    page = sought(logged_in(web, "hms"), "<4711>")

    assert page.status_code == 200
    assert [f'href="/ordrar/{order_id}"' in page.text for order_id in ids] == [True] * 3
    assert "a:&lt;4711&gt;" in page.text and "<4711>" not in page.text


def test_another_kommuns_things_are_not_found(web: TestClient, database: Database) -> None:
    karlstads, kils = store(
        database, own_store_order(("A1", 1), external_id="K-1"),
        own_store_order(("A1", 1), external_id="K-2", sender="50401", orderer_unit="04-01", receiver_code="04-01"),
    )  # fmt: skip
    run_all(database)
    registered(database, ("50301", "KARLSTADS"), ("50401", "KILS"))
    kil = logged_in(web, "kil")

    for wanted in (str(karlstads), "K-1", "test:K-1", number_of(database, karlstads), "KARLSTADS"):
        assert sought(kil, wanted).status_code == 404
    assert leads_to(kil, "K-2") == f"/ordrar/{kils}"
    assert leads_to(kil, "KILS") == device_address("A2", "KILS")


def test_what_is_not_found_is_told_with_what_can_be_sought(web: TestClient) -> None:
    hms = logged_in(web, "hms")

    page = sought(hms, "<b>fel</b>")

    assert page.status_code == 404
    assert "Hittades inte: &lt;b&gt;fel&lt;/b&gt;" in page.text and "10-2026-000042" in page.text
    assert hms.get("/sok").status_code == 200
    assert sought(hms, "\x00").status_code == 422
    assert sought(hms, "9" * 30).status_code == 404


@pytest.mark.parametrize("written", [PERSONNUMMER, f"{PERSONNUMMER[:8]}-{PERSONNUMMER[8:]}", f"journal:{PERSONNUMMER}"])
def test_somebodys_number_is_neither_sought_nor_told_again(
    web: TestClient, written: str, capsys: pytest.CaptureFixture[str]
) -> None:
    hms = logged_in(web, "hms")
    for answer in (sought(hms, written), hms.get("/sok", params={"q": written}, follow_redirects=False)):
        assert (answer.status_code, answer.headers["location"]) == (303, "/sok?om=patient")
        assert PERSONNUMMER[-4:] not in answer.text + str(answer.headers)
    page = hms.get("/sok?om=patient")
    assert page.status_code == 200 and 'href="/patient"' in page.text
    assert 'href="/patient"' not in logged_in(web, "kil").get("/sok?om=patient").text
    told = capsys.readouterr()
    assert PERSONNUMMER[-4:] not in told.out + told.err


def test_a_mistyped_number_is_not_told_again_either(web: TestClient) -> None:
    mistyped = PERSONNUMMER[:-1] + str((int(PERSONNUMMER[-1]) + 1) % 10)
    page = sought(logged_in(web, "hms"), mistyped)
    assert page.status_code == 404 and "Hittades inte" in page.text and mistyped not in page.text


def test_who_sees_no_orders_is_offered_no_search(web: TestClient) -> None:
    admin = logged_in(web, "admin")
    assert 'action="/sok"' not in admin.get("/profil").text
    assert sought(admin, "1").status_code == 403
