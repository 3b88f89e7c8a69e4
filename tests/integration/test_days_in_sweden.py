"""Which year's number and which day has a delivery at the edges of the calendar? Sweden's, whatever the server's clock.

At year's end, on 29 February, and in the night in which 02:30 comes twice. Next: workflows/period.py.
"""

from datetime import UTC, date, datetime

from builders import a_world, an_order, run_all, store

from config.database import Database
from workflows.exports import export_rows
from workflows.period import Period

MOMENTS = {
    datetime(2026, 12, 31, 22, 59, 59, 999_000, UTC): (2026, date(2026, 12, 31)),
    datetime(2026, 12, 31, 23, 0, tzinfo=UTC): (2027, date(2027, 1, 1)),
    datetime(2028, 2, 28, 23, 30, tzinfo=UTC): (2028, date(2028, 2, 29)),
    datetime(2028, 2, 29, 23, 0, tzinfo=UTC): (2028, date(2028, 3, 1)),
    # 02:30, and an hour later 02:30 again.
    datetime(2026, 10, 25, 0, 30, tzinfo=UTC): (2026, date(2026, 10, 25)),
    datetime(2026, 10, 25, 1, 30, tzinfo=UTC): (2026, date(2026, 10, 25)),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC): (2026, date(2026, 3, 29)),
}


def test_a_delivery_has_the_number_of_its_year_and_stands_on_its_day_in_sweden(database: Database) -> None:
    a_world(database, stock={("10", "A1"): 100})
    with database.session() as owner:
        ((door,),) = owner.execute("SELECT pg_get_functiondef('number_utleveranser'::regproc)").fetchall()
    assert door.count("now()") == 1
    numbered: dict[int, int] = {}
    for moment, (year, day) in MOMENTS.items():
        with database.session() as owner:
            # The door's clock, for once.
            owner.execute(door.replace("now()", f"'{moment.isoformat()}'::timestamptz").encode())
        (order,) = store(database, an_order(("A1", 1)))
        run_all(database)
        with database.session() as owner:
            owner.execute("SET session_replication_role = replica")
            owner.execute("UPDATE movement SET at = %s WHERE order_id = %s", (moment, order))
            ((number,),) = owner.execute("SELECT number FROM utleverans WHERE order_id = %s", (order,)).fetchall()
        numbered[year] = numbered.get(year, 0) + 1
        assert number == f"10-{year}-{numbered[year]:06}", moment
        with database.transaction() as tx:
            rows = list(export_rows(tx, "deliveries", "Karlstad", Period(day, day)))
        assert (day.isoformat(), number) in [(row[0], row[1]) for row in rows], moment
