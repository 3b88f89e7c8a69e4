"""Do the pages about patients and the log tell what they should, and no more? Without a browser.

Next: ../browser/test_people.py (the flows), backoffice/pages/routes/patient.py.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from builders import a_world, an_order, store
from failing import failing_for
from people import ANOTHER_PERSONNUMMER, PERSONNUMMER, SAMORDNINGSNUMMER, delivered_to, logged, patient_of
from starlette.testclient import TestClient
from web_world import a_web_process, an_account, logged_in, sent
from webhooks_world import a_webhook, look_for_all

from config.database import Database
from workflows.keyring import keys_of
from workflows.log_search import LookFilter, search_looks
from workflows.master_data import Role
from workflows.patients import Keys
from workflows.verify.checking import Broken, Verification
from workflows.verify.invariants import INVARIANTS
from workflows.verify.kept import keep_verification
from workflows.webhooks.subscribers import Event


@pytest.fixture
def keys(database: Database, tmp_path: Path) -> Keys:
    """The web process's keys."""
    return keys_of(database, tmp_path / "keys.json")


@pytest.fixture
def web(database: Database, database_url: str, tmp_path: Path, keys: Keys) -> Iterator[TestClient]:
    a_world(database, stock={("10", "A1"): 9})
    an_account(database, "rut", Role.ADMIN)
    an_account(database, "hanna", Role.HMS)
    with a_web_process(database_url, tmp_path) as client:
        yield client


def test_a_search_shows_orders_and_things_held_and_never_the_number(
    web: TestClient, database: Database, keys: Keys
) -> None:
    order = delivered_to(database, keys, PERSONNUMMER, ("A1", 2))
    hanna = logged_in(web, "hanna")
    page = sent(hanna, "/patient", number=PERSONNUMMER, reason="ringde om sin rullstol")
    assert page.status_code == 200
    assert f'href="/ordrar/{order}"' in page.text
    assert '<td class="n">2</td>' in page.text
    assert "hos personen" in page.text
    assert PERSONNUMMER not in page.text and PERSONNUMMER[2:] not in page.text
    assert page.headers["cache-control"] == "no-store"
    patient = patient_of(database, keys, PERSONNUMMER)
    assert logged(database)[-1] == ("patient_search", patient, "hanna", "ringde om sin rullstol")


def test_nobody_found_is_answered_alike_and_logged(web: TestClient, database: Database) -> None:
    page = sent(logged_in(web, "hanna"), "/patient", number=ANOTHER_PERSONNUMMER, reason="prov")
    assert (page.status_code, "Ingen träff" in page.text) == (200, True)
    assert logged(database) == [("patient_search", None, "hanna", "prov")]


def test_a_kommuns_people_find_only_whom_an_order_of_theirs_is_for(
    web: TestClient, database: Database, keys: Keys
) -> None:
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1))
    an_account(database, "kim", Role.HMS, kommun="Kil")
    page = sent(logged_in(web, "kim"), "/patient", number=PERSONNUMMER, reason="prov")
    assert "Ingen träff" in page.text


def test_protected_identity_is_marked(web: TestClient, database: Database, keys: Keys) -> None:
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1), protected=True, told={"name": "Test Testsson"})
    page = sent(logged_in(web, "hanna"), "/patient", number=PERSONNUMMER, reason="prov").text
    assert "Skyddad identitet." in page
    assert "Testsson" not in page


@pytest.mark.parametrize(
    ("number", "reason", "told"),
    [
        ("inget nummer", "prov", "inget giltigt personnummer"),
        (PERSONNUMMER, " ", "En orsak måste anges"),
        (PERSONNUMMER, f"gäller {ANOTHER_PERSONNUMMER}", "personnummer"),
    ],
)
def test_a_search_that_is_wrong_is_told_beside_its_field_and_shows_nothing(
    web: TestClient, database: Database, number: str, reason: str, told: str
) -> None:
    page = sent(logged_in(web, "hanna"), "/patient", number=number, reason=reason)
    assert page.status_code == 422
    assert re.search(rf'class="field wrong">.*{told}', page.text, re.DOTALL | re.IGNORECASE)
    assert number not in page.text and ANOTHER_PERSONNUMMER not in page.text
    assert logged(database) == []


def test_who_may_not_search_is_refused_and_that_is_logged(web: TestClient, database: Database) -> None:
    rut = logged_in(web, "rut")
    assert sent(rut, "/patient", number=PERSONNUMMER, reason="nyfiken").status_code == 403
    assert logged(database) == [("denied", None, "rut", "nyfiken")]
    refused = sent(logged_in(web, "hanna"), "/granskning/atkomst/patient", number=PERSONNUMMER, reason="x")
    assert refused.status_code == 403
    assert "Du har inte behörighet att granska åtkomstloggen" in refused.text and "log.review" not in refused.text


def a_look(database: Database, actor: str, patient: int | None = None, kommun: str | None = None) -> int:
    """A row of the log, of an hour ago; its number."""
    with database.session() as owner:
        ((row,),) = owner.execute(
            "INSERT INTO access_log (at, actor, role, unit, kommun, patient_id, action, why, order_id) VALUES "
            "(now() - interval '1 hour', %s, 'hms', '03-05', %s, %s, 'patient_open', 'kontroll', 7) RETURNING id",
            (actor, kommun, patient),
        ).fetchall()
    return int(row)


def drawn_by(reviewer: TestClient, **asked: str) -> str:
    """Where the sample is that the reviewer has just drawn."""
    return str(sent(reviewer, "/granskning/stickprov", **asked).headers["location"])


def rows_on(page: str) -> list[int]:
    return [int(row) for row in re.findall(r'<tr id="rad-(\d+)"', page)]


def test_the_log_is_found_by_who_what_order_and_patient(web: TestClient, database: Database, keys: Keys) -> None:
    patient = patient_of(database, keys, PERSONNUMMER)
    first, second = a_look(database, "anna", patient), a_look(database, "bo")
    rut = logged_in(web, "rut")
    assert rows_on(rut.get("/granskning/atkomst").text) == [second, first]
    assert rows_on(rut.get("/granskning/atkomst?vem=anna").text) == [first]
    assert rows_on(rut.get("/granskning/atkomst?vad=print").text) == []
    assert rows_on(rut.get(f"/granskning/atkomst?patient={patient}").text) == [first]
    assert rows_on(rut.get("/granskning/atkomst?fran=2020-01-01&till=2020-02-01").text) == []
    assert "ingen sådan order" in rut.get("/granskning/atkomst?order=4711").text
    for wrong in ("fran=i-går", "fran=2026-02-01&till=2026-01-01", "till=9999-12-31", "vem=%00", "patient=0"):
        assert rut.get(f"/granskning/atkomst?{wrong}").status_code == 422, wrong


def test_a_patients_rows_are_found_by_number_which_is_logged_and_not_told(
    web: TestClient, database: Database, keys: Keys
) -> None:
    delivered_to(database, keys, PERSONNUMMER, ("A1", 1))
    patient = patient_of(database, keys, PERSONNUMMER)
    rut = logged_in(web, "rut")
    answer = sent(rut, "/granskning/atkomst/patient", number=PERSONNUMMER, reason="begärt utdrag")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/granskning/atkomst?patient={patient}")
    assert logged(database) == [("log_extract", patient, "rut", "begärt utdrag")]
    unknown = sent(rut, "/granskning/atkomst/patient", number=SAMORDNINGSNUMMER, reason="begärt utdrag")
    assert unknown.headers["location"] == "/granskning/atkomst"
    assert logged(database)[-1] == ("patient_search", None, "rut", "begärt utdrag")


def test_a_reviewer_of_a_kommun_sees_the_looks_of_its_people_alone(
    web: TestClient, database: Database, keys: Keys
) -> None:
    an_account(database, "kia", Role.ADMIN, kommun="Kil")
    ours, others = a_look(database, "kim", kommun="Kil"), a_look(database, "anna", kommun="Karlstad")
    kia = logged_in(web, "kia")
    assert rows_on(kia.get("/granskning/atkomst").text) == [ours]
    assert rows_on(kia.get(drawn_by(kia)).text) == [ours]
    assert sent(kia, f"/granskning/stickprov/{others}", beslut="right").status_code == 404


def test_the_log_pages_by_key_and_each_row_once(database: Database, keys: Keys) -> None:
    a_world(database)
    rows = [a_look(database, "anna") for _ in range(5)]
    wanted = LookFilter(datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC), actor="anna")
    seen: list[int] = []
    with database.transaction() as tx:
        while page := search_looks(tx, replace(wanted, before=min(seen, default=None)), 2):
            seen += [row["id"] for row in page]
    assert seen == rows[::-1]


def test_a_sample_is_the_same_each_time_it_is_opened(web: TestClient, database: Database, keys: Keys) -> None:
    for _ in range(30):
        a_look(database, "anna")
    rut = logged_in(web, "rut")
    address = drawn_by(rut, antal="5")
    first = rows_on(rut.get(address).text)
    assert len(first) == 5
    fields = dict(parse_qsl(urlsplit(address).query))
    assert sent(rut, f"/granskning/stickprov/{first[0]}", beslut="right", **fields).status_code == 303
    assert rows_on(rut.get(address).text) == first
    # Another moment is another lot.
    earlier = fields | {"draget": str(int(fields["draget"]) - 1)}
    assert rows_on(rut.get(f"/granskning/stickprov?{urlencode(earlier)}").text) != first


def test_what_is_not_right_needs_a_note(web: TestClient, database: Database, keys: Keys) -> None:
    row = a_look(database, "anna")
    rut = logged_in(web, "rut")
    address = drawn_by(rut)
    fields = dict(parse_qsl(urlsplit(address).query))
    page = sent(rut, f"/granskning/stickprov/{row}", beslut="wrong", **fields)
    assert (page.status_code, "Beskriv vad som gjorts" in page.text) == (422, True)
    noted = sent(rut, f"/granskning/stickprov/{row}", beslut="wrong", anteckning="samtal", **fields)
    assert (noted.status_code, noted.headers["location"]) == (303, f"{address}#rad-{row}")
    assert "samtal" in rut.get(address).text


def test_what_verifying_said_is_shown_with_the_names_of_what_is_broken(web: TestClient, database: Database) -> None:
    rut = logged_in(web, "rut")
    assert "Ingen kontroll är sparad ännu" in rut.get("/granskning/drift").text
    with database.transaction() as tx:
        keep_verification(tx, Verification(60, (Broken(INVARIANTS[0], 3, ("order 1",)),)), by="drift")
    page = rut.get("/granskning/drift").text
    assert INVARIANTS[0].sv in page
    assert "som den skrevs" in page
    assert "kedja" not in logged_in(web, "hanna").get("/granskning/drift").text


def test_a_release_tells_what_then_happened(web: TestClient, database: Database) -> None:
    fine, broken, free = store(database, an_order(), an_order(), an_order())
    with database.session() as owner:
        owner.execute(
            "UPDATE orders SET attempts = 5, held_since = now(), held_reason = 'prov' WHERE id IN (%s, %s)",
            (fine, broken),
        )
    hanna = logged_in(web, "hanna")
    page = hanna.get("/granskning/hallna").text
    assert page.count(">prov</td>") == 2
    assert sent(hanna, f"/granskning/hallna/{fine}/slapp", version="99").status_code == 412
    assert sent(hanna, f"/granskning/hallna/{fine}/slapp").status_code == 303
    assert "gick från utkast till validerad" in hanna.get("/granskning/hallna").text
    with failing_for(database, broken):
        sent(hanna, f"/granskning/hallna/{broken}/slapp")
    page = hanna.get("/granskning/hallna").text
    assert "misslyckades igen" in page
    assert f'href="/ordrar/{broken}"' in page.partition("Försöks på nytt")[2]
    assert sent(hanna, f"/granskning/hallna/{free}/slapp").status_code == 409


def test_a_webhook_is_paused_goes_on_and_is_told_again_what_it_did_not_hear(
    web: TestClient, database: Database, keys: Keys
) -> None:
    a_webhook(database, keys, Event.ACCEPTED, name="journal")
    store(database, an_order())
    look_for_all(database)
    with database.session() as owner:
        owner.execute("UPDATE webhook_delivery SET failed_at = now(), next_try_at = NULL, answer = 'svarade 500'")
    hanna = logged_in(web, "hanna")
    assert "svarade 500" in hanna.get("/konton/webhookar/journal").text
    assert sent(hanna, "/konton/webhookar/journal/pausa").status_code == 303
    assert ">pausad<" in hanna.get("/konton/webhookar").text
    sent(hanna, "/konton/webhookar/journal/fortsatt")
    sent(hanna, "/konton/webhookar/journal/igen")
    page = hanna.get("/konton/webhookar").text
    assert "Meddelanden som försöks igen: 1" in page and ">skickar<" in page


def test_who_chose_english_reads_no_swedish(web: TestClient, database: Database, keys: Keys) -> None:
    a_look(database, "anna")
    a_webhook(database, keys, Event.HELD, name="journal")
    an_account(database, "prue", Role.PRESCRIBER, kommun="Karlstad", person="forsk")
    with database.session() as owner:
        owner.execute("UPDATE account SET language = 'en'")
    pages = {
        "rut": ["/granskning/atkomst", "/granskning/stickprov", "/granskning/drift", "/konton/alla", "/konton/nytt",
                "/konton/konto/prue", "/konton/tokens", "/konton/webhookar", "/konton/webhookar/journal"],
        "hanna": ["/patient", "/granskning/hallna"],
    }  # fmt: skip
    for login, addresses in pages.items():
        browser = logged_in(web, login)
        for address in addresses:
            page = browser.get(address)
            told = re.sub(r"<[^>]*>|webhookar|Orderflöde", "", page.text.partition("<body>")[2])
            assert page.status_code == 200, address
            assert re.findall(r"[^\s<>]*[åäöÅÄÖ][^\s<>]*", told) == [], address


def test_a_number_in_another_field_of_the_log_or_the_accounts_leaves_the_address(web: TestClient) -> None:
    rut = logged_in(web, "rut")
    away = rut.get(f"/konton/alla?sok={PERSONNUMMER}", follow_redirects=False)
    assert (away.status_code, away.headers["location"]) == (303, "/konton/alla")
    for field in ("vem", "order"):
        away = rut.get(f"/granskning/atkomst?{field}={PERSONNUMMER}", follow_redirects=False)
        assert (away.status_code, away.headers["location"]) == (303, "/granskning/atkomst")
