"""Does what was delivered come back by the pages as by the command: asked back, received, judged, mended?"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import an_order, balance, own_store_order, run_all, store
from devices_world import a_marked_world, naming, where
from page_client import Pages, pages_of, send, words_of
from return_world import asked

from config.database import Database
from workflows.master_data import Role

pytestmark = pytest.mark.usefixtures("sound_afterwards")


@pytest.fixture
def pages(database: Database, tmp_path: Path) -> Iterator[Pages]:
    """The back office over a region where A9 is individually marked."""
    a_marked_world(database, {"50301": "S/1 S2"})
    with pages_of(database, tmp_path) as pages:
        yield pages


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_return_is_asked_for_received_judged_and_mended(pages: Pages, database: Database) -> None:
    (order,) = store(database, own_store_order(("A1", 3)))
    run_all(database)
    staff = pages.of(Role.LAGERPERSONAL)
    form = staff.get(f"/returer/ny?order={order}")
    assert 'name="antal:1" value="3"' in form.text
    wanted = {"order": str(order), "lager": "50301", "antal:1": "2", "nyckel": hidden(form.text, "nyckel")}
    assert send(staff, "/returer/ny", **wanted, orsak="").status_code == 422
    there = send(staff, "/returer/ny", **wanted, orsak="behövs inte").headers["location"]
    # The same form once more is the same return.
    assert send(staff, "/returer/ny", **wanted, orsak="behövs inte").headers["location"] == there
    assert "2 × A1" in words_of(staff.get("/returer"))

    assert send(staff, f"{there}/ta-emot", **{"antal:1": "3", "version": "1"}).status_code == 422
    assert send(staff, f"{there}/ta-emot", **{"antal:1": "2", "version": "1"}).status_code == 303
    assert send(staff, f"{there}/ta-emot", **{"antal:1": "2", "version": "1"}).status_code in (409, 412)
    judged = {"hylla:1": "1", "reparation:1": "1", "version": "2"}
    assert send(staff, f"{there}/bedom", **judged).status_code == 303
    assert balance(database, "50301", "A1") == (18, 0, 0)
    assert send(staff, f"{there}/laga", **{"hylla:1": "1", "version": "2"}).status_code == 412
    assert send(staff, f"{there}/laga", **{"svinn:1": "1", "version": "3"}).status_code == 422
    assert send(staff, f"{there}/laga", **{"svinn:1": "1", "version": "3", "orsak": "trasig"}).status_code == 303
    assert "avslutad" in words_of(staff.get(there))
    assert there.rpartition("/")[2] not in staff.get("/returer").text
    assert there.rpartition("/")[2] in staff.get("/returer?alla=1").text


def test_a_device_comes_back_by_its_number(pages: Pages, database: Database) -> None:
    (order,) = store(database, naming("S/1", order=own_store_order(("A9", 1))))
    run_all(database)
    staff = pages.of(Role.TEKNIKER)
    answer = send(
        staff, "/returer/ny", **{"order": str(order), "lager": "50301", "orsak": "byts", "individ:1 S/1": "1"}
    )
    there = answer.headers["location"]
    send(staff, f"{there}/ta-emot", **{"individ:1 S/1": "1", "version": "1"})
    assert where(database, "S/1")[0] == "inspection"
    assert send(staff, f"{there}/bedom", **{"individ:1 S/1": "hylla", "version": "2"}).status_code == 303
    assert where(database, "S/1")[:2] == ("store", "50301")


def test_what_does_not_come_is_cancelled_with_a_reason(pages: Pages, database: Database) -> None:
    (order,) = store(database, own_store_order(("A1", 1)))
    run_all(database)
    staff = pages.of(Role.LAGERPERSONAL)
    wanted = {"order": str(order), "lager": "50301", "orsak": "åter", "antal:1": "1"}
    there = send(staff, "/returer/ny", **wanted).headers["location"]
    assert "inget ute" in words_of(staff.get(f"/returer/ny?order={order}"))
    assert send(staff, f"{there}/makulera", orsak="", version="1").status_code == 422
    assert send(staff, f"{there}/makulera", orsak="behålls", version="1").status_code == 303
    assert 'name="antal:1"' in staff.get(f"/returer/ny?order={order}").text


def test_a_return_is_seen_by_who_sees_its_store_and_asked_for_by_who_sees_its_order(
    pages: Pages, database: Database
) -> None:
    (order,) = store(database, an_order(("A1", 1)))
    run_all(database)
    karlstad, kil, hms = pages.of(Role.TEKNIKER), pages.of(Role.TEKNIKER, kommun="Kil"), pages.of(Role.HMS)
    wanted = {"order": str(order), "lager": "10", "orsak": "åter", "antal:1": "1"}
    assert send(kil, "/returer/ny", **wanted).status_code == kil.get(f"/returer/ny?order={order}").status_code == 404
    assert send(karlstad, "/returer/ny", **wanted | {"lager": "50401"}).status_code == 422
    # It comes to HMS, whose store is not the kommun's to see: the order's page tells of it.
    assert send(karlstad, "/returer/ny", **wanted).headers["location"] == f"/ordrar/{order}"
    for visitor, status in ((karlstad, 404), (kil, 404), (hms, 200)):
        assert visitor.get("/returer/R-1").status_code == status
        form = {"antal:1": "2", "version": "1"}
        assert send(visitor, "/returer/R-1/ta-emot", **form).status_code == (422 if status == 200 else 404)
    assert pages.of(Role.PRESCRIBER).get(f"/returer/ny?order={order}").status_code == 403
    for nonsense in ("R-", "x", "R-99", "R-" + "9" * 30):
        assert hms.get(f"/returer/{nonsense}").status_code == 404


def test_a_return_of_a_thousand_lines_is_a_light_page_and_is_received_whole(pages: Pages, database: Database) -> None:
    (order,) = store(database, own_store_order(*[("A1", 1)] * 1_000))
    run_all(database)
    staff = pages.of(Role.LAGERPERSONAL)
    asking = staff.get(f"/returer/ny?order={order}")
    assert ("fler rader ute" in asking.text, len(asking.content) < 200_000) == (True, True)
    return_id = asked(database, order, to="50301")
    page = staff.get(f"/returer/R-{return_id}")
    assert ("och 850 rader till" in words_of(page).lower(), len(page.content) < 200_000) == (True, True)
    assert send(staff, f"/returer/R-{return_id}/ta-emot", allt="1", version="1").status_code == 303
    page = staff.get(f"/returer/R-{return_id}")
    assert len(page.content) < 200_000
    assert send(staff, f"/returer/R-{return_id}/bedom", **{"hylla:7": "1", "version": "2"}).status_code == 303
