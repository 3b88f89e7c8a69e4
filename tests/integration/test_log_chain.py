"""Does the chain tell of every row and seal of the access log that was changed, added or taken away?

Who tries has the whole database and its owner's rights, and no key. Next: workflows/log_chain.py.
"""

import threading
from dataclasses import replace

import pytest
from builders import a_world
from people import LOOK, PERSONNUMMER, patient_of
from sealing import seal_now

from config.database import Database
from workflows.access_log import Look, log_access
from workflows.log_chain import broken_looks, newest_seal, seal_looks
from workflows.patients import Keys
from workflows.verify.checking import verify


@pytest.fixture
def look(keys: Keys) -> Look:
    return replace(LOOK, keys=keys, role="hms", unit="03-05", kommun="Karlstad", request_id="r-1")


@pytest.fixture
def patient(database: Database, keys: Keys) -> int:
    a_world(database)
    return patient_of(database, keys, PERSONNUMMER)


def looked(database: Database, look: Look, patient: int, times: int = 1) -> None:
    for _ in range(times):
        with database.transaction() as tx:
            log_access(tx, "patient_open", look, [patient], order_id=4711, shown="number")


def wrong_with(database: Database, keys: Keys) -> list[str]:
    with database.transaction() as tx:
        return list(broken_looks(tx, keys))


def behind_our_backs(database: Database, *statements: str) -> None:
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        for statement in statements:
            owner.execute(statement.encode())


def seals_of(look: Look, database: Database, patient: int, how_many: int) -> list[list[int]]:
    """Seals of two rows each; the rows of each."""
    made = []
    for _ in range(how_many):
        looked(database, look, patient, 2)
        made += [list(seal.ids) for seal in seal_now(database, look.keys)]
    return made


def test_what_is_logged_is_sealed_once_and_stands(database: Database, look: Look, patient: int) -> None:
    looked(database, look, patient, 3)
    (first,) = seal_now(database, look.keys)
    assert (first.number, first.count) == (1, 3)
    assert seal_now(database, look.keys) == []

    looked(database, look, patient)
    (second,) = seal_now(database, look.keys)
    assert (second.number, second.count, second.previous) == (2, 1, first.digest)
    assert wrong_with(database, look.keys) == []
    with database.transaction() as tx:
        assert newest_seal(tx) == second


COLUMNS = {
    "at": "at + interval '1 microsecond'", "actor": "'någon annan'", "role": "NULL", "unit": "'04-01'",
    "kommun": "'Kil'", "patient_id": "NULL", "action": "'export'", "why": "'annat'", "order_id": "1",
    "request_id": "'r-2'", "details": """'{"shown": "recipient"}'""", "mac": "sha256('x')",
}  # fmt: skip


@pytest.mark.parametrize("sealed", [True, False])
def test_a_row_that_is_changed_in_any_column_is_named(
    database: Database, look: Look, patient: int, sealed: bool
) -> None:
    looked(database, look, patient, 2)
    if sealed:
        seal_now(database, look.keys)
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        ((row,),) = owner.execute("SELECT min(id) FROM access_log").fetchall()
        for column, value in COLUMNS.items():
            with owner.transaction(force_rollback=True):
                owner.execute(f"UPDATE access_log SET {column} = {value} WHERE id = {row}".encode())
                assert f"row {row}: changed" in list(broken_looks(owner, look.keys)), column
        assert list(broken_looks(owner, look.keys)) == []


def test_a_row_whose_keyed_hash_is_taken_away_is_named(database: Database, look: Look, patient: int) -> None:
    rows = seals_of(look, database, patient, 2)
    behind_our_backs(database, f"UPDATE access_log SET mac = NULL, why = 'annat' WHERE id = {rows[1][0]}")
    assert f"row {rows[1][0]}: changed" in wrong_with(database, look.keys)


def test_a_row_that_is_taken_away_is_named_with_its_seal(database: Database, look: Look, patient: int) -> None:
    rows = seals_of(look, database, patient, 2)
    behind_our_backs(database, f"DELETE FROM access_log WHERE id = {rows[0][1]}")
    assert wrong_with(database, look.keys) == [f"row {rows[0][1]}: missing (seal 1)"]


def test_a_row_that_is_taken_away_from_its_seal_too_shows_in_the_seal(
    database: Database, look: Look, patient: int
) -> None:
    (rows,) = seals_of(look, database, patient, 1)
    behind_our_backs(
        database,
        f"DELETE FROM access_log WHERE id = {rows[1]}",
        f"UPDATE access_seal SET ids = array_remove(ids, {rows[1]}::bigint)",
    )
    assert wrong_with(database, look.keys) == ["seal 1: changed"]


@pytest.mark.parametrize(
    ("copied", "told"),
    [("mac, 1", "added"), ("NULL, 1", "added"), ("mac, NULL", "changed"), ("NULL, NULL", "added")],
)
def test_a_row_that_is_added_is_named(database: Database, look: Look, patient: int, copied: str, told: str) -> None:
    (rows,) = seals_of(look, database, patient, 1)
    behind_our_backs(
        database,
        "INSERT INTO access_log (id, at, actor, patient_id, action, why, mac, seal) OVERRIDING SYSTEM VALUE "
        f"SELECT 999, at, 'ingen', patient_id, action, why, {copied} FROM access_log WHERE id = {rows[0]}",
    )
    assert wrong_with(database, look.keys) == [f"row 999: {told}"]


def test_a_row_that_is_added_before_the_sealing_does_not_become_right_by_it(
    database: Database, look: Look, patient: int
) -> None:
    seals_of(look, database, patient, 1)
    looked(database, look, patient)
    behind_our_backs(
        database,
        "INSERT INTO access_log (id, actor, action, why) OVERRIDING SYSTEM VALUE VALUES (999, 'x', 'export', 'x')",
    )
    seal_now(database, look.keys)
    assert wrong_with(database, look.keys) == ["row 999: changed"]


@pytest.mark.parametrize("column", ["previous", "digest"])
def test_a_seal_that_is_changed_is_named(database: Database, look: Look, patient: int, column: str) -> None:
    seals_of(look, database, patient, 3)
    behind_our_backs(database, f"UPDATE access_seal SET {column} = sha256('x') WHERE number = 2")
    assert "seal 2: changed" in wrong_with(database, look.keys)


def test_a_seal_that_is_taken_away_with_its_rows_is_named(database: Database, look: Look, patient: int) -> None:
    seals_of(look, database, patient, 3)
    behind_our_backs(database, "DELETE FROM access_log WHERE seal = 2", "DELETE FROM access_seal WHERE number = 2")
    assert wrong_with(database, look.keys) == ["seal 2: missing", "seal 3: changed"]


def test_seals_that_are_numbered_anew_do_not_close_the_chain(database: Database, look: Look, patient: int) -> None:
    seals_of(look, database, patient, 3)
    behind_our_backs(
        database,
        "DELETE FROM access_log WHERE seal = 2", "DELETE FROM access_seal WHERE number = 2",
        "UPDATE access_seal SET number = 2, previous = (SELECT digest FROM access_seal WHERE number = 1) "
        "WHERE number = 3",
        "UPDATE access_log SET seal = 2 WHERE seal = 3",
    )  # fmt: skip
    assert wrong_with(database, look.keys) == ["seal 2: changed"]


def test_a_row_that_nobody_seals_is_named_in_time(database: Database, look: Look, patient: int) -> None:
    behind_our_backs(
        database,
        "INSERT INTO access_log (at, actor, action, why) VALUES (now() - interval '2 hours', 'x', 'export', 'x')",
    )
    (wrong,) = wrong_with(database, look.keys)
    assert wrong.endswith(": not sealed")


def test_rows_from_before_have_no_keyed_hash_and_are_held_by_the_first_seal(
    database: Database, look: Look, patient: int
) -> None:
    behind_our_backs(
        database,
        f"INSERT INTO access_log (actor, patient_id, action, why) VALUES ('x', {patient}, 'patient_show', 'x')",
    )
    seal_now(database, look.keys)
    assert wrong_with(database, look.keys) == []

    behind_our_backs(database, "UPDATE access_log SET why = 'annat'")
    assert wrong_with(database, look.keys) == ["seal 1: changed"]


def test_writers_wait_for_no_sealer_and_an_open_look_is_sealed_once_it_is_committed(
    database: Database, look: Look, patient: int
) -> None:
    looked(database, look, patient)
    with database.transaction(lock_timeout_ms=200) as open_tx:
        log_access(open_tx, "patient_open", look, [patient])
        # A younger look ends before the older one, and waits for the seal until nobody older can come.
        looked(database, look, patient)
        (first,) = seal_now(database, look.keys)
        assert first.count == 1
        log_access(open_tx, "patient_open", look, [patient])
    (second,) = seal_now(database, look.keys)
    assert second.count == 3
    assert wrong_with(database, look.keys) == []


def test_many_writers_and_sealers_at_once_leave_a_whole_chain(database: Database, look: Look, patient: int) -> None:
    failed: list[BaseException] = []

    def guarded(act: object) -> None:
        try:
            act()  # type: ignore[operator]
        except BaseException as error:
            failed.append(error)

    writers = [threading.Thread(target=guarded, args=(lambda: looked(database, look, patient, 15),)) for _ in range(4)]
    sealing = [
        threading.Thread(target=guarded, args=(lambda: [seal_looks(database, look.keys) for _ in range(8)],))
        for _ in range(2)
    ]
    for thread in writers + sealing:
        thread.start()
    for thread in writers + sealing:
        thread.join(60)
    seal_now(database, look.keys)
    assert failed == []
    assert wrong_with(database, look.keys) == []
    with database.transaction() as tx:
        assert tx.execute("SELECT count(*), count(seal) FROM access_log").fetchone() == (60, 60)


def test_nobody_writes_a_seal_or_unseals_a_row_by_the_processes_role(
    database: Database, look: Look, patient: int
) -> None:
    seals_of(look, database, patient, 1)
    for forgery in ("UPDATE access_log SET seal = NULL", "DELETE FROM access_seal", "DELETE FROM access_removal"):
        with pytest.raises(Exception, match="permission denied"), database.transaction() as tx:
            tx.execute(forgery.encode())
        with pytest.raises(Exception, match="append-only"), database.session() as owner:
            owner.execute(forgery.encode())


def test_other_keys_take_nothing_for_right(database: Database, look: Look, patient: int) -> None:
    seals_of(look, database, patient, 1)
    assert len(wrong_with(database, LOOK.keys)) == 3


def test_verify_looks_at_the_log_where_it_has_the_keys(database: Database, look: Look, patient: int) -> None:
    (rows,) = seals_of(look, database, patient, 1)
    whole = verify(database, keys=look.keys)
    assert whole.broken == ()
    assert whole.checked == verify(database).checked + 1

    behind_our_backs(database, f"DELETE FROM access_log WHERE id = {rows[0]}")
    (broken,) = verify(database, keys=look.keys).broken
    assert broken.invariant.name == "access-log-stands"
    assert broken.where == (f"row {rows[0]}: missing (seal 1)",)


def test_whichever_row_of_a_chain_is_touched_it_is_named(database: Database, look: Look, patient: int) -> None:
    seals_of(look, database, patient, 4)
    looked(database, look, patient, 2)
    with database.session() as owner:
        owner.execute("SET session_replication_role = replica")
        everyone = [row for (row,) in owner.execute("SELECT id FROM access_log").fetchall()]
        for row in everyone:
            for touch, told in (("UPDATE access_log SET why = why || '!'", "changed"),
                                ("DELETE FROM access_log", "missing")):  # fmt: skip
                with owner.transaction(force_rollback=True):
                    sealed = owner.execute("SELECT seal FROM access_log WHERE id = %s", (row,)).fetchone() != (None,)
                    owner.execute(f"{touch} WHERE id = {row}".encode())
                    named = any(f"row {row}: {told}" in each for each in broken_looks(owner, look.keys))
                    # What is not sealed yet can go unseen: that is why sealing follows within a minute.
                    assert named is (sealed or told == "changed"), (row, told)
        assert list(broken_looks(owner, look.keys)) == []
