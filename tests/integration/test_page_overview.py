"""Does Översikt tell how things stand, to each what is theirs, and where to go on?

How it looks and moves: ../browser/test_overview.py. Next: backoffice/pages/routes/overview.py.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path

import pytest
from builders import CONFIRMED, a_lagerflytt, a_world, an_order, in_state, own_store_order, run_all, store
from fastapi.testclient import TestClient
from web_world import a_web_process, an_account, logged_in

from backoffice.api.cookies import SESSION
from backoffice.pages.visit import BY_ITSELF
from config.database import Database
from workflows.heartbeats import CANARY, DISPATCHER, beat
from workflows.master_data import Role
from workflows.order_counts import roll_up

TEXT = re.compile(r"<[^>]*>")


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The web process over a small world where at lager 10 and in Karlstad a person confirms."""
    a_world(database, stock={("10", "A1"): 9, ("50301", "A1"): 9}, picking_50301="confirmed", **CONFIRMED)
    an_account(database, "hms", Role.HMS)
    an_account(database, "admin", Role.ADMIN)
    an_account(database, "kil", Role.LAGERPERSONAL, kommun="Kil")
    an_account(database, "karlstad", Role.LAGERPERSONAL, kommun="Karlstad")
    with a_web_process(database.url, tmp_path) as client:
        yield client


def shown(browser: TestClient, **headers: str) -> str:
    answer = browser.get("/", headers={"Accept": "text/html", **headers})
    assert answer.status_code == 200, answer.text
    return answer.text


def tiles(page: str) -> dict[str, str]:
    """What each tile says, by its link's id or its words: the number that it shows."""
    found = {}
    for tile in re.findall(r'<li class="tile.*?</li>', page, re.DOTALL):
        said = TEXT.sub(" ", tile).split()
        name = re.search(r'id="behover-(\w+)"', tile)
        found[name.group(1) if name else said[1]] = unescape(said[0])
    return found


def test_the_three_numbers_and_what_needs_somebody_are_told(web: TestClient, database: Database) -> None:
    store(database, an_order(("A1", 1)), a_lagerflytt(("A1", 1)), own_store_order(("A1", 1)))
    run_all(database)
    in_state(database, "utleverans", ("A1", 1))
    in_state(database, "delivered", ("A1", 1))
    in_state(database, "rejected")
    in_state(database, "backordered", ("A5", 1))
    with database.session() as owner:
        owner.execute("UPDATE orders SET held_since = now(), held_reason = 'x' WHERE state = 'utleverans'")
        owner.execute("UPDATE orders SET state_since = now() - interval '90 days' WHERE sender = '50301'")

    told = tiles(shown(logged_in(web, "hms")))

    assert (told["väntar"], told["packade"], told["levererade"]) == ("4", "1", "1")
    assert {name: told[name] for name in ("held", "own_store", "rejected", "backordered", "pick", "stopped")} == {
        "held": "1", "own_store": "1", "rejected": "1", "backordered": "1", "pick": "0", "stopped": "0"
    }  # fmt: skip


def test_each_number_leads_to_the_list_of_what_it_counts(web: TestClient, database: Database) -> None:
    in_state(database, "rejected")
    links = {unescape(link) for link in re.findall(r'href="(/ordrar\?[^"]*)"', shown(logged_in(web, "hms")))}
    assert {"/ordrar?held=1", "/ordrar?state=rejected", "/ordrar?state=backordered", "/ordrar?state=validated"} <= links
    assert {
        f"/ordrar?type={order_type}&state={state}"
        for order_type in ("lagerflyttsorder", "bestallning", "forskrivning")
        for state in ("draft", "delivered", "rejected")
    } <= links
    assert "/ordrar" not in shown(logged_in(web, "admin"))


def test_a_kommun_is_told_of_its_own_orders_alone(web: TestClient, database: Database) -> None:
    store(database, own_store_order(("A1", 1)))
    run_all(database)
    in_state(database, "delivered", ("A1", 1))

    karlstad, kil = (shown(logged_in(web, login)) for login in ("karlstad", "kil"))

    assert (tiles(karlstad)["väntar"], tiles(karlstad)["levererade"]) == ("1", "1")
    assert (tiles(kil)["väntar"], tiles(kil)["levererade"]) == ("0", "0")
    assert "Webhookar som inte hörts".lower() not in kil.lower()


def test_a_day_is_told_by_the_hour_and_since_when(web: TestClient, database: Database) -> None:
    store(database, an_order(("A1", 1)), an_order(("A1", 1)))
    run_all(database)
    with database.session() as owner:
        roll_up(owner)
        owner.execute("UPDATE order_count_hour SET hour = hour - interval '30 hours'")
    store(database, an_order(("A1", 1)))

    page = shown(logged_in(web, "hms"))

    (received,) = re.findall(r"<figcaption>Mottagna <strong>(.*?)</strong>", page)
    assert received == "1"
    row = TEXT.sub(" ", page[page.index("state state-draft") :].partition("</tr>")[0].partition(">")[2])
    assert row.split() == ["utkast", "0", "±0", "–", "1", "+1", "2026-11-20", "09:00", "0", "±0", "–"]


def test_whether_dispatcher_and_workers_live_is_told(web: TestClient, database: Database) -> None:
    hms = logged_in(web, "hms")
    assert shown(hms).count("syns inte") == 2
    with database.transaction() as tx:
        beat(tx, DISPATCHER, {"degraded": True})
        beat(tx, CANARY)
        tx.execute("UPDATE heartbeat SET seen_at = seen_at - interval '40 s' WHERE name = %s", (CANARY,))
    page = shown(hms)
    assert "Kön är tyst" in page and page.count("arbetar</span>") == page.count("dröjer</span>") == 1


def test_what_the_page_asks_by_itself_is_a_part_and_keeps_nobody_logged_in(web: TestClient, database: Database) -> None:
    hms = logged_in(web, "hms")

    def idle(minutes: int) -> None:
        with database.session() as owner:
            owner.execute("UPDATE session SET last_seen_at = clock_timestamp() - %s", (timedelta(minutes=minutes),))

    by_itself = {"HX-Request": "true", BY_ITSELF: "yes"}
    idle(29)
    part = shown(hms, **by_itself)
    assert part.lstrip().startswith('<div id="nu"') and "<html" not in part
    idle(31)
    gone = hms.get("/", headers=by_itself)
    assert (gone.status_code, gone.headers["hx-redirect"]) == (401, "/logga-in")
    assert hms.cookies[SESSION]


def test_a_persons_own_asking_keeps_them_logged_in(web: TestClient, database: Database) -> None:
    hms = logged_in(web, "hms")
    seen = "SELECT last_seen_at > clock_timestamp() - interval '1 minute' FROM session"
    with database.session() as owner:
        owner.execute("UPDATE session SET last_seen_at = clock_timestamp() - interval '29 minutes'")
        shown(hms, **{"HX-Request": "true", BY_ITSELF: "yes"})
        assert owner.execute(seen).fetchone() == (False,)
        shown(hms, **{"HX-Request": "true"})
        assert owner.execute(seen).fetchone() == (True,)


def test_the_page_weighs_little(web: TestClient) -> None:
    assert len(shown(logged_in(web, "hms")).encode()) < 100_000
