"""Is a patient asked for by HTTP shown to whom it may be, logged before, and to nobody else?

Next: backoffice/api/routes/patients.py, workflows/patient_sight.py.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from builders import CONFIRMED, a_world
from fastapi import FastAPI
from fastapi.testclient import TestClient
from people import ANOTHER_PERSONNUMMER, LOOK, PERSONNUMMER, SAMORDNINGSNUMMER, delivered_to, patient_of

from backoffice.api.desk import Desk
from backoffice.api.refusals import install_refusals
from backoffice.api.routes import patients
from backoffice.api.who import actor_of
from config.database import Connection, Database
from config.settings import Settings
from workflows.access_log import open_patients, open_recipient
from workflows.keyring import keys_of
from workflows.log_chain import broken_looks
from workflows.master_data import Role
from workflows.patients import Keys
from workflows.permissions import Actor, Permission, permissions_of
from workflows.tokens import issue_token

TOLD = {"name": "Åsa Öberg", "phone": "070-1740605", "address": {"city": "Kil"}, "note": "Ring på"}
REASON = "patienten frågar efter sin stol"


def of(role: Role, kommun: str | None = "Karlstad", person: str | None = None, *units: str) -> Actor:
    return Actor(role, permissions_of(frozenset({role})), kommun, frozenset({role}), person, frozenset(units))


HMS = of(Role.HMS, None)
STAFF = of(Role.LAGERPERSONAL)
PRESCRIBER = of(Role.PRESCRIBER, "Karlstad", "forsk", "03-05")


class Door:
    """The routes, asked by whoever is set."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.app = FastAPI()
        self.app.state.desk = Desk(database, settings)
        install_refusals(self.app)
        self.app.include_router(patients.router)
        self.client = TestClient(self.app, raise_server_exceptions=False)
        self.database = database

    def by(self, actor: Actor) -> "Door":
        self.app.dependency_overrides[actor_of] = lambda: actor
        return self

    def search(self, number: object, reason: object = REASON, **more: object) -> Any:
        return self.client.post("/api/v1/patients/search", json={"number": number, "reason": reason, **more})

    def open(self, order_id: int, reason: object = REASON) -> Any:
        return self.client.post(f"/api/v1/orders/{order_id}/patient", json={"reason": reason})

    def logged(self) -> list[tuple[Any, ...]]:
        with self.database.transaction() as tx:
            return tx.execute(
                "SELECT action, patient_id, order_id, actor, role, unit, kommun, why FROM access_log ORDER BY id"
            ).fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(ORDERFLODE_HOME=tmp_path)


@pytest.fixture
def keys(database: Database, settings: Settings) -> Keys:
    return keys_of(database, settings.key_file)


@pytest.fixture
def door(database: Database, settings: Settings, keys: Keys) -> Iterator[Door]:
    a_world(database, stock={("10", "A1"): 100, ("50301", "A1"): 100}, **CONFIRMED)
    door = Door(database, settings)
    yield door
    with database.transaction() as tx:
        assert list(broken_looks(tx, keys)) == []


def an_order(door: Door, keys: Keys, number: str = PERSONNUMMER, **changes: Any) -> int:
    """An open förskrivning of Karlstad's."""
    return delivered_to(door.database, keys, number, ("A1", 1), told=TOLD, **changes)


def assert_nothing_told(answer: Any) -> None:
    text = answer.text + json.dumps(dict(answer.headers))
    for told in (PERSONNUMMER, PERSONNUMMER[2:], ANOTHER_PERSONNUMMER, "Öberg", "1740605"):
        assert told not in text


def test_hms_opens_a_patient_with_a_reason_and_the_log_says_so(door: Door, keys: Keys) -> None:
    order = an_order(door, keys)
    answer = door.by(HMS).open(order)

    patient = patient_of(door.database, keys, PERSONNUMMER)
    assert answer.status_code == 200
    assert answer.json() == {
        "id": patient, "protected": False, "kind": "personnummer", "number": PERSONNUMMER, **TOLD,
    }  # fmt: skip
    assert answer.headers["cache-control"] == "no-store"
    assert set(door.logged()) == {("patient_open", patient, order, "hms", "hms", None, None, REASON)}


def test_who_brings_the_goods_sees_whom_to_and_no_number_while_the_order_is_open(door: Door, keys: Keys) -> None:
    order = an_order(door, keys)
    for role in (Role.LAGERPERSONAL, Role.TEKNIKER):
        seen = door.by(of(role)).open(order).json()
        assert (seen["name"], seen["phone"], seen["number"], seen["kind"]) == ("Åsa Öberg", "070-1740605", None, None)

    with door.database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        owner.execute("UPDATE orders SET state = 'cancelled', ended_at = now()")
    answer = door.by(STAFF).open(order)
    assert answer.status_code == 403
    assert_nothing_told(answer)
    assert door.logged()[-1][0] == "denied"


def test_who_prescribes_sees_their_own_and_their_units_patients(door: Door, keys: Keys) -> None:
    order = an_order(door, keys)
    assert door.by(PRESCRIBER).open(order).json()["number"] == PERSONNUMMER
    assert door.logged()[-1][4:7] == ("prescriber", "03-05", "Karlstad")
    assert door.by(of(Role.PRESCRIBER, "Karlstad", "annan", "03-05")).open(order).status_code == 200

    answer = door.by(of(Role.PRESCRIBER, "Karlstad", "annan", "03-06")).open(order)
    assert answer.status_code == 403
    assert_nothing_told(answer)


@pytest.mark.parametrize("role", [Role.ORDERER, Role.ADMIN])
def test_who_may_see_no_patient_is_denied_and_the_denial_is_logged(door: Door, keys: Keys, role: Role) -> None:
    order = an_order(door, keys)
    actor = of(role, None if role is Role.ADMIN else "Karlstad")
    for answer in (door.by(actor).open(order), door.by(actor).search(PERSONNUMMER)):
        assert answer.status_code == 403
        assert_nothing_told(answer)
    assert [row[:3] for row in door.logged()] == [("denied", None, order), ("denied", None, None)]


def test_another_kommuns_order_is_not_there_and_its_patient_is_not_found(door: Door, keys: Keys) -> None:
    order = an_order(door, keys, sender="50301", orderer_unit="03-05", customer_order_type="direktforskrivning")
    elsewhere = of(Role.PRESCRIBER, "Kil", "forsk", "03-05")

    answer = door.by(elsewhere).open(order)
    assert answer.status_code == 404
    assert_nothing_told(answer)
    assert door.logged() == [("denied", None, order, "prescriber", "prescriber", "03-05", "Kil", REASON)]

    found, missed = door.search(PERSONNUMMER), door.search(ANOTHER_PERSONNUMMER)
    assert found.json() == missed.json() == {"patients": [], "orders": []}
    assert [row[:2] for row in door.logged()[1:]] == [("patient_search", None)] * 2


def test_a_token_sees_the_patients_of_the_orders_it_sent(door: Door, keys: Keys) -> None:
    order = an_order(door, keys)
    token = Actor("token:x", frozenset({Permission.SEE_PATIENT}), "Karlstad", source="journal")
    assert door.by(token).open(order).status_code == 403

    own = an_order(door, keys, source="journal")
    assert door.by(token).open(own).json()["number"] == PERSONNUMMER


def test_protected_identity_is_shown_to_nobody_and_the_look_is_logged(door: Door, keys: Keys) -> None:
    order = an_order(door, keys, protected=True)
    patient = patient_of(door.database, keys, PERSONNUMMER)
    for actor in (HMS, PRESCRIBER, STAFF):
        answer = door.by(actor).open(order)
        assert answer.json()["protected"] is True
        assert set(answer.json().values()) == {patient, True, None}
        assert_nothing_told(answer)
    assert [row[:2] for row in door.logged()] == [("patient_open", patient)] * 3
    assert_nothing_told(door.by(HMS).search(PERSONNUMMER))


def test_a_search_tells_orders_and_no_number_whatever_form_it_was_written_in(door: Door, keys: Keys) -> None:
    """B7: every form is one person."""
    order = an_order(door, keys)
    other = an_order(door, keys, SAMORDNINGSNUMMER)
    patient = patient_of(door.database, keys, PERSONNUMMER)
    short = f"{PERSONNUMMER[2:8]}-{PERSONNUMMER[8:]}"
    for number in (PERSONNUMMER, f"{PERSONNUMMER[:8]}-{PERSONNUMMER[8:]}", short, PERSONNUMMER[2:], f" {short} "):
        answer = door.by(HMS).search(number)
        assert answer.json()["patients"] == [patient]
        assert [each["id"] for each in answer.json()["orders"]] == [order]
        assert answer.headers["cache-control"] == "no-store"
        assert_nothing_told(answer)
    century = f"{SAMORDNINGSNUMMER[2:8]}+{SAMORDNINGSNUMMER[8:]}"
    assert [each["id"] for each in door.search(century).json()["orders"]] == [other]
    assert [row[0] for row in door.logged()] == ["patient_search"] * 6
    with door.database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM patient").fetchone() == (2,)


@pytest.mark.parametrize(
    "number",
    [
        PERSONNUMMER[:-1] + "4", "200002311494", "209901011495", "200001011", "20000101ABCD",
        "２００００１０１１４９３", "T" + PERSONNUMMER, PERSONNUMMER + "1", 200001011493, None, "", [PERSONNUMMER],
        "x" * 10_000, PERSONNUMMER[:8] + "\x00" + PERSONNUMMER[8:],
    ],
)  # fmt: skip
def test_what_is_nobodys_number_is_refused_and_not_repeated(door: Door, number: object) -> None:
    """B6."""
    answer = door.by(HMS).search(number)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["violations"]] == ["number"]
    if isinstance(number, str) and number:
        assert number[:12] not in answer.text
    assert_nothing_told(answer)
    assert door.logged() == []


@pytest.mark.parametrize("reason", [None, "", "  ", f"gäller {PERSONNUMMER}", 7, "x" * 501])
def test_who_gives_no_reason_sees_nothing(door: Door, keys: Keys, reason: object) -> None:
    order = an_order(door, keys)
    for answer in (door.by(HMS).open(order, reason), door.search(PERSONNUMMER, reason)):
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["violations"]] == ["reason"]
        assert_nothing_told(answer)
    assert door.logged() == []


def test_unknown_fields_and_bodies_that_are_no_object_are_refused(door: Door) -> None:
    assert door.by(HMS).search(PERSONNUMMER, kommun="Kil").status_code == 422
    for body in (b"", b"[]", b"{", b'{"number": 1, "number": 2}', b'{"reason": NaN}'):
        answer = door.client.post("/api/v1/patients/search", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code in (400, 422), body
    assert door.logged() == []


@pytest.mark.parametrize(
    "fault", ["REVOKE EXECUTE ON FUNCTION write_looks FROM orderflode_web", "DROP FUNCTION write_looks"]
)
def test_no_log_no_data(door: Door, keys: Keys, fault: str) -> None:
    """B42."""
    order = an_order(door, keys)
    with door.database.session() as owner:
        if fault.startswith("REVOKE"):
            # The doors write as the owner: the log itself refuses.
            owner.execute("ALTER TABLE access_log ADD CHECK (false) NOT VALID")
        owner.execute(fault.encode())
    for answer in (door.by(HMS).open(order), door.search(PERSONNUMMER), door.by(of(Role.ADMIN, None)).open(order)):
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert_nothing_told(answer)
    with door.database.transaction() as tx:
        assert tx.execute("SELECT count(*) FROM access_log").fetchone() == (0,)


def test_a_log_that_somebody_locks_keeps_the_data_back(door: Door, keys: Keys) -> None:
    """B42: the lock is waited for, and then there is no answer."""
    order = an_order(door, keys)
    with door.database.session() as owner, owner.transaction():
        owner.execute("LOCK TABLE access_log IN ACCESS EXCLUSIVE MODE")
        answer = door.by(HMS).open(order)
    assert answer.status_code == 503
    assert_nothing_told(answer)


@pytest.mark.parametrize(
    "query",
    ["SELECT sealed FROM patient", "SELECT lookup FROM patient", "SELECT sealed FROM recipient",
     "SELECT * FROM access_log", "INSERT INTO access_log (actor, action, why) VALUES ('a', 'export', 'b')",
     "SELECT sealed FROM intake_row", "SELECT erase_patients('{}')", "SELECT seal_looks(1, '', '{}', '1', now(), '')"],
)  # fmt: skip
def test_the_web_process_reaches_what_is_sealed_by_the_doors_alone(door: Door, query: str) -> None:
    with pytest.raises(Exception, match="permission denied"), door.database.transaction(kommun="*") as tx:
        tx.execute(query.encode())


def open_with(tx: Connection, look: dict[str, object]) -> None:
    ((at,),) = tx.execute("SELECT clock_timestamp()").fetchall()
    given = {"at": at.isoformat()} | look
    tx.execute("SELECT * FROM open_patients(%s)", (json.dumps(given),)).fetchall()


def test_the_doors_give_nothing_without_a_signed_row_of_now(door: Door, keys: Keys) -> None:
    an_order(door, keys)
    patient = patient_of(door.database, keys, PERSONNUMMER)
    look = {"ids": [1], "actor": "x", "action": "patient_open", "why": "x", "details": {}, "patients": [patient]}
    now = datetime.now(UTC)
    for wrong in (
        {"at": (now - timedelta(days=1)).isoformat(), "macs": ["00" * 32]},
        {"at": (now + timedelta(days=1)).isoformat(), "macs": ["00" * 32]},
        {"at": None, "macs": ["00" * 32]},
        {"macs": []},
        {"macs": ["00"]},
        {"patients": [patient, patient], "macs": ["00" * 32]},
    ):
        with pytest.raises(psycopg.errors.IntegrityError), door.database.transaction(kommun="*") as tx:
            open_with(tx, look | wrong)


def test_the_doors_open_no_patient_of_another_kommun(door: Door, keys: Keys) -> None:
    order = an_order(door, keys, sender="50301", customer_order_type="direktforskrivning")
    patient = patient_of(door.database, keys, PERSONNUMMER)
    look = replace(LOOK, keys=keys)
    for kommun, seen in (("Kil", False), ("", False), ("Karlstad", True), ("*", True)):
        with door.database.transaction(kommun=kommun) as tx:
            assert bool(open_patients(tx, "patient_open", look, [patient])) is seen, kommun
            assert (open_recipient(tx, "patient_open", look, [patient], order_id=order) is not None) is seen, kommun


def test_a_number_is_in_no_address(door: Door) -> None:
    paths = [route.path for route in patients.router.routes]  # type: ignore[attr-defined]
    assert all({"POST"} == route.methods for route in patients.router.routes)  # type: ignore[attr-defined]
    assert [path for path in paths if "{" in path] == ["/api/v1/orders/{id}/patient"]


def test_who_shows_no_token_is_not_even_logged(door: Door, keys: Keys) -> None:
    assert door.search(PERSONNUMMER).status_code == 401
    with door.database.transaction() as tx:
        secret = issue_token(
            tx, "journal", source="journal", scopes=frozenset({Permission.SEARCH_PATIENT}), kommun="Karlstad",
            expires_at=datetime.now(UTC) + timedelta(hours=1), by="test",
        )  # fmt: skip
    answer = door.client.post(
        "/api/v1/patients/search", json={"number": PERSONNUMMER, "reason": REASON},
        headers={"Authorization": f"Bearer {secret}"},
    )  # fmt: skip
    assert answer.json() == {"patients": [], "orders": []}
    assert door.logged() == [("patient_search", None, None, "token:journal", None, None, "Karlstad", REASON)]
