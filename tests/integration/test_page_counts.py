"""Is a store counted by its pages as by the command: opened, written in, scanned, closed? Next: test_stock_count.py."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from at_once import at_once
from builders import balance
from devices_world import a_marked_world, where
from fastapi.testclient import TestClient
from page_client import pages_of, send, words_of
from people import PERSONNUMMER

from config.database import Database
from workflows.counts.opening import open_count
from workflows.counts.reading import list_counts, show_count
from workflows.counts.scanning import scan
from workflows.master_data import Role

pytestmark = pytest.mark.usefixtures("sound_afterwards")

HERE = "/lager/50301/inventering"


@pytest.fixture
def hms(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """Somebody who may count, in a region where A8 and A9 are individually marked, and A9 stands in 50301."""
    a_marked_world(database, {"50301": "S1 S2"})
    with pages_of(database, tmp_path) as pages:
        yield pages.of(Role.HMS)


def opened(visitor: TestClient, *articles: str) -> str:
    """Open a count of these articles; its page."""
    answer = send(visitor, HERE, vad="artiklar", artiklar="\n".join(articles))
    assert answer.status_code == 303, answer.text
    address: str = answer.headers["location"]
    return address


def line_of(database: Database, article: str) -> dict[str, Any]:
    with database.transaction() as tx:
        number = int(list_counts(tx, "50301")[0]["id"].removeprefix("I-"))
        return next(each for each in show_count(tx, number)["lines"] if each["article"] == article)


def test_what_is_written_in_and_closed_is_booked_once(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A1")
    assert "Förväntat" not in hms.get(count).text
    assert send(hms, count, **{"antal:A1": "17", "hade:A1": ""}).status_code == 303
    assert "A1 Artikel 1 20 17 −3" in words_of(hms.get(f"{count}/skillnader"))
    assert send(hms, f"{count}/stang", orsak="").status_code == 422
    assert send(hms, f"{count}/stang", orsak="kvartalsräkning").status_code == 303
    assert balance(database, "50301", "A1") == (17, 0, 0)
    again = send(hms, f"{count}/stang", orsak="kvartalsräkning")
    assert (again.status_code, balance(database, "50301", "A1")) == (422, (17, 0, 0))


def test_what_another_has_written_in_meanwhile_is_left_as_it_is(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A1", "A2")
    send(hms, count, **{"antal:A1": "20", "hade:A1": "", "antal:A2": "", "hade:A2": ""})
    # The page that was shown before that has the other's line as it stood then.
    send(hms, count, **{"antal:A1": "", "hade:A1": "", "antal:A2": "3", "hade:A2": ""})
    assert [line_of(database, article)["counted"] for article in ("A1", "A2")] == [20, 3]
    send(hms, count, **{"antal:A1": "19", "hade:A1": "20"})
    send(hms, count, **{"antal:A1": "20", "hade:A1": "20", "antal:A2": "4", "hade:A2": "3"})
    assert [line_of(database, article)["counted"] for article in ("A1", "A2")] == [19, 4]


def test_what_is_no_number_is_told_beside_it_and_stays(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A1", "A2")
    refused = send(hms, count, **{"antal:A1": "tjugo", "hade:A1": "", "antal:A2": "3", "hade:A2": ""})
    assert refused.status_code == 422
    assert 'value="tjugo"' in refused.text
    assert "Ett heltal från 0 till" in words_of(refused)
    assert line_of(database, "A2")["counted"] is None


def test_devices_are_scanned_and_taken_back_and_others_are_registered_at_the_close(
    hms: TestClient, database: Database
) -> None:
    count = opened(hms, "A9", "A1")
    for number, units in (("S1", 1), ("S1", 1), ("X/9", 2), ("Y", 3)):
        assert send(hms, f"{count}/skanna", skannat=number).status_code == 303
        assert line_of(database, "A9")["counted"] == units
    assert send(hms, f"{count}/ta-bort", bort="A9 Y").status_code == 303
    assert line_of(database, "A9")["serial_numbers"] == ["S1", "X/9"]
    assert "A9 S2 : saknas A9 X/9 : okända, registreras här" in words_of(hms.get(f"{count}/skillnader"))
    send(hms, f"{count}/stang", orsak="räkning")
    assert [where(database, each)[:2] for each in ("S1", "S2", "X/9")] == [
        ("store", "50301"), ("difference", "50301"), ("store", "50301"),
    ]  # fmt: skip


def test_an_article_that_is_scanned_is_one_more_of_it(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A1", "A9")
    for _ in range(3):
        send(hms, f"{count}/skanna", skannat="A1")
    assert line_of(database, "A1")["counted"] == 3
    assert "skanna individnumret" in words_of(send(hms, f"{count}/skanna", skannat="A9"))


def test_an_unknown_number_is_asked_about_where_it_may_be_of_two_articles(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A8", "A9")
    asked = send(hms, f"{count}/skanna", skannat="Z1")
    assert (asked.status_code, "välj vilken artikel" in asked.text) == (422, True)
    assert send(hms, f"{count}/skanna", skannat="Z1", artikel="A8").status_code == 303
    assert line_of(database, "A8")["serial_numbers"] == ["Z1"]
    assert send(hms, f"{count}/skanna", skannat="Z2", artikel="finns inte").status_code == 422


def test_none_found_is_an_answer(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A9")
    send(hms, count, inga="A9")
    assert line_of(database, "A9")["counted"] == 0


def test_somebodys_number_is_neither_taken_nor_repeated(hms: TestClient) -> None:
    count = opened(hms, "A9")
    refused = send(hms, f"{count}/skanna", skannat=PERSONNUMMER)
    assert (refused.status_code, PERSONNUMMER in refused.text) == (422, False)


def test_a_count_that_is_cancelled_books_nothing_and_takes_nothing_more(hms: TestClient, database: Database) -> None:
    count = opened(hms, "A1")
    send(hms, count, **{"antal:A1": "1", "hade:A1": ""})
    assert send(hms, f"{count}/avbryt", orsak="fel lager").status_code == 303
    assert send(hms, count, **{"antal:A1": "2", "hade:A1": "1"}).status_code == 422
    assert balance(database, "50301", "A1") == (20, 0, 0)


def test_what_is_counted_already_is_not_opened_again(hms: TestClient) -> None:
    opened(hms, "A1")
    refused = send(hms, HERE, vad="artiklar", artiklar="A1")
    assert (refused.status_code, "Räknas redan: A1 i I-" in words_of(refused)) == (422, True)
    assert send(hms, HERE, vad="hylla", hylla="").status_code == 422
    assert send(hms, HERE, vad="artiklar", artiklar="finns inte").status_code == 422


def test_what_a_supplier_brings_is_received_once(hms: TestClient, database: Database) -> None:
    there = "/lager/50301/ta-emot"
    sent = {"artikel": "A9", "antal": "2", "dokument": "F-1", "individer": "N/1\r\nN2\r\n"}
    assert send(hms, there, **sent | {"individer": "N1"}).status_code == 422
    assert send(hms, there, **sent).status_code == 303
    assert where(database, "N/1")[:2] == ("store", "50301")
    again = send(hms, there, **sent)
    assert (again.status_code, "Redan bokförd" in again.text, "N/1" in again.text) == (422, True, True)
    unknown = send(hms, there, artikel="finns inte", antal="1", dokument="F-2")
    assert (unknown.status_code, "Artikeln finns inte" in unknown.text) == (422, True)
    assert send(hms, there, artikel="", antal="noll", dokument="").status_code == 422


def test_two_who_scan_the_same_shelf_at_once_lose_no_device(database: Database) -> None:
    a_marked_world(database)
    count = open_count(database, "50301", articles=["A9"], actor="test")

    def scanner(number: int) -> Callable[[Database], object]:
        return lambda own: scan(own, count, f"N{number}", article=None, actor="test")

    at_once(database.url, *map(scanner, range(8)))
    serials = line_of(database, "A9")["serial_numbers"]
    assert sorted(serials) == [f"N{number}" for number in range(8)]
