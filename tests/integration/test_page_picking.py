"""What do the pages of picking show and do? Asked without a browser: whose orders, which refusals, what is kept."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import pytest
from acceptance.pdf_barcodes import barcodes_in
from builders import (
    CONFIRMED,
    a_lagerflytt,
    a_prescription,
    an_order,
    goods_moved,
    history,
    own_store_order,
    receive,
    rests_of,
    run_all,
    states,
    store,
)
from devices_world import a_marked_world, naming, numbers_of
from pages_by_http import visiting
from starlette.testclient import TestClient
from web_world import a_web_process

from backoffice.pages.visit import SAID
from config.database import Database
from workflows.cohort import run_named
from workflows.master_data import Role
from workflows.steps import pick
from workflows.steps.cancel import CANCEL

BY_PART = {"HX-Request": "true"}
ANOTHERS = {"receiver_code": "04-01", "orderer_unit": "04-01"}


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """The web process over a world where a person confirms at lager 10 and in Karlstad's store."""
    a_marked_world(database, {"10": "S1 S2 S3"}, picking_50301="confirmed", **CONFIRMED)
    receive(database, {("10", "A2"): 50, ("10", "A3"): 50})
    with a_web_process(database.url, tmp_path) as client:
        yield client


@pytest.fixture
def hms(web: TestClient, database: Database) -> TestClient:
    """Somebody who sees the whole region."""
    return visiting(web, database, Role.HMS)


def waiting(database: Database, *orders: object) -> list[int]:
    """The orders, validated and waiting for a person's pick."""
    ids = store(database, *orders)  # type: ignore[arg-type]
    run_all(database)
    assert set(states(database, ids)) == {"validated"}
    return ids


def said(answer: object) -> str:
    return unquote(answer.cookies.get(SAID))  # type: ignore[attr-defined]


def test_the_queue_stands_by_priority_and_age_with_its_lines_by_shelf(hms: TestClient, database: Database) -> None:
    first, urgent = waiting(database, an_order(("A3", 2), ("A1", 1)), an_order(("A2", 7), priority=0))
    (held,) = waiting(database, an_order(("A2", 1)))
    with database.transaction() as tx:
        tx.execute("UPDATE orders SET held_since = now(), held_reason = 'fel' WHERE id = %s", (held,))

    page = hms.get("/plock?lager=10").text

    assert page.index(f'id="order-{urgent}"') < page.index(f'id="order-{first}"')
    row = page[page.index(f'id="order-{first}"') :]
    assert row.index("A1 Artikel 1") < row.index("A3 Artikel 3")
    assert f'id="order-{held}"' not in page


def test_a_page_ends_with_the_key_of_the_next_one(
    hms: TestClient, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backoffice.pages.routes.picking.PAGE", 2)
    ids = waiting(database, *[an_order(("A1", 1)) for _ in range(3)])

    page = hms.get("/plock?lager=10").text

    assert f'rel="next" href="/plock?lager=10&amp;efter={ids[1]}"' in page
    assert f'id="order-{ids[2]}"' not in page
    following = hms.get(f"/plock?lager=10&efter={ids[1]}").text
    assert f'id="order-{ids[2]}"' in following
    assert 'rel="next"' not in following


def test_a_patients_order_names_the_unit_and_a_protected_one_nothing(hms: TestClient, database: Database) -> None:
    waiting(database, a_prescription(("A1", 1)), a_prescription(("A1", 1), protected=True))

    page = hms.get("/plock?lager=10").text

    assert page.count('Patient <small class="code">via 03-05</small>') == 1
    assert page.count("<td>Patient") == 2


def test_each_sees_the_stores_and_orders_of_their_kommun(web: TestClient, database: Database) -> None:
    own, others = waiting(database, an_order(("A1", 1)), an_order(("A1", 1), **ANOTHERS))
    karlstad, kil = (visiting(web, database, Role.LAGERPERSONAL, kommun) for kommun in ("Karlstad", "Kil"))

    mine, theirs = karlstad.get("/plock?lager=10").text, kil.get("/plock").text

    assert (f'id="order-{own}"' in mine, f'id="order-{others}"' in mine) == (True, False)
    assert (f'id="order-{own}"' in theirs, f'id="order-{others}"' in theirs) == (False, True)
    assert "Plock: lager 50301" in karlstad.get("/plock").text  # one's own store first
    assert kil.get("/plock?lager=50301").status_code == 404


def test_a_scan_picks_the_order_in_the_name_of_who_scans(hms: TestClient, database: Database) -> None:
    by_code, by_foreign_keyboard = waiting(database, an_order(("A1", 1)), an_order(("A1", 1)))
    scans = (f"ORDER-{by_code}", f" order+{by_foreign_keyboard} ")

    answers = [hms.post("/plock/skanna", data={"lager": "10", "kod": scan}) for scan in scans]

    assert [(each.status_code, each.headers["location"]) for each in answers] == [(303, "/plock?lager=10")] * 2
    assert said(answers[0]) == f"Order {by_code} är plockad. Systemet gör utleveransen."
    assert states(database, [by_code, by_foreign_keyboard]) == ["picked"] * 2
    assert history(database, by_code)[-1][3].startswith("hms")


def test_a_number_by_hand_or_the_end_of_a_barcode_opens_the_order_and_picks_nothing(
    hms: TestClient, database: Database
) -> None:
    (order_id,) = waiting(database, an_order(("A1", 1)))
    answer = hms.post("/plock/skanna", data={"lager": "10", "kod": str(order_id)})
    assert answer.headers["location"] == f"/plock/{order_id}"
    assert hms.post("/plock/skanna", data={"lager": "10", "kod": f"DER-{order_id}"}).status_code == 422
    assert states(database, [order_id]) == ["validated"]


def test_a_scan_that_is_answered_in_place_says_which_row_is_gone(hms: TestClient, database: Database) -> None:
    (order_id,) = waiting(database, an_order(("A1", 1)))

    answer = hms.post("/plock/skanna", data={"lager": "10", "kod": f"ORDER-{order_id}"}, headers=BY_PART)

    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'data-gone="order-{order_id}"' in answer.text


def test_a_wrong_scan_is_told_where_the_order_stands_and_moves_nothing(hms: TestClient, database: Database) -> None:
    picked, cancelled, held = waiting(database, *[an_order(("A1", 1)) for _ in range(3)])
    (short,) = store(database, an_order(("A9", 30)))
    run_all(database)
    (elsewhere,) = waiting(database, own_store_order(("A1", 1)))
    run_named(database, pick.STEP, picked, actor="anna")
    run_all(database)
    run_named(database, CANCEL, cancelled, actor="bo", reason="dubblett")
    with database.transaction() as tx:
        tx.execute("UPDATE orders SET held_since = now(), held_reason = 'trasig rad' WHERE id = %s", (held,))
    before = states(database, [picked, cancelled, held, short, elsewhere])

    def told(scan: str, status: int) -> str:
        for part in ({}, BY_PART):
            answer = hms.post("/plock/skanna", data={"lager": "10", "kod": scan}, headers=part)
            assert answer.status_code == status
        assert "data-refused" in answer.text
        return " ".join(answer.text.split())

    assert "av anna, och är nu utleverans (10-" in told(f"ORDER-{picked}", 409)
    assert "av bo, orsak: dubblett" in told(f"ORDER-{cancelled}", 409)
    assert "hållen: trasig rad" in told(f"ORDER-{held}", 409)
    assert "Den är restnoterad sedan" in told(f"ORDER-{short}", 409)
    assert "/plock?lager=50301" in told(f"ORDER-{elsewhere}", 409)
    assert "Okänd streckkod" in told("ORDER-999999", 422)
    assert "Det är en följesedel" in told("10-2026-000001", 422)
    assert states(database, [picked, cancelled, held, short, elsewhere]) == before


def test_another_kommuns_order_is_unknown_to_a_scan_and_the_asking_is_logged(
    web: TestClient, database: Database
) -> None:
    (others,) = waiting(database, an_order(("A1", 1), **ANOTHERS))
    karlstad = visiting(web, database, Role.LAGERPERSONAL)

    answer = karlstad.post("/plock/skanna", data={"lager": "10", "kod": f"ORDER-{others}"})

    assert answer.status_code == 422
    assert "Okänd streckkod" in answer.text
    assert states(database, [others]) == ["validated"]
    with database.transaction() as tx:
        assert tx.execute("SELECT action, order_id FROM access_log").fetchall() == [("denied", others)]


def test_a_scan_of_an_order_whose_devices_must_be_named_opens_its_form(hms: TestClient, database: Database) -> None:
    receive(database, {("10", "A8"): 1})
    (order_id,) = waiting(database, an_order(("A8", 1)))  # no device of it is registered

    plain = hms.post("/plock/skanna", data={"lager": "10", "kod": f"ORDER-{order_id}"})
    part = hms.post("/plock/skanna", data={"lager": "10", "kod": f"ORDER-{order_id}"}, headers=BY_PART)
    asked = hms.post("/plock/skanna", data={"lager": "10", "kod": f"ORDER-{order_id}", "rakna": "on"})

    assert plain.headers["location"] == part.headers["hx-redirect"] == asked.headers["location"] == f"/plock/{order_id}"
    assert states(database, [order_id]) == ["validated"]


def version(page: str) -> str:
    return page.partition('name="version" value="')[2].partition('"')[0]


def test_what_is_not_found_is_a_difference_and_goes_on_a_restorder(hms: TestClient, database: Database) -> None:
    (order_id,) = waiting(database, an_order(("A2", 2), ("A1", 5)))
    page = hms.get(f"/plock/{order_id}")

    answer = hms.post(f"/plock/{order_id}", data={"version": version(page.text), "antal-0": "3", "antal-1": ""})

    assert answer.headers["location"] == "/plock?lager=10"
    assert said(answer) == f"Order {order_id} är plockad; 2 st saknades och står på en restorder"
    assert ("short_pick", "A1", 2, "store 10", "difference 10") in goods_moved(database, order_id)
    assert len(rests_of(database, order_id)) == 1


def test_what_cannot_be_is_told_beside_its_field_with_what_was_typed(hms: TestClient, database: Database) -> None:
    (order_id,) = waiting(database, an_order(("A1", 5), ("A9", 2)))
    at = {"version": version(hms.get(f"/plock/{order_id}").text)}

    def refused(**typed: str) -> str:
        answer = hms.post(
            f"/plock/{order_id}", data=at | {name.replace("_", "-"): text for name, text in typed.items()}
        )
        assert answer.status_code == 422
        return " ".join(answer.text.split())

    assert "Skriv ett antal från 0 till 5" in refused(antal_0="6")
    assert 'value="fem"' in refused(antal_0="fem")
    once = refused(antal_0="5", individer_1="S1\n")
    assert "1 av 2 individnummer är skannade" in once
    assert "S1</textarea>" in once
    assert "numret står två gånger" in refused(individer_1="S1\nS1")
    assert "200001011493" not in refused(individer_1="S1\n200001011493")
    assert "makulera i stället" in refused(antal_0="0", antal_1="0")
    assert states(database, [order_id]) == ["validated"]


def test_the_devices_in_the_hand_leave_and_no_others(hms: TestClient, database: Database) -> None:
    (order_id,) = waiting(database, an_order(("A9", 2)))
    page = hms.get(f"/plock/{order_id}").text
    assert "Tomt: de som plocklistan nämner, S1, S2" in page

    hms.post(f"/plock/{order_id}", data={"version": version(page), "antal-0": "2", "individer-0": "S3\r\nS2\r\n"})

    assert numbers_of(database, order_id) == [["S3", "S2"]]


def test_an_order_that_has_changed_meanwhile_is_shown_anew(hms: TestClient, database: Database) -> None:
    (order_id,) = waiting(database, an_order(("A1", 5)))
    assert hms.post(f"/plock/{order_id}", data={"version": "1", "antal-0": "5"}).status_code == 412
    run_named(database, pick.STEP, order_id, actor="anna")
    late = hms.post(f"/plock/{order_id}", data={"version": "2", "antal-0": "5"})
    assert late.status_code == 409
    assert "av anna" in late.text
    assert hms.get(f"/plock/{order_id}").status_code == 200


def test_lists_are_printed_together_marked_and_left_out_of_those_not_printed(
    hms: TestClient, database: Database
) -> None:
    one, two, three = waiting(database, an_order(("A1", 1)), naming("S2"), a_lagerflytt(("A2", 1)))

    answer = hms.post("/plock/utskrift", data={"lager": "10", "order": [str(two), str(one)]})

    assert said(answer) == "2 plocklistor är märkta som utskrivna"
    page = hms.get(answer.headers["location"]).text
    file = page.partition('href="/plock/utskrift/')[2].partition('"')[0]
    pdf = hms.get(f"/plock/utskrift/{file}")
    assert (pdf.headers["content-type"], pdf.headers["cache-control"]) == ("application/pdf", "no-store")
    assert barcodes_in(pdf.content) == [f"ORDER-{one}", f"ORDER-{two}"]
    unprinted = hms.get("/plock?lager=10&visa=ej-utskrivna").text
    assert [f'id="order-{each}"' in unprinted for each in (one, two, three)] == [False, False, True]

    rest = hms.post("/plock/utskrift", data={"lager": "10", "alla": "ja"})
    assert said(rest) == "1 plocklista är märkt som utskriven"
    with database.transaction() as tx:
        by = {by for (by,) in tx.execute("SELECT printed_by FROM pick_list_print")}
    assert len(by) == 1 and by.pop().startswith("hms")


def test_nothing_chosen_prints_nothing_and_what_is_picked_is_printed_no_more(
    hms: TestClient, database: Database
) -> None:
    (order_id,) = waiting(database, an_order(("A1", 1)))
    assert hms.post("/plock/utskrift", data={"lager": "10"}).status_code == 422
    printed = hms.post("/plock/utskrift", data={"lager": "10", "order": str(order_id)}).headers["location"]
    run_named(database, pick.STEP, order_id, actor="anna")
    number = printed.rpartition("=")[2]

    assert hms.get(f"/plock/utskrift/{number}.pdf").status_code == 409
    assert hms.post("/plock/utskrift", data={"lager": "10", "order": str(order_id)}).status_code == 422


def test_what_others_wrote_is_text_and_no_markup(hms: TestClient, database: Database) -> None:
    with database.transaction() as tx:
        tx.execute("UPDATE article SET name = '<b>fet</b>' WHERE number = 'A1'")
    waiting(database, replace(an_order(("A1", 1)), external_id="<i>"))
    page = hms.get("/plock?lager=10").text
    assert "&lt;b&gt;fet" in page
    assert "<b>fet" not in page
