"""What becomes of a file of orders? Every order is taken, known or refused, and nothing of a patient lies in clear.

Next: test_import_interrupted.py (two at once, and killed in the middle), exchange/import_file.py.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from builders import a_world
from order_files import NUMBER, a_body, a_file, counts, everything, rows, taken_in, to_a_patient

from config.database import Database
from exchange import import_file
from exchange.import_file import Importer, ImportResult
from exchange.incoming.incoming_file import open_incoming
from workflows.patients import Keys

WRITINGS = (NUMBER, NUMBER[2:], "20000101-1493", "000101-1493", "20000101 1493", "000101 1493")
HEADER = "external_id,order_type,sender,receiver_kind,receiver_id,orderer_person,orderer_unit,article,quantity"


def codes(result: ImportResult) -> dict[str | None, list[str]]:
    return {each.external_id: [violation.code for violation in each.violations] for each in result.orders}


def test_an_import_says_of_every_order_whether_it_is_taken_known_or_refused(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    known = a_body("I-1")
    taken_in(database, keys, a_file(tmp_path, known))
    bad = a_body("I-3", lines=[{"article": "A1", "quantity": 0}], reference=NUMBER)
    path = a_file(tmp_path, a_body("I-2"), "", bad, known, to_a_patient("I-4"), "{broken")
    result = taken_in(database, keys, path)

    assert counts(result) == (2, 2, 1)
    assert [(each.external_id, each.rows) for each in result.orders] == [("I-3", (3, 3)), (None, (6, 6))]
    assert codes(result) == {"I-3": ["field-format", "quantity"], None: ["field-format"]}
    verdicts = rows(
        database,
        "SELECT v.first_row, v.last_row, v.verdict, o.external_id, jsonb_array_length(v.violations) "
        f"FROM intake_verdict v LEFT JOIN orders o ON o.id = v.order_id WHERE v.batch_id = {result.batch} ORDER BY 1",
    )
    assert verdicts == [
        (1, 1, "accepted", "I-2", None), (3, 3, "refused", None, 2), (4, 4, "unchanged", "I-1", None),
        (5, 5, "accepted", "I-4", None), (6, 6, "refused", None, 1),
    ]  # fmt: skip
    batch = f"SELECT accepted, refused, unchanged, finished_at IS NOT NULL FROM intake_batch WHERE id = {result.batch}"
    assert rows(database, batch) == [(2, 2, 1, True)]


def test_the_raw_rows_are_kept_as_they_came_sealed_to_their_place(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    lines = [json.dumps(to_a_patient("I-1")), "{broken " + NUMBER]
    result = taken_in(database, keys, a_file(tmp_path, *lines))
    kept = rows(database, "SELECT row_no, sealed FROM intake_row ORDER BY row_no")
    raw = [keys.unseal(sealed, f"intake_row.sealed {result.batch} {row_no}") for row_no, sealed in kept]
    assert [content.partition(b"\n")[2].decode() for content in raw] == lines


def test_a_patients_number_is_nowhere_in_the_database_in_clear(database: Database, keys: Keys, tmp_path: Path) -> None:
    bodies = [to_a_patient(f"I-{place}", number) for place, number in enumerate(WRITINGS[:4])]
    misplaced: list[dict[str, object]] = [
        {"external_id": NUMBER}, {"reference": WRITINGS[2]}, {"prescriber": NUMBER}, {WRITINGS[3]: 1}, {"x": NUMBER},
        {"lines": [{"article": NUMBER, "quantity": 1, "serial_numbers": [WRITINGS[2]]}]}, {"note": f"Ring {NUMBER}"},
        {"medical_decision": {"date": "2026-11-20", "reference": NUMBER}}, {"order_type": NUMBER}, {"source": NUMBER},
        {"receiver": {"kind": "vardenhet", "id": NUMBER}}, {"receiver": {"kind": "patient", "id": f"{NUMBER}x"}},
    ]  # fmt: skip
    bodies += [to_a_patient(f"M-{place}") | change for place, change in enumerate(misplaced)]
    taken_in(database, keys, a_file(tmp_path, *bodies, "{" + NUMBER, f'{{"external_id": "B-1", "note": "{NUMBER}'))
    of_lines = a_file(tmp_path, HEADER, f"C-1,forskrivning,10,patient,{NUMBER},f,u,A1,{NUMBER},{NUMBER}", name="l.csv")
    taken_in(database, keys, of_lines)

    stored = everything(database)
    assert stored["orders"]
    assert len(stored["intake_row"]) == len(bodies) + 3
    in_clear = [(table, one) for table, texts in stored.items() for text in texts for one in hidden_in(text)]
    assert in_clear == []


def hidden_in(text: str) -> Iterator[str]:
    """The writings of the number that are in the text, plainly or in a binary column."""
    for writing in WRITINGS:
        if writing in text or writing.encode().hex() in text:
            yield writing


@pytest.mark.parametrize(
    "change",
    [{"reference": "Anna {}"}, {"medical_decision": {"date": "2026-11-20", "reference": "{} J-1"}}],
    ids=["reference", "medical decision"],
)
def test_a_number_inside_a_reference_is_not_kept_in_clear(
    database: Database, keys: Keys, tmp_path: Path, change: dict[str, object]
) -> None:
    for place, writing in enumerate(WRITINGS):
        told: dict[str, object] = json.loads(json.dumps(change).replace("{}", writing))
        taken_in(database, keys, a_file(tmp_path, to_a_patient(f"I-{place}") | told))
    assert [one for text in everything(database)["orders"] for one in hidden_in(text)] == []


def test_the_same_file_again_is_recognised_and_changes_no_order(database: Database, keys: Keys, tmp_path: Path) -> None:
    path = a_file(tmp_path, a_body("I-1"), to_a_patient("I-2"), a_body("I-3", sender=None))
    first = taken_in(database, keys, path)
    before = everything(database)
    again = taken_in(database, keys, path)
    after = everything(database)
    assert (first.seen_before, again.seen_before) == (None, first.batch)
    assert counts(first) == (2, 1, 0)
    assert counts(again) == (0, 1, 2)
    own = ("intake_batch", "intake_row", "intake_verdict")
    assert {table: texts for table, texts in after.items() if table not in own} == {
        table: texts for table, texts in before.items() if table not in own
    }


def test_a_dry_run_judges_shape_and_rules_apart_and_stores_nothing(
    database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "CHUNK", 2)
    a_world(database, stock={("10", "A1"): 100})
    taken_in(database, keys, a_file(tmp_path, a_body("I-1")))
    before = everything(database)
    breaks_rules = a_body("I-4", sender="50401", lines=[{"article": "A404", "quantity": 1}])
    path = a_file(
        tmp_path,
        a_body("I-1"),
        to_a_patient("I-2"),
        a_body("I-3", lines=[]),
        breaks_rules,
        a_body("I-5", reference="x"),
    )
    result = Importer(database, keys, "import", "test").dry_run(path, open_incoming(path))

    assert everything(database) == before
    assert (*counts(result), result.would_reject) == (3, 1, 1, 1)
    assert codes(result) == {"I-3": ["lines-missing"]}
    (rejection,) = result.rejections
    assert (rejection.external_id, rejection.rows) == ("I-4", (4, 4))
    assert {violation.code for violation in rejection.violations} == {"bestallning-sender", "article-unknown"}
    imported = taken_in(database, keys, path)
    assert (counts(imported), imported.would_reject) == (counts(result), 0)


def test_one_id_with_two_bodies_is_refused_and_with_one_body_twice_is_one_order(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    path = a_file(
        tmp_path, a_body("I-1"), a_body("I-2"), a_body("I-1", priority="akut"), a_body("I-2", priority="normal")
    )
    result = taken_in(database, keys, path)
    assert counts(result) == (1, 1, 0)
    assert [(each.external_id, each.rows) for each in result.orders] == [("I-1", (1, 3))]
    assert codes(result) == {"I-1": ["rows-disagree"]}
    assert rows(database, "SELECT external_id FROM orders") == [("I-2",)]


def test_an_id_that_is_sent_again_with_another_body_is_refused_and_the_first_stands(
    database: Database, keys: Keys, tmp_path: Path
) -> None:
    taken_in(database, keys, a_file(tmp_path, a_body("I-1"), a_body("I-2")))
    orders = everything(database)["orders"]
    result = taken_in(database, keys, a_file(tmp_path, a_body("I-1", priority="akut"), a_body("I-2")))
    assert counts(result) == (0, 1, 1)
    assert codes(result) == {"I-1": ["external-id-reused"]}
    assert everything(database)["orders"] == orders
    assert counts(taken_in(database, keys, a_file(tmp_path, a_body("I-1", priority="akut")), "another")) == (1, 0, 0)


def test_the_rows_of_one_order_need_not_be_adjacent(database: Database, keys: Keys, tmp_path: Path) -> None:
    lines = [f"{order},bestallning,10,vardenhet,03-05,best,03-05,{article},1" for article, order in
             (("A1", "I-1"), ("A1", "I-2"), ("A2", "I-1"), ("A3", "I-2"), ("A3", "I-1"))]  # fmt: skip
    assert counts(taken_in(database, keys, a_file(tmp_path, HEADER, *lines, name="lines.csv"))) == (2, 0, 0)
    stored = rows(
        database,
        "SELECT external_id, array_agg(article ORDER BY line_no) FROM orders JOIN order_line ON order_id = id "
        "GROUP BY 1 ORDER BY 1",
    )
    assert stored == [("I-1", ["A1", "A2", "A3"]), ("I-2", ["A1", "A3"])]
    assert rows(database, "SELECT first_row, last_row FROM intake_verdict ORDER BY 1") == [(2, 6), (3, 5)]


def test_the_age_of_orders_follows_the_files_rows(
    database: Database, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "CHUNK", 7)
    ids = [f"I-{number * 37 % 101}" for number in range(100)]
    taken_in(database, keys, a_file(tmp_path, *map(a_body, ids)))
    assert [found for (found,) in rows(database, "SELECT external_id FROM orders ORDER BY received_at, id")] == ids
    assert rows(database, "SELECT count(DISTINCT received_at), bool_and(due_at = received_at) FROM orders") == [
        (100, True)
    ]
