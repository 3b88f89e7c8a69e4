"""Which numbers are one person's? Joined and undone, with history kept, whatever happens at the same time.

Next: workflows/patient_links.py, and test_patient_shown.py (what is seen of a joined person).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import product

import psycopg
import pytest
from at_once import at_once, somebody_waits
from builders import a_world, order_row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from people import LOOK, PERSONNUMMER, RESERVNUMMER, SAMORDNINGSNUMMER, delivered_to, index_of, logged, patient_of
from waiting import wait_for

from config.database import Connection, Database
from workflows.patient_links import JoinRefused, PatientNumber, join_patients, numbers_of, person_of, undo_join
from workflows.patient_looks import join_numbers, unjoin_number
from workflows.patients import Keys

pytestmark = pytest.mark.usefixtures("sound_afterwards")

KINDS = ("reservnummer",) * 3 + ("samordningsnummer",) * 2 + ("personnummer",) * 2


def some_numbers(tx: Connection, *kinds: str) -> list[PatientNumber]:
    """Numbers of these kinds, of nobody yet."""
    rows = tx.execute(
        "INSERT INTO patient (lookup, kind, sealed) SELECT sha256(random()::text::bytea), k, 'x' "
        "FROM unnest(%s::text[]) WITH ORDINALITY AS u (k, place) ORDER BY place RETURNING id, kind",
        (list(kinds),),
    ).fetchall()
    return [PatientNumber(*row) for row in rows]


def join(tx: Connection, earlier: PatientNumber, later: PatientNumber) -> None:
    join_patients(tx, earlier, later, by="beata", why="fick nummer")


def undo(tx: Connection, earlier: PatientNumber) -> None:
    undo_join(tx, earlier, by="beata", why="fel person")


@given(data=st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_person_is_what_a_simple_model_says_after_any_joins_and_undoings(
    database: Database, data: st.DataObject
) -> None:
    with database.transaction() as tx:
        numbers = some_numbers(tx, *KINDS)
        # The model keeps the tree of joins; the database flattens it, and must give back what it carried.
        parent: dict[int, int] = {}
        for _ in range(data.draw(st.integers(1, 12))):
            earlier, later = data.draw(st.sampled_from(numbers)), data.draw(st.sampled_from(numbers))
            undoing = data.draw(st.booleans()) and data.draw(st.booleans())
            allowed = (
                earlier.id in parent
                if undoing
                else KINDS.index(earlier.kind) < KINDS.index(later.kind) and not parent.keys() & {earlier.id, later.id}
            )
            try:
                undo(tx, earlier) if undoing else join(tx, earlier, later)
            except JoinRefused:
                assert not allowed
                continue
            assert allowed
            if undoing:
                del parent[earlier.id]
            else:
                parent[earlier.id] = later.id
        people = {number.id: person_of(tx, number.id) for number in numbers}
        current = {number.id: numbers_of(tx, number.id)[0].id for number in numbers}

    roots = {number.id: root(number.id, parent) for number in numbers}
    assert current == roots
    assert people == {each: {other for other in roots if roots[other] == roots[each]} for each in roots}
    for one, other in product(people, people):
        assert (one in people[one]) and ((one in people[other]) == (other in people[one]))


def root(number: int, parent: dict[int, int]) -> int:
    while number in parent:
        number = parent[number]
    return number


def test_a_number_with_earlier_ones_takes_them_along_and_gives_them_back(database: Database) -> None:
    with database.transaction() as tx:
        reserve, coordination, person = some_numbers(tx, "reservnummer", "samordningsnummer", "personnummer")
        join(tx, reserve, coordination)
        join(tx, coordination, person)
        assert [number.id for number in numbers_of(tx, reserve.id)] == [person.id, coordination.id, reserve.id]

        undo(tx, coordination)
        assert person_of(tx, person.id) == {person.id}
        assert [(number.id, number.current) for number in numbers_of(tx, reserve.id)] == [
            (coordination.id, True),
            (reserve.id, False),
        ]


def test_what_was_carried_along_can_be_undone_by_itself(database: Database) -> None:
    with database.transaction() as tx:
        reserve, coordination, person = some_numbers(tx, "reservnummer", "samordningsnummer", "personnummer")
        join(tx, reserve, coordination)
        join(tx, coordination, person)
        undo(tx, reserve)
        undo(tx, coordination)
        assert [person_of(tx, number.id) for number in (reserve, coordination, person)] == [
            {reserve.id},
            {coordination.id},
            {person.id},
        ]


def test_every_join_and_undoing_stays_in_the_history(database: Database, keys: Keys) -> None:
    old, new = patient_of(database, keys, RESERVNUMMER), patient_of(database, keys, PERSONNUMMER)
    indexes = index_of(keys, RESERVNUMMER), index_of(keys, PERSONNUMMER)
    for _ in range(2):
        join_numbers(database, *indexes, LOOK)
        unjoin_number(database, indexes[0], LOOK)

    with database.transaction() as tx:
        links = tx.execute(
            "SELECT old_patient, new_patient, joined_by, joined_why, undone_by, undone_why FROM patient_link"
        ).fetchall()
    assert links == [(old, new, LOOK.actor, LOOK.why, LOOK.actor, LOOK.why)] * 2
    seen = [(action, patient) for action, patient, _, _ in logged(database)]
    assert seen == [(action, each) for action in ("patient_join", "patient_unjoin") for each in (old, new)] * 2


def test_a_refused_join_is_logged_and_says_what_to_do(database: Database, keys: Keys) -> None:
    for number in (RESERVNUMMER, SAMORDNINGSNUMMER, PERSONNUMMER):
        patient_of(database, keys, number)
    reserve, coordination, person = (
        index_of(keys, number) for number in (RESERVNUMMER, SAMORDNINGSNUMMER, PERSONNUMMER)
    )
    join_numbers(database, coordination, person, LOOK)

    for earlier, later, choice in (
        (person, reserve, "ange reservnummer som det tidigare"),
        (reserve, coordination, "personens gällande nummer"),
        (coordination, person, "patient unjoin"),
        (reserve, reserve, "Samma nummer"),
    ):
        before = len(logged(database))
        with pytest.raises(JoinRefused, match=choice):
            join_numbers(database, earlier, later, LOOK)
        assert len(logged(database)) > before
    with pytest.raises(JoinRefused, match="ange det tidigare numret"):
        unjoin_number(database, person, LOOK)


LINK = "INSERT INTO patient_link (old_patient, new_patient, joined_by, joined_why) VALUES ({}, {}, 'x', 'x');"
UNDO = "UPDATE patient_link SET undone_at = now(), undone_by = 'x', undone_why = 'x';"
WRONG_LINKS = {
    "to itself": LINK.format("{r}", "{r}"),
    "the wrong way": UNDO + LINK.format("{p}", "{r}"),
    "twice": LINK.format("{s}", "{p}"),
    "a chain upwards": LINK.format("{r}", "{s}"),
    "a chain downwards": UNDO + LINK.format("{r}", "{s}") + LINK.format("{s}", "{p}"),
    "rewritten": "UPDATE patient_link SET new_patient = {r}",
    "deleted": "DELETE FROM patient_link",
    "without a reason": "UPDATE patient_link SET undone_at = now()",
    "undone twice": UNDO + "UPDATE patient_link SET undone_why = 'y'",
}


@pytest.mark.parametrize("name", WRONG_LINKS)
def test_the_database_refuses_a_wrong_link_even_from_its_owner(database: Database, name: str) -> None:
    with database.transaction() as tx:
        reserve, coordination, person = some_numbers(tx, "reservnummer", "samordningsnummer", "personnummer")
        join(tx, coordination, person)
    with database.session() as owner:
        statement = WRONG_LINKS[name].format(r=reserve.id, s=coordination.id, p=person.id)
        with pytest.raises((psycopg.errors.RestrictViolation, psycopg.errors.IntegrityError)):
            owner.execute(statement.encode())
        assert owner.execute("SELECT count(*) FROM patient_link WHERE undone_at IS NULL").fetchone() == (1,)


def test_the_running_processes_join_by_the_door_alone(database: Database) -> None:
    with database.transaction() as tx:
        reserve, person = some_numbers(tx, "reservnummer", "personnummer")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction() as tx:
        tx.execute(
            "INSERT INTO patient_link (old_patient, new_patient, joined_by, joined_why) VALUES (%s, %s, 'x', 'x')",
            (reserve.id, person.id),
        )


def test_of_two_who_join_at_once_one_is_told_to_look_again(database_url: str, database: Database, keys: Keys) -> None:
    for number in (RESERVNUMMER, SAMORDNINGSNUMMER, PERSONNUMMER):
        patient_of(database, keys, number)

    def joining(earlier: str, later: str) -> Callable[[Database], str]:
        def work(each: Database) -> str:
            try:
                join_numbers(each, index_of(keys, earlier), index_of(keys, later), LOOK)
            except JoinRefused as refusal:
                return f"refused: {refusal}"
            return "joined"

        return work

    answers = at_once(
        database_url,
        joining(RESERVNUMMER, PERSONNUMMER),
        joining(RESERVNUMMER, SAMORDNINGSNUMMER),
        joining(RESERVNUMMER, PERSONNUMMER),
    )
    assert sorted(str(answer).split(":")[0] for answer in answers) == ["joined", "refused", "refused"]


def test_a_chain_is_not_made_by_two_who_do_not_see_each_other(database: Database) -> None:
    with database.transaction() as tx:
        reserve, coordination, person = some_numbers(tx, "reservnummer", "samordningsnummer", "personnummer")

    def join_behind() -> None:
        with database.transaction(lock_timeout_ms=20_000) as behind:
            join(behind, reserve, coordination)

    with ThreadPoolExecutor(1) as thread:
        with database.transaction() as tx:
            join(tx, coordination, person)
            late = thread.submit(join_behind)
            wait_for(lambda: somebody_waits(database))
        with pytest.raises(JoinRefused, match="försök igen"):
            late.result(30)


def test_nothing_of_an_order_is_rewritten_by_a_join(database: Database, keys: Keys) -> None:
    a_world(database, stock={("10", "A1"): 5})
    order_id = delivered_to(database, keys, SAMORDNINGSNUMMER, ("A1", 1))
    patient_of(database, keys, PERSONNUMMER)
    before = order_row(database, order_id)

    join_numbers(database, index_of(keys, SAMORDNINGSNUMMER), index_of(keys, PERSONNUMMER), LOOK)

    assert order_row(database, order_id) == before
