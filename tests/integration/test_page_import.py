"""Does the page of imports try a file and store nothing, take it in, tell of each order, and undo it? No browser yet.

Next: ../browser/test_import.py.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from builders import a_world, an_order, run_all, store
from fastapi.testclient import TestClient
from order_files import NUMBER, a_body, to_a_patient
from read_plans import Explaining
from web_world import a_web_process, an_account, logged_in
from workbooks import CELLS, COLUMNS, a_workbook

from backoffice.api.taking_files import AT_ONCE, few_at_once
from config.database import Database
from exchange.mapping import mapping_of
from exchange.mapping_text import mapping_text
from workflows.imports import verdicts_after
from workflows.master_data import Role

PAGE = "/import"
FOREIGN = b"Nr;Artikel;Antal;Dag\nF-1;A1;2,00;31/10/2026\nF-2;A1;tv\xc3\xa5;31/10/2026\n"
KNOWN = {
    "kolumn": ["Nr", "Artikel", "Antal", "Dag"], "kol.external_id": "Nr", "kol.article": "Artikel",
    "kol.quantity": "Antal", "kol.ordered_on": "Dag", "fast.order_type": "bestallning", "fast.sender": "10",
    "fast.receiver_kind": "vardenhet", "fast.receiver_id": "03-05", "fast.orderer_unit": "03-05",
    "fast.orderer_person": "best", "fil.date": "%d/%m/%Y", "fil.decimal": ",",
}  # fmt: skip


@pytest.fixture
def browser(database: Database, tmp_path: Path) -> Iterator[TestClient]:
    """HMS's, whose files may have 20,000 bytes; at lager 10 a person confirms the delivery."""
    a_world(database, stock={("10", "A1"): 100})
    an_account(database, "hms", Role.HMS)
    an_account(database, "hms.kil", Role.HMS, kommun="Kil")
    with a_web_process(database.url, tmp_path / "home", ORDERFLODE_UPLOAD_BYTES=20_000) as web:
        yield logged_in(web, "hms")


def ndjson(*bodies: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)


def sent(browser: TestClient, address: str, content: bytes, **data: Any) -> Any:
    return browser.post(address, files={"file": ("orders", content)}, data=data, follow_redirects=False)


def text_of(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub("<[^>]*>", " ", page.partition("<main")[2])))


def stored(database: Database) -> tuple[int, int]:
    with database.transaction() as tx:
        row = tx.execute("SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM intake_batch)").fetchone()
    assert row is not None
    return row


def test_a_trial_tells_each_row_that_is_wrong_and_stores_nothing(browser: TestClient, database: Database) -> None:
    wrong, unknown = a_body("B-2"), a_body("B-3", lines=[{"article": "finns-inte", "quantity": 1}])
    wrong["lines"][0]["quantity"] = 0
    answer = sent(browser, f"{PAGE}/prova", ndjson(a_body("B-1"), wrong, unknown, to_a_patient("B-4")))
    assert answer.status_code == 200
    page = text_of(answer.text)
    assert "2 tas emot och följer reglerna 1 tas emot men avvisas av reglerna 1 nekas 0 finns redan" in page
    assert "2 B-2 lines[0].quantity antalet ska vara ett heltal från 1 till 9999." in page
    assert "3 B-3 lines[0].article Artikel finns-inte finns inte." in page
    assert stored(database) == (0, 0)
    assert NUMBER not in answer.text


def test_an_import_shows_its_receipt_with_what_was_refused_first(browser: TestClient, database: Database) -> None:
    wrong = a_body("B-2", sender="")
    answer = sent(browser, PAGE, ndjson(a_body("B-1"), wrong))
    assert answer.status_code == 303
    address = answer.headers["location"]
    receipt = text_of(browser.get(address).text)
    assert "1 mottagna 1 nekade 0 oförändrade" in receipt
    assert "2 B-2 nekad – sender Fältet sender måste fyllas i." in receipt
    assert "B-1" not in receipt
    assert re.search(r"1 B-1 mottagen \d+ utkast", text_of(browser.get(f"{address}?visa=alla").text))
    assert "B-2" in browser.get(f"{address}/kvitto.csv").text
    again = sent(browser, f"{PAGE}/prova", ndjson(a_body("B-1"), wrong))
    assert "Samma fil togs in i import" in text_of(again.text)


def test_a_receipt_is_read_page_by_page(browser: TestClient) -> None:
    file = ndjson(*({"external_id": f"N-{number}"} for number in range(101)))
    address = sent(browser, PAGE, file).headers["location"]
    first = browser.get(address).text
    (more,) = re.findall(r'rel="next" href="([^"]*)"', first)
    assert (first.count("N-"), browser.get(unescape(more)).text.count("nekad</span>")) == (100, 1)


def test_the_refused_of_a_long_file_are_found_without_reading_the_others(database: Database) -> None:
    a_world(database)
    store(database, an_order(("A1", 1)))
    with database.session() as owner:
        owner.execute("INSERT INTO intake_batch (source, content_hash) VALUES ('import', '')")
        owner.execute(
            "INSERT INTO intake_verdict (batch_id, first_row, last_row, verdict, order_id, violations) "
            "SELECT b.id, n, n, CASE WHEN wrong THEN 'refused' ELSE 'unchanged' END, "
            "CASE WHEN NOT wrong THEN o.id END, CASE WHEN wrong THEN '[]'::jsonb END "
            "FROM intake_batch b, orders o, generate_series(1, 5000) n, LATERAL (SELECT n % 1000 = 0 AS wrong) w"
        )
        owner.execute(
            "INSERT INTO intake_row (batch_id, row_no, order_key, sealed) "
            "SELECT id, n, 'x', 'x' FROM intake_batch, generate_series(1, 5000) n"
        )
        owner.execute("ANALYZE intake_verdict, intake_row")
    with database.transaction() as tx:
        explaining: Any = Explaining(tx)
        row = tx.execute("SELECT max(id) FROM intake_batch").fetchone()
        assert row is not None
        found = verdicts_after(explaining, row[0], 1_500, 10, refused_only=True)
        assert [each.first_row for each in found] == [2_000, 3_000, 4_000, 5_000]
        assert explaining.rows_read("intake_verdict") == 4


def test_a_file_with_other_columns_is_mapped_in_the_form(browser: TestClient, database: Database) -> None:
    assert "Filen går inte att dela upp i kolumner" in text_of(sent(browser, f"{PAGE}/prova", FOREIGN).text)
    seen = sent(browser, f"{PAGE}/kolumner", FOREIGN).text
    assert re.findall(r'name="kolumn" value="([^"]*)"', seen) == KNOWN["kolumn"]
    chosen = re.search(r'name="kol.article".*?<option selected>([^<]*)<', seen, re.DOTALL)
    assert chosen is not None
    assert chosen[1] == "Artikel"
    tried = sent(browser, f"{PAGE}/prova", FOREIGN, **KNOWN).text
    assert "1 tas emot och följer reglerna 0 tas emot men avvisas av reglerna 1 nekas" in text_of(tried)
    assert 'name="fast.sender" value="10"' in tried
    assert sent(browser, PAGE, FOREIGN, **KNOWN).status_code == 303
    with database.transaction() as tx:
        assert tx.execute("SELECT external_id, ordered_on::text FROM orders").fetchall() == [("F-1", "2026-10-31")]


def test_a_mapping_that_is_built_is_kept_as_a_file_for_the_next_time(browser: TestClient) -> None:
    answer = browser.post(f"{PAGE}/mappning", data=KNOWN)
    assert "mappning.toml" in answer.headers["content-disposition"]
    assert mapping_of(answer.content).columns["quantity"] == "Antal"
    file = {"file": ("f", FOREIGN), "mapping": ("m.toml", answer.content)}
    assert "1 tas emot och följer reglerna" in text_of(browser.post(f"{PAGE}/prova", files=file).text)


def test_a_mapping_is_read_as_it_was_written() -> None:
    odd = 'Nr "1" \\ å\x7f'
    columns = dict.fromkeys(("external_id", "article", "quantity"), odd)
    constants = dict.fromkeys(
        ("order_type", "sender", "receiver_kind", "receiver_id", "orderer_person", "orderer_unit"), "10"
    )
    read = mapping_of(mapping_text({"date": "%d/%m/%Y", "sheet": ""}, columns, constants).encode())
    assert (read.columns, read.constants, read.date_formats) == (columns, constants, ("%d/%m/%Y",))


def test_a_workbooks_columns_are_seen_and_a_patients_number_never_is(browser: TestClient, tmp_path: Path) -> None:
    workbook = a_workbook(tmp_path / "w.xlsx", COLUMNS, ["X-1", *CELLS[1:]]).read_bytes()
    assert 'name="kolumn" value="external_id"' in sent(browser, f"{PAGE}/kolumner", workbook).text
    no_header = f"{NUMBER};A1\n{NUMBER};A2\n".encode()
    assert NUMBER not in sent(browser, f"{PAGE}/kolumner", no_header).text
    assert sent(browser, f"{PAGE}/kolumner", ndjson(a_body("B-1"))).status_code == 422


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"", 422, "Välj en fil."),
        (b"%PDF-1.7", 422, "Filen är PDF, inte text."),
        (b"x" * 20_001, 413, "Filen är större än 20000 byte"),
    ],
)
def test_a_file_that_is_none_is_told_at_the_form(browser: TestClient, content: bytes, status: int, said: str) -> None:
    for address in (PAGE, f"{PAGE}/prova"):
        answer = sent(browser, address, content)
        assert (answer.status_code, said in text_of(answer.text)) == (status, True), text_of(answer.text)
        assert 'name="file"' in answer.text
    htmx = browser.post(f"{PAGE}/prova", files={"file": ("f", content)}, headers={"HX-Request": "true"})
    assert htmx.status_code == 422


def test_an_import_is_undone_whole_and_the_mended_file_comes_anew(browser: TestClient, database: Database) -> None:
    address = sent(browser, PAGE, ndjson(a_body("B-1"), a_body("B-2"))).headers["location"]
    tried = browser.post(f"{address}/angra", data={"reason": "fel fil", "prova": "ja"})
    assert "2 ordrar skulle makuleras, 0 är det redan" in text_of(tried.text)
    assert browser.post(f"{address}/angra", data={"reason": ""}).status_code == 422
    refused = browser.post(f"{address}/angra", data={"reason": f"gäller {NUMBER}"})
    assert (refused.status_code, NUMBER in refused.text) == (422, False)
    undone = browser.post(f"{address}/angra", data={"reason": "fel fil"})
    assert "2 ordrar makulerades" in text_of(undone.text)
    assert "ångrad" in text_of(undone.text)
    assert browser.post(f"{address}/angra", data={"reason": "igen"}).status_code == 409
    assert "2 mottagna" in text_of(browser.get(sent(browser, PAGE, ndjson(a_body("B-1"), a_body("B-2"))).headers[
        "location"]).text)  # fmt: skip


def test_what_is_picked_stands_and_is_named(browser: TestClient, database: Database) -> None:
    address = sent(browser, PAGE, ndjson(a_body("B-1"), a_body("B-2", sender="50301"))).headers["location"]
    run_all(database)
    answer = browser.post(f"{address}/angra", data={"reason": "fel fil"})
    assert answer.status_code == 409
    assert "2 av importens ordrar är redan plockade; inget ångrades" in text_of(answer.text)
    assert "import:B-1" in text_of(answer.text)


def test_imports_are_the_kommuns_own(browser: TestClient, database: Database) -> None:
    address = sent(browser, PAGE, ndjson(a_body("B-1"))).headers["location"]
    of_kil = logged_in(browser, "hms.kil")
    assert of_kil.get(address).status_code == 404
    assert of_kil.post(f"{address}/angra", data={"reason": "nej"}).status_code == 404
    assert "Inga filer har importerats än" in text_of(of_kil.get(PAGE).text)
    assert "Vårdenhet 03-05 finns inte" in text_of(sent(of_kil, f"{PAGE}/prova", ndjson(a_body("B-2"))).text)


def test_the_columns_of_a_file_wait_while_other_files_are_read(browser: TestClient) -> None:
    async def meanwhile() -> Any:
        async with AsyncExitStack() as others:
            for _ in range(AT_ONCE):
                await others.enter_async_context(few_at_once())
            return await asyncio.to_thread(sent, browser, f"{PAGE}/kolumner", FOREIGN)

    answer = asyncio.run(meanwhile())
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert sent(browser, f"{PAGE}/kolumner", FOREIGN).status_code == 200
