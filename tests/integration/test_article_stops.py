"""What holds once a köpstopp is lifted? What master data said last, before it or meanwhile.

Next: test_recall.py; workflows/article_stops.py.
"""

import pytest
from at_once import at_once
from builders import a_world

from config.database import Database
from workflows.article_stops import lift_stop, stop_article

pytestmark = pytest.mark.usefixtures("sound_afterwards")


def withdrawn(database: Database) -> bool:
    with database.transaction() as tx:
        return tx.execute("SELECT withdrawn FROM article WHERE number = 'A1'").fetchone() == (True,)


def master_data_say(database: Database, *, withdrawn: bool) -> None:
    """The next load of articles.csv, which says nothing of a stop."""
    with database.transaction() as tx:
        tx.execute(
            "INSERT INTO article (number, name, individual, withdrawn) VALUES ('A1', 'Artikel 1', false, %s) "
            "ON CONFLICT (number) DO UPDATE SET withdrawn = excluded.withdrawn",
            (withdrawn,),
        )


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("meanwhile", [(), (True,), (False,), (True, False), (False, True)])
def test_what_master_data_said_last_holds_once_the_stop_is_lifted(
    database: Database, before: bool, meanwhile: tuple[bool, ...]
) -> None:
    a_world(database)
    master_data_say(database, withdrawn=before)
    for _ in range(2):
        with database.transaction() as tx:
            stop_article(tx, "A1", by="beata", why="brustet fäste")
    for said in meanwhile:
        master_data_say(database, withdrawn=said)
        assert withdrawn(database)
    lift_stop(database, "A1", by="beata", why="felet är åtgärdat")
    assert withdrawn(database) is (before, *meanwhile)[-1]


def test_a_load_and_a_lifting_at_the_same_moment_wait_for_each_other(database: Database) -> None:
    a_world(database)
    for _ in range(5):
        with database.transaction() as tx:
            stop_article(tx, "A1", by="beata", why="brustet fäste")

        def lift(database: Database) -> str:
            lift_stop(database, "A1", by="beata", why="felet är åtgärdat")
            return "done"

        def load(database: Database) -> str:
            master_data_say(database, withdrawn=True)
            return "done"

        assert at_once(database.url, lift, load) == ["done", "done"]
        assert withdrawn(database)
        master_data_say(database, withdrawn=False)
